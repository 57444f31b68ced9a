// SPDX-License-Identifier: MIT
// Everything the table object holds; figures as stored.
#include <initializer_list>
#include <utility>

#include "analysis/compare/wording.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/text/json_writer.hpp"

namespace zp::analysis {
namespace {

// An array: what put_item(item) writes, for each of them.
template <class Items, class PutItem>
void put_list(JsonWriter& out, std::string_view key, const Items& items, PutItem put_item) {
  put_key(out, key);
  out.StartArray();
  for (const auto& item : items) put_item(item);
  out.EndArray();
}

// An object whose values are texts.
void put_object(JsonWriter& out,
                std::initializer_list<std::pair<std::string_view, std::string_view>> texts) {
  out.StartObject();
  for (const auto& [key, text] : texts) put(out, key, text);
  out.EndObject();
}

void put_names(JsonWriter& out, const char* key, const std::vector<std::string>& names) {
  put_list(out, key, names, [&](const std::string& name) { put(out, name); });
}

void put_interval(JsonWriter& out, const Interval& interval) {
  out.Key("interval");
  out.StartArray();
  out.Double(interval.low);
  out.Double(interval.high);
  out.EndArray();
}

void put_summary(JsonWriter& out, const Summary& summary) {
  out.StartObject();
  put(out, "n", summary.n);
  put(out, "median", summary.median);
  put(out, "stddev", summary.stddev);
  if (summary.n > 1) put_interval(out, summary.interval);
  out.Key("interval_is_95");
  out.Bool(summary.interval_is_95);
  out.EndObject();
}

void put_change(JsonWriter& out, const Change& change, const Metric& metric) {
  out.StartObject();
  if (change.ratio) {
    put(out, "ratio", change.ratio->ratio);
    // Whatever it covers: that stands next to it.
    if (change.ratio->confidence > 0 && change.base_n > 1 && change.new_n > 1) {
      put_interval(out, change.ratio->interval);
      put(out, "confidence", change.ratio->confidence);
    }
  }
  put(out, "p", change.p);
  put(out, "p_holm", change.p_holm);
  out.Key("p_exact");
  out.Bool(change.p_exact);
  put(out, "verdict", verdict_word(change.verdict, metric));
  if (change.verdict == Verdict::kUndecided) put(out, "doubt", doubt_word(change.doubt));
  if (change.between_hosts) put(out, "between_hosts", *change.between_hosts);
  if (change.doubt == Doubt::kOneBoot)
    put(out, "within_one_boot", verdict_word(change.shown, metric));
  out.EndObject();
}

void put_row(JsonWriter& out, const ComparedRow& row, const Metric& metric) {
  out.StartObject();
  put(out, "name", row.name);
  put_list(out, "sides", row.sides, [&](const Summary& side) {
    if (side.n == 0)
      out.Null();
    else
      put_summary(out, side);
  });
  put_list(out, "changes", row.changes,
           [&](const Change& change) { put_change(out, change, metric); });
  out.EndObject();
}

// Units are none of a side where repetitions are; boots and hosts are absent where they aren't
// recorded.
void put_side(JsonWriter& out, const ComparedSide& side, const UnitPlan& plan, std::size_t place) {
  out.StartObject();
  put(out, "label", side.label);
  put(out, "host", side.host_line);
  put_names(out, "paths", side.paths);
  if (plan.unit != Unit::kRepetition) put(out, "units", plan.groups[place].units);
  if (plan.boots[place] > 0) put(out, "boots", plan.boots[place]);
  if (plan.hosts[place] > 0) put(out, "hosts", plan.hosts[place]);
  if (side.geomean_rows > 0) {
    put(out, "geomean_ratio", side.geomean_ratio);
    put(out, "geomean_rows", side.geomean_rows);
  }
  out.EndObject();
}

void put_differences(JsonWriter& out, const char* key, const std::vector<Difference>& differences) {
  put_list(out, key, differences, [&](const Difference& difference) {
    put_object(
        out, {{"field", difference.field}, {"base", difference.base}, {"other", difference.other}});
  });
}

}  // namespace

std::string render_json(const Comparison& comparison, std::size_t) {
  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.SetIndent(' ', 1);
  out.StartObject();
  put(out, "schema", std::string_view("zpanalyze-compare-1"));
  put(out, "metric", comparison.metric.key);
  put(out, "unit", comparison.metric.unit);
  put(out, "threshold", comparison.rules.threshold);
  put(out, "alpha", comparison.rules.alpha);
  put(out, "sampling_unit", unit_word(comparison.units.unit));
  put(out, "test", std::string_view(comparison.moderated() ? "moderated t" : "Mann-Whitney U"));
  out.Key("paired");
  out.Bool(comparison.units.paired);
  if (const auto why = one_boot_text(comparison); !why.empty()) put(out, "one_boot", why);
  if (const auto why = other_hosts_text(comparison); !why.empty()) put(out, "other_hosts", why);
  if (const auto hosts = hosts_text(comparison); !hosts.empty()) put(out, "hosts", hosts);
  if (!comparison.unproven.empty()) put(out, "unproven", comparison.unproven);
  put_names(out, "dropped", comparison.dropped);
  out.Key("sides");
  out.StartArray();
  for (std::size_t i = 0; i < comparison.sides.size(); ++i)
    put_side(out, comparison.sides[i], comparison.units, i);
  out.EndArray();
  out.Key("rows");
  out.StartArray();
  for (const auto& block : comparison.blocks)
    for (const auto& row : block.rows) put_row(out, row, comparison.metric);
  out.EndArray();
  put_list(out, "unmatched", comparison.unmatched, [&](const auto& cell) {
    put_object(out, {{"side", comparison.sides[cell.side].label}, {"name", cell.name}});
  });
  put_names(out, "without_figure", comparison.without_figure);
  put_list(out, "errors", comparison.errors, [&](const auto& error) {
    put_object(out, {{"side", comparison.sides[error.side].label},
                     {"name", error.row.name},
                     {"reason", error.row.reason}});
  });
  put_differences(out, "forced", comparison.differences.refused);
  put_differences(out, "noted", comparison.differences.noted);
  out.EndObject();
  return json_text(buffer);
}

}  // namespace zp::analysis
