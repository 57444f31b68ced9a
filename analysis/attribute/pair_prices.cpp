// SPDX-License-Identifier: MIT
#include "analysis/attribute/pair_prices.hpp"

#include <algorithm>
#include <cmath>

namespace zp::analysis {
namespace {

Interval times(double events, const Interval& ns) {
  return {std::min(events * ns.low, events * ns.high), std::max(events * ns.low, events * ns.high)};
}

// The event that two cells differ in alone, and what one more costs.
std::optional<std::pair<std::size_t, Interval>> price(const Counted& counted, const Summary& base,
                                                      const Summary& target, const Prices& known) {
  std::array<double, kPriced.size()> extra{};
  bool synonyms_counted = true;
  for (std::size_t i = 0; i < kPriced.size(); ++i) {
    const auto a = counted.base.find(kPriced[i]), b = counted.target.find(kPriced[i]);
    if (a != counted.base.end() && b != counted.target.end())
      extra[i] = b->second - a->second;
    else if (i == kSynonym)
      synonyms_counted = false;
    else if (!counted.of_model)
      return std::nullopt;
  }
  const auto largest =
      std::ranges::max_element(extra, [](double a, double b) { return std::abs(a) < std::abs(b); });
  const auto event = static_cast<std::size_t>(largest - extra.begin());
  if (std::abs(*largest) < kLeastEvents || (event == kL1d && !synonyms_counted))
    return std::nullopt;
  Interval ns{target.interval.low - base.interval.high, target.interval.high - base.interval.low};
  for (std::size_t i = 0; i < extra.size(); ++i) {
    if (i == event || std::abs(extra[i]) < kNoDifference) continue;
    if (!known[i] || std::abs(extra[i]) > kOthers * std::abs(*largest)) return std::nullopt;
    const Interval other = times(extra[i], *known[i]);
    ns = {ns.low - other.high, ns.high - other.low};
  }
  return std::pair(event, times(1 / *largest, ns));
}

}  // namespace

std::optional<PairPrice> PairPrices::of(std::size_t event, const PlacementBlock& block,
                                        const std::string& stride, const std::string& base,
                                        const std::string& target) {
  const auto says = [&](const PlacementBlock& other) {
    return part_of(other, "family") == "latency" &&
           (event != kDtlb || table_bytes_of(other) == table_bytes_of(block));
  };
  for (const PlacementBlock& other : times_.blocks)
    if (says(other)) estimate(other);
  return middle([&](const Estimate& one) {
    const bool itself = one.block->common == block.common && one.stride == stride &&
                        (one.base == base || one.base == target) &&
                        (one.target == base || one.target == target);
    return one.event == event && !itself && says(*one.block);
  });
}

std::optional<double> PairPrices::most_dtlb_ns(std::uint64_t table_bytes) {
  std::set<std::uint64_t> tables;
  for (const PlacementBlock& block : times_.blocks)
    if (part_of(block, "family") == "latency" && table_bytes_of(block) >= table_bytes)
      tables.insert(table_bytes_of(block));
  for (const std::uint64_t bytes : tables) {
    const auto has_size = [&](const PlacementBlock& block) {
      return part_of(block, "family") == "latency" && table_bytes_of(block) == bytes;
    };
    for (const PlacementBlock& block : times_.blocks)
      if (has_size(block)) estimate(block);
    const auto price =
        middle([&](const Estimate& one) { return one.event == kDtlb && has_size(*one.block); });
    if (price) return price->ns.high;
  }
  return std::nullopt;
}

// Of the estimates that are chosen.
template <class Chosen>
std::optional<PairPrice> PairPrices::middle(Chosen&& chosen) const {
  std::vector<double> lows, highs;
  std::string counts_source;
  for (const Estimate& one : estimates_) {
    if (!chosen(one)) continue;
    lows.push_back(one.ns.low);
    highs.push_back(one.ns.high);
    if (counts_source.find(one.counts_source) == std::string::npos)
      counts_source += (counts_source.empty() ? "" : ", ") + one.counts_source;
  }
  if (lows.empty()) return std::nullopt;
  std::ranges::sort(lows);
  std::ranges::sort(highs);
  const Interval ns{lows[(lows.size() - 1) / 2], highs[highs.size() / 2]};
  if (ns.high <= 0) return std::nullopt;
  return PairPrice{{std::max(0.0, ns.low), ns.high}, lows.size(), counts_source};
}

void PairPrices::estimate(const PlacementBlock& block) {
  if (!estimated_.insert(&block).second) return;
  for (std::size_t column = 0; column < block.strides.size(); ++column) add_pairs(block, column);
}

void PairPrices::add_pairs(const PlacementBlock& block, std::size_t column) {
  const auto enough = [&](const PlacementRow& row) {
    return row.cells[column] && row.cells[column]->n >= kLeastOfCell;
  };
  const std::string& stride = block.strides[column];
  for (auto base = block.rows.begin(); base != block.rows.end(); ++base) {
    if (!enough(*base)) continue;
    for (auto target = base + 1; target != block.rows.end(); ++target) {
      if (!enough(*target)) continue;
      const auto counted =
          counts_.of(block, stride, base->placement, target->placement, kMostReads);
      if (!counted) continue;
      const auto priced = price(*counted, *base->cells[column], *target->cells[column], known_);
      if (priced)
        estimates_.push_back({priced->first, &block, stride, base->placement, target->placement,
                              priced->second, counted->source});
    }
  }
}

}  // namespace zp::analysis
