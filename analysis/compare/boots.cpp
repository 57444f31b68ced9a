// SPDX-License-Identifier: MIT
#include "analysis/compare/boots.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "analysis/compare/comparability.hpp"
#include "analysis/load/json_member.hpp"
#include "analysis/load/units.hpp"
#include "analysis/rows/unit_values.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/json_writer.hpp"
#include "harness/support/file.hpp"

namespace zp::analysis {
namespace {

constexpr std::string_view kSchema = "zpanalyze-boot-deviation-2";
constexpr std::string_view kWithoutMachine = "zpanalyze-boot-deviation-1";
constexpr std::size_t kLeastBoots = 3;

template <class Pair>
void put_pair(JsonWriter& out, const Pair& pair) {
  out.StartArray();
  out.Double(pair.first);
  out.Double(pair.second);
  out.EndArray();
}

// [variance, degrees of freedom], both finite and not negative.
bool read_pair(const rapidjson::Value& json, double& value, double& df) {
  if (!json.IsArray() || json.Size() != 2 || !json[0].IsNumber() || !json[1].IsNumber())
    return false;
  value = json[0].GetDouble();
  df = json[1].GetDouble();
  return std::isfinite(value) && std::isfinite(df) && value >= 0 && df >= 0;
}

// Above it p is below alpha and the 95 % interval, which then excludes 1, reaches past the
// threshold.
double limit_of(std::span<const Variance> terms, const VerdictRules& rules, double cells) {
  const auto [variance, df, lent_df] = sum_of(terms);
  if (variance <= 0) return 1 + rules.threshold;
  const boost::math::students_t_distribution<> t(df);
  const auto half_width = [&, deviation = std::sqrt(variance)](double p) {
    return deviation * boost::math::quantile(boost::math::complement(t, p / 2));
  };
  const double of_interval = half_width(0.05);
  return std::exp(std::max(
      {half_width(rules.alpha / cells), of_interval, std::log1p(rules.threshold) - of_interval}));
}

}  // namespace

Outcome<BootDeviation> measure_boots(const ResultSet& set, const std::string& metric) {
  const auto boots = boots_of(set, metric);
  if (boots == 0)
    return fail(ExitCode::kUsage,
                "--boots: not all of these files record their boot (boot.id): they can't be shown "
                "to be different boots");
  if (boots < kLeastBoots)
    return fail(ExitCode::kUsage, "--boots: {} boot{} given; {} are the least", boots,
                boots == 1 ? "" : "s", kLeastBoots);
  if (const auto hosts = hosts_of(set, metric); hosts > 1)
    return fail(ExitCode::kUsage, "--boots: these are of {} hosts; give boots of one", hosts);
  const auto groups = by_boot(set);
  std::vector<UnitValues> cells;
  std::vector<std::string> names;
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    auto logs = logs_of(unit_medians(set, cell, metric, groups));
    if (count_present(logs) < 2) continue;
    cells.push_back(std::move(logs));
    names.push_back(set.cell_name(cell));
  }
  if (cells.empty())
    return fail(ExitCode::kUsage, "--boots: no cell has the figure '{}' in two boots", metric);
  const auto side = moderate(cells);
  BootDeviation deviation{metric,
                          std::string(set.context_value("kernel.release")),
                          machine_facts(set.context()),
                          boots,
                          {},
                          side.common,
                          side.prior};
  for (std::size_t i = 0; i < cells.size(); ++i) deviation.cells[names[i]] = side.cells[i].own;
  return deviation;
}

Outcome<void> check_same_machine(const BootDeviation& boots, const ResultSet& set) {
  for (const auto* file : set.files())
    if (const auto other = machine_or_host_differences(boots.machine, file->context);
        !other.empty())
      return fail(ExitCode::kNotComparable, "--boot-deviation is of another machine:{}",
                  difference_words(other));
  return {};
}

void append_boot_terms(const BootDeviation& boots, const std::string& cell,
                       std::vector<Variance>& terms) {
  const auto found = boots.cells.find(cell);
  const auto own =
      found == boots.cells.end() ? Variance{boots.prior.variance, boots.prior.df} : found->second;
  // A boot on each side. Without a prior an unknown cell could do anything.
  terms.push_back({2 * own.value, own.df});
  if (boots.common.value > 0) terms.push_back({2 * boots.common.value, boots.common.df});
}

std::vector<double> boot_limits(const BootDeviation& boots, const VerdictRules& rules) {
  std::vector<double> limits;
  for (const auto& [name, own] : boots.cells) {
    std::vector<Variance> terms;
    append_boot_terms(boots, name, terms);
    limits.push_back(limit_of(terms, rules, static_cast<double>(boots.cells.size())));
  }
  std::ranges::sort(limits);
  return limits;
}

std::string to_json(const BootDeviation& boots) {
  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.SetIndent(' ', 1);
  out.SetFormatOptions(rapidjson::kFormatSingleLineArray);
  out.StartObject();
  put(out, "schema", kSchema);
  put(out, "metric", boots.metric);
  put(out, "kernel.release", boots.kernel);
  out.Key("machine");
  out.StartObject();
  for (const auto& [key, value] : boots.machine) put(out, key, std::string_view(value));
  out.EndObject();
  put(out, "boots", boots.boots);
  out.Key("prior");
  put_pair(out, std::pair{boots.prior.variance, boots.prior.df});
  out.Key("common");
  put_pair(out, std::pair{boots.common.value, boots.common.df});
  out.Key("cells");
  out.StartObject();
  for (const auto& [name, own] : boots.cells) {
    put_key(out, name);
    put_pair(out, std::pair{own.value, own.df});
  }
  out.EndObject();
  out.EndObject();
  return json_text(buffer);
}

Outcome<BootDeviation> read_boots(const std::string& path) {
  const auto text = read_text_file(path);
  if (!text) return fail(ExitCode::kUsage, "{}", text.error().message);
  const auto json = parse_json(*text, path);
  if (!json) return fail(json);
  const rapidjson::Value& root = *json;
  if (root.IsObject() && string_member(root, "schema") == kWithoutMachine)
    return fail(ExitCode::kUsage,
                "{0}: an older zpanalyze stored it, without the machine: measure it again "
                "(zpanalyze compare --boots RUN... --store {0})",
                path);
  if (!root.IsObject() || string_member(root, "schema") != kSchema)
    return fail(ExitCode::kUsage, "{}: not what 'compare --boots --store' writes", path);
  BootDeviation boots;
  boots.metric = string_member(root, "metric");
  boots.kernel = string_member(root, "kernel.release");
  const auto machine = root.FindMember("machine");
  const auto count = root.FindMember("boots");
  const auto prior = root.FindMember("prior");
  const auto common = root.FindMember("common");
  const auto cells = root.FindMember("cells");
  bool good =
      machine != root.MemberEnd() && machine->value.IsObject() && count != root.MemberEnd() &&
      count->value.IsUint() && prior != root.MemberEnd() &&
      read_pair(prior->value, boots.prior.variance, boots.prior.df) && common != root.MemberEnd() &&
      read_pair(common->value, boots.common.value, boots.common.df) && cells != root.MemberEnd() &&
      cells->value.IsObject() && cells->value.MemberCount() > 0;
  if (good) {
    boots.boots = count->value.GetUint();
    for (const auto& fact : machine->value.GetObject()) {
      if (!fact.value.IsString())
        return fail(ExitCode::kUsage, "{}: '{}' of its machine is not a text", path,
                    shorten(fact.name.GetString(), 80));
      boots.machine[fact.name.GetString()] = {fact.value.GetString(), fact.value.GetStringLength()};
    }
    for (const auto& cell : cells->value.GetObject()) {
      auto& own = boots.cells[cell.name.GetString()];
      good = good && read_pair(cell.value, own.value, own.df) && own.df > 0;
    }
  }
  if (!good) return fail(ExitCode::kUsage, "{}: a boot deviation that can't be read", path);
  return boots;
}

std::string describe_boots(const BootDeviation& boots, const VerdictRules& rules,
                           std::size_t width) {
  std::vector<double> deviations;
  for (const auto& [name, own] : boots.cells)
    deviations.push_back(100 * std::sqrt(own.value + boots.common.value));
  std::ranges::sort(deviations);
  const auto limits = boot_limits(boots, rules);
  const auto percent = [&](double p) { return three_digits(100 * (quantile(limits, p) - 1)); };
  return paragraph(
             fmt::format(
                 "{} boots of {}, {}, {} cells: standard deviation between boots {} % in the "
                 "median cell, {} % in the worst; what is common to all cells deviates by {} %.",
                 boots.boots, boots.kernel, boots.metric, boots.cells.size(),
                 three_digits(quantile(deviations, 0.5)), three_digits(deviations.back()),
                 three_digits(100 * std::sqrt(boots.common.value))),
             width) +
         paragraph(
             fmt::format("With one boot per side a change must exceed +{} % in the median cell and "
                         "+{} % in the worst to be shown (p < {:.2g}, Holm over {} cells; "
                         "threshold {:.3g} %), passes that agree assumed. More boots bring these "
                         "limits down.",
                         percent(0.5), percent(1), rules.alpha, boots.cells.size(),
                         100 * rules.threshold),
             width);
}

}  // namespace zp::analysis
