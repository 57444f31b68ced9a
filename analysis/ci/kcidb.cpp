// SPDX-License-Identifier: MIT
// kcidb's I/O schema 5.3 (kernelci/kcidb-io): nothing but its fields, and none of them null. One
// test for the run, which has its environment, and one below it for each row.

#include "analysis/ci/formats.hpp"
#include "analysis/load/sha256.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/json_writer.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

bool is_made_of(std::string_view text, std::string_view signs) {
  return !text.empty() && text.find_first_not_of(signs) == text.npos;
}

bool is_origin(std::string_view text) {
  return is_made_of(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

Outcome<void> check(const KcidbOptions& options) {
  if (!is_origin(options.origin))
    return fail(ExitCode::kUsage,
                "kcidb needs --origin, the name of the CI system: letters a-z, digits, '_'");
  if (!options.build_id.empty()) {
    if (!options.commit.empty() || !options.tree.empty())
      return fail(ExitCode::kUsage, "--build-id says what --commit and --tree do: give one");
    const auto colon = options.build_id.find(':');
    if (colon == options.build_id.npos || !is_origin(options.build_id.substr(0, colon)))
      return fail(ExitCode::kUsage, "--build-id must be as ORIGIN:ID");
    return {};
  }
  if (options.commit.size() != 40 || !is_made_of(options.commit, "0123456789abcdef"))
    return fail(ExitCode::kUsage,
                "kcidb needs the kernel's --build-id, or its --commit of 40 hexadecimal digits and "
                "--tree");
  if (!options.tree.starts_with("https://"))
    return fail(ExitCode::kUsage, "--tree must be the repository's https:// address");
  return {};
}

std::string_view word(TestStatus status) {
  return word_for(status, {"PASS", "DONE", "SKIP", "ERROR", "FAIL"});
}

// The schema's own order of what to say of many.
TestStatus summary_of(const TestRun& run) {
  for (const auto status :
       {TestStatus::kFailed, TestStatus::kError, TestStatus::kPassed, TestStatus::kUnproven})
    if (run.count(status) > 0) return status;
  return TestStatus::kSkipped;
}

// Units without prefix: who shows the number scales it.
struct SiUnit {
  double divisor = 1;  // 1.5 / 1e9 is 1.5e-9, and 1.5 * 1e-9 is not
  std::string_view unit;
  bool scaled = false;
};

SiUnit si_unit(const Metric& metric) {
  if (metric.unit == "ns") return {1e9, "s", true};
  if (metric.unit == "us") return {1e6, "s", true};
  if (metric.unit == "ms") return {1e3, "s", true};
  if (metric.unit == "s") return {1, "s", true};
  return {1, metric.unit, metric.unit.ends_with("/s")};
}

void put_number(JsonWriter& out, const TestFigure& figure) {
  const auto si = si_unit(figure.metric);
  const double value = figure.summary.median / si.divisor;
  if (!std::isfinite(value)) return;
  out.Key("number");
  out.StartObject();
  put(out, "value", value);
  if (!si.unit.empty()) put(out, "unit", si.unit);
  if (si.scaled) put(out, "prefix", "metric");
  out.EndObject();
}

void put_figures(JsonWriter& out, const TestRow& row) {
  out.Key("figures");
  out.StartObject();
  for (const auto& [metric, summary] : row.figures) {
    put_key(out, metric.key);
    out.StartObject();
    put(out, "median", summary.median);
    if (summary.has_interval()) {
      put(out, "low", summary.interval.low);
      put(out, "high", summary.interval.high);
    }
    put(out, "values", summary.n);
    if (!metric.unit.empty()) put(out, "unit", metric.unit);
    out.EndObject();
  }
  out.EndObject();
}

// The machine, not its name.
bool is_told(std::string_view key) {
  for (const std::string_view kind :
       {"arch", "byte_order", "cache.", "census", "cpu.", "kernel.", "ksm.", "machine.", "memory_",
        "numa.", "page_", "thp.", "zero_page.", "zpbench.", "benchmark.version", "boot.id"})
    if (key.starts_with(kind)) return true;
  return false;
}

// What is sent again, with more passes, replaces what was sent: a run is named by what its manifest
// has from the start (the command has the seed), other files by the first one's sum.
Outcome<std::string> sum_of(const Run& run) {
  if (!run.manifest || run.manifest->started.empty()) return sha256_of_file(run.files.front().path);
  const auto& begun = *run.manifest;
  return sha256_of_text(
      fmt::format("{}\n{}\n{}\n{}", begun.host, begun.kernel, begun.started, begun.command));
}

class Kcidb {
 public:
  Kcidb(const TestRun& run, const KcidbOptions& options, std::string_view run_id)
      : run_(run), options_(options), run_id_(run_id), context_(run.set->context()) {
    build_id_ = options.build_id.empty() ? fmt::format("{}:{}-{}", options.origin, options.commit,
                                                       printable(value("arch")))
                                         : options.build_id;
  }

  std::string write() {
    out_.StartObject();
    out_.Key("version");
    out_.StartObject();
    put(out_, "major", std::size_t{5});
    put(out_, "minor", std::size_t{3});
    out_.EndObject();
    if (options_.build_id.empty()) put_source();
    out_.Key("tests");
    out_.StartArray();
    put_run();
    for (const auto& row : run_.rows) put_row(row);
    out_.EndArray();
    out_.EndObject();
    return json_text(buffer_);
  }

 private:
  std::string value(std::string_view key) const { return context_value(context_, key); }

  void put_ids(const std::string& id) {
    put(out_, "id", options_.origin + ":" + id);
    put(out_, "origin", options_.origin);
  }

  void put_source() {
    out_.Key("checkouts");
    out_.StartArray();
    out_.StartObject();
    put_ids(options_.commit);
    put(out_, "git_commit_hash", options_.commit);
    put(out_, "git_repository_url", printable(options_.tree));
    out_.EndObject();
    out_.EndArray();
    out_.Key("builds");
    out_.StartArray();
    out_.StartObject();
    put(out_, "id", build_id_);
    put(out_, "origin", options_.origin);
    put(out_, "checkout_id", options_.origin + ":" + options_.commit);
    const auto arch = value("arch");
    if (is_origin(arch)) put(out_, "architecture", arch);
    out_.EndObject();
    out_.EndArray();
  }

  void put_environment(bool whole) {
    out_.Key("environment");
    out_.StartObject();
    std::string comment = printable(cpu_text(context_));
    if (is_emulated(*run_.set)) comment += comment.empty() ? "emulated" : ", emulated";
    if (!comment.empty()) put(out_, "comment", comment);
    if (whole) {
      out_.Key("misc");
      out_.StartObject();
      for (const auto& [key, text] : context_)
        if (is_told(key)) put(out_, printable(key), printable(text));
      out_.EndObject();
    }
    out_.EndObject();
  }

  // RFC 3339, or nothing: "2026-11-25T17:40:32+00:00".
  void put_start() {
    const auto date = value("date");
    std::string shape;
    for (const char c : date) shape += c >= '0' && c <= '9' ? '0' : c;
    for (const std::string_view known :
         {"0000-00-00T00:00:00+00:00", "0000-00-00T00:00:00-00:00", "0000-00-00T00:00:00Z"})
      if (shape == known) put(out_, "start_time", date);
  }

  void put_common(const std::string& path, TestStatus status) {
    put_ids(fmt::format("{}.{}", run_id_, path));
    put(out_, "build_id", build_id_);
    put(out_, "path", path);
    put(out_, "status", word(status));
    put_start();
  }

  void put_run() {
    out_.StartObject();
    put_common(run_.suite, summary_of(run_));
    put(out_, "comment",
        fmt::format("{} passed, {} failed, {} in error, {} not proven, {} skipped",
                    run_.count(TestStatus::kPassed), run_.count(TestStatus::kFailed),
                    run_.count(TestStatus::kError), run_.count(TestStatus::kUnproven),
                    run_.count(TestStatus::kSkipped)));
    put_environment(true);
    out_.EndObject();
  }

  void put_row(const TestRow& row) {
    out_.StartObject();
    put_common(run_.suite + "." + row.path, row.status);
    constexpr std::size_t kLongest = 4000;
    if (!row.reason.empty()) put(out_, "comment", shorten(row.reason, kLongest));
    put_environment(false);
    if (const auto* figure = row.main_figure()) put_number(out_, *figure);
    out_.Key("misc");
    out_.StartObject();
    put(out_, "name", printable(row.name));
    if (!row.figures.empty()) put_figures(out_, row);
    out_.EndObject();
    out_.EndObject();
  }

  const TestRun& run_;
  const KcidbOptions& options_;
  std::string_view run_id_;
  const Context& context_;
  std::string build_id_;
  rapidjson::StringBuffer buffer_;
  JsonWriter out_{buffer_};
};

}  // namespace

Outcome<std::string> write_kcidb(const TestRun& run, const KcidbOptions& options) {
  if (auto right = check(options); !right) return fail(right);
  const auto sum = sum_of(run.set->runs().front());
  if (!sum) return fail(sum);
  return Kcidb(run, options, sum->substr(0, 16)).write();
}

}  // namespace zp::analysis
