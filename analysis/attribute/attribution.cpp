// SPDX-License-Identifier: MIT
#include "analysis/attribute/attribution.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "analysis/attribute/penalties.hpp"
#include "analysis/model/predict.hpp"
#include "analysis/render/host.hpp"

namespace zp::analysis {
namespace {

// Events a read by name; close_synonym comes from the model alone.
using Events = std::map<std::string, double>;
constexpr std::array kEvents{"l1d_miss",  "l2_miss",      "l3_miss",
                             "dtlb_miss", "synonym_miss", "close_synonym"};

const PlacementBlock* same_block(const PlacementTable& table, const PlacementBlock& block) {
  for (const PlacementBlock& other : table.blocks)
    if (other.common == block.common) return &other;
  return nullptr;
}

std::optional<double> cell_of(const PlacementTable& table, const PlacementBlock& block,
                              const std::string& placement, const std::string& stride) {
  const PlacementBlock* same = same_block(table, block);
  const PlacementRow* row = same == nullptr ? nullptr : same->find(placement);
  if (row == nullptr) return std::nullopt;
  const auto at = std::find(same->strides.begin(), same->strides.end(), stride);
  const auto column = static_cast<std::size_t>(at - same->strides.begin());
  if (at == same->strides.end() || column >= row->cells.size() || !row->cells[column])
    return std::nullopt;
  return row->cells[column]->median;
}

// What rows hold, from the PMU or, by prefix, from a model that ran beside them.
class RowCounts {
 public:
  RowCounts(const ResultSet& set, const std::string& prefix, std::string source)
      : source_(std::move(source)) {
    for (const char* event : kEvents)
      if (set.has_metric(prefix + event))
        tables_.emplace(event, placement_table(set, prefix + event));
  }
  const std::string& source() const { return source_; }
  Events of(const PlacementBlock& block, const std::string& placement,
            const std::string& stride) const {
    Events events;
    for (const auto& [event, table] : tables_)
      if (const auto value = cell_of(table, block, placement, stride)) events[event] = *value;
    return events;
  }

 private:
  std::string source_;
  std::map<std::string, PlacementTable> tables_;
};

// In order of trust. `model_` is the only model of a run, `model_CPU_` one of several.
std::vector<RowCounts> row_counts(const ResultSet& set, const AttributeOptions& options) {
  std::vector<RowCounts> sources;
  sources.emplace_back(set, "", "PMU");
  sources.emplace_back(set, "model_", "model, in the rows");
  if (options.cpu)
    sources.emplace_back(set, "model_" + options.cpu->name + "_",
                         fmt::format("model {}, in the rows", options.cpu->name));
  return sources;
}

Outcome<Events> predicted(const model::Description& cpu, const PlacementBlock& block,
                          const std::string& placement, const std::string& stride) {
  PredictOptions options;
  std::uint64_t stride_bytes = 0;
  const std::string table = part_of(block, "table");
  std::from_chars(table.data(), table.data() + table.size(), options.table_bytes);
  const auto [rest, failed] =
      std::from_chars(stride.data(), stride.data() + stride.size(), stride_bytes);
  if (failed != std::errc() || stride.find("rotated") != std::string::npos ||
      block.offsets.find(stride + " rotated") != std::string::npos)
    return fail(ExitCode::kUsage, "rotated offsets can't be predicted without the run's frames");
  if (const std::string walk = part_of(block, "walk"); walk != "dependent")
    options.walk = walk;
  else
    options.walk = "random";
  const auto cell = predict(cpu, placement, stride_bytes, options);
  if (!cell) return tl::make_unexpected(cell.error());
  const model::Counts& counts = cell->state.counts;
  Events events{{"l1d_miss", cell->state.per_read(counts.misses[0])},
                {"synonym_miss", cell->state.per_read(counts.synonym_misses)},
                {"close_synonym", cell->state.per_read(counts.close_synonyms)}};
  const std::size_t levels = cpu.geometry.caches.size();
  if (levels > 1) events["l2_miss"] = cell->state.per_read(counts.misses[1]);
  if (levels > 2) events["l3_miss"] = cell->state.per_read(counts.misses[2]);
  if (!cpu.geometry.tlbs.empty()) events["dtlb_miss"] = cell->state.per_read(counts.tlb_misses[0]);
  return events;
}

struct Counted {
  Events base, newer;
  std::string source;
};

// The first source that counts both cells.
Counted count(const std::vector<RowCounts>& sources, const AttributeOptions& options,
              const PlacementBlock& block, const std::string& stride,
              std::vector<std::string>& gaps) {
  for (const RowCounts& rows : sources) {
    Counted counted{rows.of(block, options.base, stride), rows.of(block, options.newer, stride),
                    rows.source()};
    if (counted.base.count("l1d_miss") && counted.newer.count("l1d_miss")) return counted;
  }
  if (!options.cpu) {
    gaps.emplace_back("no counts; --cpu NAME takes those of this model, or lets it count");
    return {};
  }
  auto base = predicted(*options.cpu, block, options.base, stride);
  auto newer = predicted(*options.cpu, block, options.newer, stride);
  if (base && newer)
    return {std::move(*base), std::move(*newer),
            fmt::format("model {} on constructed frames", options.cpu->name)};
  gaps.push_back((base ? newer : base).error().message);
  return {};
}

std::vector<Cause> causes_of(const Counted& counted, const Penalties& penalties,
                             std::vector<std::string>& gaps) {
  const auto extra = [&](const char* event) -> std::optional<double> {
    const auto base = counted.base.find(event);
    const auto newer = counted.newer.find(event);
    if (base == counted.base.end() || newer == counted.newer.end()) return std::nullopt;
    return newer->second - base->second;
  };
  std::vector<Cause> causes;
  const auto add = [&](std::string name, std::optional<double> events,
                       const std::optional<Interval>& penalty) {
    if (!events || (*events<kNoDifference&& * events> - kNoDifference)) return;
    if (!penalty) gaps.push_back(fmt::format("no penalty is known for {}", name));
    causes.push_back({std::move(name), *events, penalty});
  };
  const auto synonyms = extra("synonym_miss"), misses = extra("l1d_miss");
  if (misses && synonyms && std::abs(*misses - *synonyms) < kNoDifference) {
    add("L1d synonym misses", synonyms, penalties.level[0]);
  } else {
    add("L1d misses", misses, penalties.level[0]);
    // One that takes the place of an ordinary miss costs what it is dearer, which nobody gives.
    add("synonyms among L1d misses", synonyms, std::nullopt);
  }
  // Close synonyms can't overlap as other misses do: what that loses is at most the whole miss.
  if (penalties.overlap)
    add("synonyms in flight", extra("close_synonym"),
        penalties.level[0] ? std::optional(Interval{0, penalties.level[0]->high}) : std::nullopt);
  add("L2 misses", extra("l2_miss"), penalties.level[1]);
  add("L3 misses", extra("l3_miss"), penalties.level[2]);
  add("dTLB misses", extra("dtlb_miss"), std::nullopt);
  return causes;
}

}  // namespace

std::optional<Interval> Cause::contribution_ns() const {
  if (!penalty_ns) return std::nullopt;
  const double a = extra_per_read * penalty_ns->low;
  const double b = extra_per_read * penalty_ns->high;
  return Interval{std::min(a, b), std::max(a, b)};
}

Interval Attribution::residual_ns() const {
  Interval residual{difference_ns(), difference_ns()};
  for (const Cause& cause : causes) {
    const auto ns = cause.contribution_ns();
    if (!ns) continue;
    residual.low -= ns->high;
    residual.high -= ns->low;
  }
  return residual;
}

double Attribution::sure_residual_share() const {
  const Interval residual = residual_ns();
  const double difference = difference_ns();
  if (difference == 0 || (residual.low <= 0 && residual.high >= 0)) return 0;
  return (residual.low > 0 ? residual.low : residual.high) / difference;
}

Outcome<std::vector<Attribution>> attribute(const ResultSet& set, const AttributeOptions& options) {
  if (is_emulated(set.context()))
    return fail(ExitCode::kNotComparable,
                "the run was made under emulation: its times say nothing about a CPU");
  const PlacementTable times = placement_table(set, default_metric(set));
  const std::vector<RowCounts> sources = row_counts(set, options);
  std::vector<Attribution> all;
  bool base_seen = false, new_seen = false;
  for (const PlacementBlock& block : times.blocks) {
    const PlacementRow* base = block.find(options.base);
    const PlacementRow* newer = block.find(options.newer);
    base_seen |= base != nullptr;
    new_seen |= newer != nullptr;
    if (base == nullptr || newer == nullptr) continue;
    for (std::size_t i = 0; i < block.strides.size(); ++i) {
      if (!base->cells[i] || !newer->cells[i]) continue;
      Attribution one;
      one.common = block.common;
      one.stride = block.strides[i];
      one.base_placement = options.base;
      one.new_placement = options.newer;
      one.base_ns = *base->cells[i];
      one.new_ns = *newer->cells[i];
      const Counted counted = count(sources, options, block, one.stride, one.gaps);
      const Penalties penalties = find_penalties(set, times, block, one.stride, options);
      one.counts_source = counted.source;
      one.penalties_source = penalties.source;
      one.causes = causes_of(counted, penalties, one.gaps);
      all.push_back(std::move(one));
    }
  }
  for (const auto& [seen, placement] :
       {std::pair(base_seen, options.base), std::pair(new_seen, options.newer)})
    if (!seen)
      return fail(ExitCode::kUsage, "no row with a time has the placement '{}'", placement);
  if (all.empty())
    return fail(ExitCode::kUsage, "no cell has both '{}' and '{}'", options.base, options.newer);
  return all;
}

}  // namespace zp::analysis
