// SPDX-License-Identifier: MIT
// Bencher Metric Format: what was measured, with its interval; of a row that was not, nothing.
#include "analysis/ci/formats.hpp"
#include "analysis/text/json_writer.hpp"
#include "analysis/text/plain_names.hpp"

namespace zp::analysis {
namespace {

// Bencher's own measure, in ns, for the time that the row is about; others by their key.
std::string measure_of(const Metric& metric, bool main) {
  if (main && metric.unit == "ns") return "latency";
  auto slug = machine_name(metric.key);
  std::ranges::replace(slug, '_', '-');
  return slug;
}

}  // namespace

std::string write_bmf(const TestRun& run) {
  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.StartObject();
  for (const auto& row : run.rows) {
    if (row.figures.empty()) continue;
    put_key(out, row.name);
    out.StartObject();
    PlainNames measures(machine_name);
    for (const auto& figure : row.figures) {
      const bool main = &figure == row.main_figure();
      put_key(out, measures(figure.metric.key, measure_of(figure.metric, main)));
      out.StartObject();
      put(out, "value", figure.summary.median);
      if (figure.summary.n > 1) {
        put(out, "lower_value", figure.summary.interval.low);
        put(out, "upper_value", figure.summary.interval.high);
      }
      out.EndObject();
    }
    out.EndObject();
  }
  out.EndObject();
  return json_text(buffer);
}

}  // namespace zp::analysis
