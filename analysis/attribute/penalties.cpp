// SPDX-License-Identifier: MIT
#include "analysis/attribute/penalties.hpp"

#include <algorithm>

#include "harness/support/text.hpp"

namespace zp::analysis {
namespace {

// A read of `private` that one level serves.
struct Served {
  Interval ns;
  double dtlb_misses = 1;         // at most
  std::uint64_t table_bytes = 0;  // of the largest table
};
using Times = std::array<std::optional<Served>, kServers.size()>;

std::optional<double> number(const Context& context, const char* key) {
  const auto value = parse_whole<double>(context_value(context, key));
  return value && *value > 0 ? value : std::nullopt;
}

bool same_but_table(const PlacementBlock& a, const PlacementBlock& b) {
  const auto without = [](const PlacementBlock& block) {
    std::vector<NamePart> parts;
    for (const NamePart& part : block.common)
      if (part.key != "table") parts.push_back(part);
    return parts;
  };
  return without(a) == without(b);
}

void widen(std::optional<Served>& served, const Served& more) {
  if (!served) served = more;
  served->ns = {std::min(served->ns.low, more.ns.low), std::max(served->ns.high, more.ns.high)};
  served->dtlb_misses = std::max(served->dtlb_misses, more.dtlb_misses);
  served->table_bytes = std::max(served->table_bytes, more.table_bytes);
}

// The time of `private` in a column; nullopt where there is none.
std::optional<double> private_ns(const PlacementBlock& block, const std::string& stride) {
  const PlacementRow* row = block.find("private");
  const auto column =
      static_cast<std::size_t>(std::ranges::find(block.strides, stride) - block.strides.begin());
  if (row == nullptr || column >= row->cells.size() || !row->cells[column]) return std::nullopt;
  return row->cells[column]->median;
}

// Times of `private` by the level that serves the table. `stride` "" takes every stride.
void collect(Times& times, EventCounts& counts, const ResultSet& set, const PlacementTable& all,
             const PlacementBlock& block, const std::string& stride) {
  const PlacementRow* row = block.find("private");
  const std::uint64_t table_bytes = table_bytes_of(block);
  if (row == nullptr) return;
  for (std::size_t i = 0; i < row->cells.size() && i < block.strides.size(); ++i) {
    if (!row->cells[i] || (!stride.empty() && block.strides[i] != stride)) continue;
    if (rotated(block, block.strides[i])) continue;
    if (reads_per_walk(block, block.strides[i]) < kLeastReadsPerWalk) continue;
    const auto server = server_of(set.context(), all, block, block.strides[i]);
    if (!server) continue;
    Served served{row->cells[i]->interval, 1, table_bytes};
    const auto counted =
        counts.of(block, block.strides[i], row->placement, row->placement, kMostReads);
    if (counted && counted->base.count(kPriced[kDtlb]))
      served.dtlb_misses = counted->base.at(kPriced[kDtlb]);
    widen(times[*server], served);
  }
}

// Bounds of (deeper - shallower); nullopt when one of them is not known.
std::optional<Interval> step(const std::optional<Interval>& shallow,
                             const std::optional<Interval>& deep) {
  if (!shallow || !deep) return std::nullopt;
  return Interval{std::max(0.0, deep->low - shallow->high),
                  std::max(0.0, deep->high - shallow->low)};
}

// The TLB misses of the larger table are more, or go further for their pages, or both.
// `most_dtlb_ns(table_bytes)`: what one costs at most in a table of that size, if known.
template <class MostDtlbNs>
Prices steps(const Times& times, MostDtlbNs&& most_dtlb_ns) {
  Prices prices;
  for (std::size_t k = 0; k + 1 < times.size(); ++k) {
    const auto &shallow = times[k], &deep = times[k + 1];
    if (!shallow || !deep) continue;
    prices[k] = step(shallow->ns, deep->ns);
    if (deep->dtlb_misses < kNoDifference) continue;
    const std::optional<double> ns = most_dtlb_ns(deep->table_bytes);
    prices[k]->low = ns ? std::max(0.0, prices[k]->low - deep->dtlb_misses * *ns) : 0;
  }
  return prices;
}

// Fills what is still open; `overlap`: reads may overlap, so the lower bound is 0.
bool fill(Penalties& penalties, const Prices& prices, bool overlap) {
  bool used = false;
  for (std::size_t i = 0; i < prices.size(); ++i) {
    if (penalties.of[i] || !prices[i]) continue;
    penalties.of[i] = {overlap ? 0 : prices[i]->low, prices[i]->high};
    used = true;
  }
  return used;
}

Prices described(const AttributeOptions& options) {
  if (!options.cpu || options.ghz <= 0) return {};
  const model::Latencies& latencies = options.cpu->latencies;
  const auto in_ns = [&](const std::optional<model::Range>& cycles) -> std::optional<Interval> {
    if (!cycles) return std::nullopt;
    return Interval{cycles->low / options.ghz, cycles->high / options.ghz};
  };
  std::array<std::optional<Interval>, kServers.size()> times;
  for (std::size_t k = 0; k < 3 && k < options.cpu->geometry.caches.size(); ++k)
    times[k] = in_ns(latencies.caches[k]);
  times[3] = in_ns(latencies.memory);
  Prices prices;
  for (std::size_t k = 0; k + 1 < times.size(); ++k) prices[k] = step(times[k], times[k + 1]);
  prices[kSynonym] = step(times[1], in_ns(latencies.synonym));
  // The second TLB level may have what the first has not, or none may.
  prices[kDtlb] = in_ns(latencies.walk);
  if (prices[kDtlb] && options.cpu->geometry.tlbs.size() > 1) {
    const auto second = in_ns(latencies.tlbs[1]);
    prices[kDtlb]->low = second ? std::min(second->low, prices[kDtlb]->low) : 0;
  }
  return prices;
}

}  // namespace

std::optional<Interval> Penalties::whole_synonym() const {
  if (!of[kL1d] || !of[kSynonym]) return of[kL1d];
  return Interval{of[kL1d]->low + of[kSynonym]->low, of[kL1d]->high + of[kSynonym]->high};
}

std::optional<std::size_t> server_of(const Context& context, double table_bytes) {
  const auto l1 = number(context, "cache.l1d.size_bytes");
  const auto l2 = number(context, "cache.l2.size_bytes");
  const auto l3 = number(context, "cache.l3.size_bytes");
  if (table_bytes <= 0) return std::nullopt;
  if (l1 && table_bytes <= *l1 * 0.75) return 0;
  if (l1 && l2 && table_bytes >= *l1 * 2 && table_bytes <= *l2 * 0.5) return 1;
  if (l2 && l3 && table_bytes >= *l2 * 2 && table_bytes <= *l3 * 0.5) return 2;
  if (l3 && table_bytes >= *l3 * 4) return 3;
  return std::nullopt;
}

std::optional<std::size_t> server_of(const Context& context, const PlacementTable& times,
                                     const PlacementBlock& block, const std::string& stride) {
  constexpr double kAlike = 2.0 / 3;
  const std::uint64_t bytes = table_bytes_of(block);
  const auto server = server_of(context, static_cast<double>(bytes));
  const auto ns = private_ns(block, stride);
  if (!server || !ns || *server + 1 == kServers.size()) return server;
  for (const PlacementBlock& other : times.blocks) {
    if (table_bytes_of(other) < 4 * bytes || !same_but_table(block, other)) continue;
    const auto larger = private_ns(other, stride);
    if (larger && *ns > kAlike * *larger) return std::nullopt;
  }
  return server;
}

Prices latency_prices(const ResultSet& set, const PlacementTable& times, EventCounts& counts) {
  Times latency;
  for (const PlacementBlock& block : times.blocks)
    if (part_of(block, "family") == "latency") collect(latency, counts, set, times, block, "");
  return steps(latency, [](std::uint64_t) { return std::nullopt; });
}

Penalties find_penalties(const ResultSet& set, const PlacementTable& times, EventCounts& counts,
                         PairPrices& pairs, const PlacementBlock& block, const std::string& stride,
                         const AttributeOptions& options, const std::vector<std::size_t>& wanted) {
  const Prices& latency = pairs.known();
  Penalties penalties;
  penalties.overlap = part_of(block, "walk") != "dependent";
  const auto note = [&](bool used, const std::string& what) {
    if (used) penalties.source += (penalties.source.empty() ? "" : "; ") + what;
  };
  Times same_walk;
  for (const PlacementBlock& other : times.blocks)
    if (same_but_table(block, other)) collect(same_walk, counts, set, times, other, stride);
  const auto most_dtlb_ns = [&](std::uint64_t table_bytes) {
    return pairs.most_dtlb_ns(table_bytes);
  };
  note(fill(penalties, steps(same_walk, most_dtlb_ns), false),
       "cells of this walk and stride with other table sizes");
  note(fill(penalties, latency, penalties.overlap), "this run's latency walks");
  for (const std::size_t event : wanted) {
    if (penalties.of[event]) continue;
    const auto price = pairs.of(event, block, stride, options.base, options.target);
    if (!price) continue;
    Prices one;
    one[event] = price->ns;
    note(fill(penalties, one, penalties.overlap),
         fmt::format("{}: {} pair{} of latency walks that differ in nothing else (counts: {})",
                     kPricedNames[event], price->pairs, price->pairs == 1 ? "" : "s",
                     price->counts_source));
  }
  note(fill(penalties, described(options), penalties.overlap),
       options.cpu ? fmt::format("latencies of {} at {} GHz", options.cpu->name, options.ghz) : "");
  return penalties;
}

}  // namespace zp::analysis
