// SPDX-License-Identifier: MIT
#include "analysis/attribute/attribution.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include "analysis/attribute/penalties.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/stats/moderated.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/model/catalogue.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

// What happens more often in the one cell than in the other; absent where it is not counted.
class Extra {
 public:
  explicit Extra(const Counted& counted) : counted_(counted) {}
  std::optional<double> of(const char* event) const {
    const auto base = counted_.base.find(event);
    const auto target = counted_.target.find(event);
    if (base == counted_.base.end() || target == counted_.target.end()) return std::nullopt;
    return target->second - base->second;
  }
  bool differs(const char* event) const { return std::abs(of(event).value_or(0)) >= kNoDifference; }

 private:
  const Counted& counted_;
};

std::vector<std::size_t> to_be_priced(const Extra& extra) {
  std::vector<std::size_t> events;
  for (std::size_t i = 0; i < kPriced.size(); ++i)
    if (extra.differs(kPriced[i])) events.push_back(i);
  return events;
}

std::vector<Cause> causes_of(const Extra& extra, const Penalties& penalties,
                             std::vector<std::string>& gaps) {
  std::vector<Cause> causes;
  const auto add = [&](std::string name, const char* event,
                       const std::optional<Interval>& penalty) {
    if (!extra.differs(event)) return;
    if (!penalty) gaps.push_back(fmt::format("no penalty is known for {}", name));
    causes.push_back({std::move(name), *extra.of(event), penalty, std::nullopt});
  };
  const auto synonyms = extra.of("synonym_miss"), misses = extra.of("l1d_miss");
  if (misses && synonyms && std::abs(*misses - *synonyms) < kNoDifference) {
    add("L1d synonym misses", "synonym_miss", penalties.whole_synonym());
  } else {
    add("L1d misses", "l1d_miss", penalties.of[kL1d]);
    add("synonyms among misses", "synonym_miss", penalties.of[kSynonym]);
  }
  add("L2 misses", "l2_miss", penalties.of[1]);
  add("L3 misses", "l3_miss", penalties.of[2]);
  add("dTLB misses", "dtlb_miss", penalties.of[kDtlb]);
  return causes;
}

// The one cause where the prices of the CPU predict both cells: what limits the slower of them.
// false where they don't.
bool explain_by_prices(Attribution& one, EventCounts& counts, const PlacementBlock& block,
                       const AttributeOptions& options) {
  if (!options.cpu || options.ghz <= 0) return false;
  const auto base = counts.time_of(block, one.stride, options.base);
  const auto target = counts.time_of(block, one.stride, options.target);
  if (!base || !target) return false;
  const model::Range from = base->cycles_per_read(), to = target->cycles_per_read();
  const model::Bound slow = target->limits.front().bound, fast = base->limits.front().bound;
  Cause cause;
  cause.name = slow == fast
                   ? std::string(model::name_of(slow))
                   : fmt::format("{}, not {}", model::name_of(slow), model::short_name_of(fast));
  cause.extra_per_read = model::middle(to) - model::middle(from);
  // The prices are the same for both cells: where both are limited alike they move together.
  const double a = (slow == fast ? to.low - from.low : to.low - from.high) / options.ghz;
  const double b = (slow == fast ? to.high - from.high : to.high - from.low) / options.ghz;
  cause.predicted_ns = Interval{std::min(a, b), std::max(a, b)};
  one.causes.push_back(std::move(cause));
  one.overlap = slow != model::Bound::kLatency;
  one.counts_source = fmt::format("model {} on constructed frames", options.cpu->name);
  one.penalties_source = fmt::format("prices of {} at {} GHz", options.cpu->name, options.ghz);
  if (one.sure_residual_share() != 0 && std::max(base->from_third, target->from_third) > 0)
    one.gaps.push_back(
        "how much of L3 others left; what they threw out of it comes from memory, which these "
        "prices leave out");
  return true;
}

// Fills in the causes of a difference that stands out.
void explain(Attribution& one, const ResultSet& set, const PlacementTable& times,
             EventCounts& counts, PairPrices& pairs, const PlacementBlock& block,
             const AttributeOptions& options) {
  if (explain_by_prices(one, counts, block, options)) return;
  const auto counted = counts.of(block, one.stride, options.base, options.target);
  if (!counted) {
    one.gaps.push_back(counted.error().message);
    return;
  }
  const Extra extra(*counted);
  const Penalties penalties =
      find_penalties(set, times, counts, pairs, block, one.stride, options, to_be_priced(extra));
  one.overlap = penalties.overlap;
  one.counts_source = counted->source;
  one.penalties_source = penalties.source;
  one.causes = causes_of(extra, penalties, one.gaps);
}

std::vector<std::string> placements_in(const PlacementTable& table) {
  std::vector<std::string> placements;
  for (const PlacementBlock& block : table.blocks)
    for (const PlacementRow& row : block.rows)
      if (std::ranges::find(placements, row.placement) == placements.end())
        placements.push_back(row.placement);
  return placements;
}

}  // namespace

std::optional<Interval> Cause::contribution_ns() const {
  if (predicted_ns) return predicted_ns;
  if (!penalty_ns) return std::nullopt;
  const double a = extra_per_read * penalty_ns->low;
  const double b = extra_per_read * penalty_ns->high;
  return Interval{std::min(a, b), std::max(a, b)};
}

bool Attribution::too_few() const {
  return std::min(base_ns.n, new_ns.n) < kLeastUnits;
}

bool Attribution::within_noise() const {
  return base_ns.interval.high >= new_ns.interval.low &&
         new_ns.interval.high >= base_ns.interval.low;
}

Interval Attribution::residual_ns() const {
  Interval residual = difference_interval();
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

std::string other_cpu(const ResultSet& set, const model::Description& cpu) {
  // From the third level on sizes differ within a kind of CPU.
  constexpr std::pair<const char*, const char*> kLevels[] = {{"l1d", "L1d"}, {"l2", "L2"}};
  const auto& caches = cpu.geometry.caches;
  for (std::size_t level = 0; level < std::min(caches.size(), std::size(kLevels)); ++level) {
    const auto [key, shown] = kLevels[level];
    const auto here = parse_number(set.context_value(fmt::format("cache.{}.size_bytes", key)));
    const auto there = caches[level].size_bytes;
    if (here && *here > 0 && *here != there)
      return fmt::format("{} has an {} of {}, this machine one of {}: it is another CPU.", cpu.name,
                         shown, human_size(there), human_size(*here));
  }
  return {};
}

Outcome<std::optional<model::Description>> find_clocked_cpu(const std::string& name, double& ghz) {
  if (name.empty()) return std::nullopt;
  auto cpu = model::find_cpu(name);
  if (!cpu) return fail(cpu);
  if (ghz == 0 && cpu->clock_ghz) ghz = cpu->clock_ghz->high;
  return std::optional(std::move(*cpu));
}

Outcome<std::vector<Attribution>> attribute(const ResultSet& set, const AttributeOptions& options) {
  if (is_emulated(set))
    return fail(ExitCode::kNotComparable,
                "the run was made under emulation: its times say nothing about a CPU");
  const PlacementTable times = placement_table(set, default_metric(set));
  if (times.blocks.empty())
    return fail(ExitCode::kUsage, "{}: {}", set.runs().front().path,
                is_ours(set) ? "no name has placement: and stride: parts" : "not of zpbench");
  EventCounts counts(set, options.cpu);
  PairPrices pairs(times, latency_prices(set, times, counts), counts);
  std::vector<Attribution> all;
  bool base_seen = false, new_seen = false;
  for (const PlacementBlock& block : times.blocks) {
    const PlacementRow* base = block.find(options.base);
    const PlacementRow* target = block.find(options.target);
    base_seen |= base != nullptr;
    new_seen |= target != nullptr;
    if (base == nullptr || target == nullptr) continue;
    for (std::size_t i = 0; i < block.strides.size(); ++i) {
      if (!base->cells[i] || !target->cells[i]) continue;
      Attribution one;
      one.common = block.common;
      one.stride = block.strides[i];
      one.base_placement = options.base;
      one.new_placement = options.target;
      one.base_ns = *base->cells[i];
      one.new_ns = *target->cells[i];
      one.unit = times.unit;
      if (!one.too_few() && !one.within_noise())
        explain(one, set, times, counts, pairs, block, options);
      all.push_back(std::move(one));
    }
  }
  for (const auto& [seen, option, placement] :
       {std::tuple(base_seen, "base", options.base), std::tuple(new_seen, "new", options.target)})
    if (!seen)
      return fail(ExitCode::kUsage,
                  "no row with a time has the placement '{}': give --{} PLACEMENT, one of {}",
                  placement, option, comma_list(placements_in(times)));
  if (all.empty())
    return fail(ExitCode::kUsage, "no cell has both '{}' and '{}'", options.base, options.target);
  return all;
}

}  // namespace zp::analysis
