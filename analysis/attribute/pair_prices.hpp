// SPDX-License-Identifier: MIT
// What one more event costs where no table size says it, from pairs of placements in the run's
// latency walks. Internal to analysis/attribute.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analysis/attribute/counts.hpp"

namespace zp::analysis {

// Events that can have a price. That of a synonym is what it costs more than another miss of L1d.
inline constexpr std::array kPriced{"l1d_miss", "l2_miss", "l3_miss", "synonym_miss", "dtlb_miss"};
inline constexpr std::array kPricedNames{"L1d misses", "L2 misses", "L3 misses", "synonyms",
                                         "dTLB misses"};
inline constexpr std::size_t kL1d = 0, kSynonym = 3, kDtlb = 4;
using Prices = std::array<std::optional<Interval>, kPriced.size()>;  // ns per event

struct PairPrice {
  Interval ns;        // from 0 up: a miss costs no less
  std::size_t pairs;  // that it comes from
  std::string counts_source;
};

// Two placements in the same dependent walk (table, stride) price an event when they differ in it
// by kLeastEvents per read or more and in the others by at most kOthers of that. What the others
// can cost at their `known` prices widens the bounds; one without a price must not differ at all. A
// PMU must count all but synonyms; where it does not count these, L1d misses are not priced.
//
// The pairs of all strides and tables give one price; that of a dTLB miss is the table's own, since
// how far a page walk has to go depends on the table. Each pair gives an interval, from those of
// its two medians; the price is from the middle one of their lower ends to the middle one of the
// upper ends, or from 0 where that is negative. So it is wrong only where more than half of the
// pairs are wrong in the same direction. The hull would be as wide as the worst pair, and there are
// bad ones: counts are mostly a model's, and frames that were drawn once per process can collide
// where the model's do not. For the same reason nothing is common to all intervals.
inline constexpr double kLeastEvents = 0.25;
inline constexpr double kOthers = 0.02;
inline constexpr std::size_t kLeastOfCell = 3;
// What is predicted for prices alone: walks of more reads take the model seconds per table.
inline constexpr std::uint64_t kMostReads = 1 << 19;

class PairPrices {
 public:
  // REQUIRES: `times` and `counts` outlive it.
  PairPrices(const PlacementTable& times, const Prices& known, EventCounts& counts)
      : times_(times), known_(known), counts_(counts) {}

  const Prices& known() const { return known_; }

  // The price of kPriced[event]. The two cells that are to be explained do not price their own
  // difference. nullopt: no pair differs in this event alone, or those that do say that
  // it costs less than nothing.
  std::optional<PairPrice> of(std::size_t event, const PlacementBlock& block,
                              const std::string& stride, const std::string& base,
                              const std::string& target);

  // What a miss of the first TLB costs at most in a table of that size: the upper bound of the
  // smallest table, no smaller than that, that has a price; a page walk in it goes no less far.
  std::optional<double> most_dtlb_ns(std::uint64_t table_bytes);

 private:
  struct Estimate {
    std::size_t event;
    const PlacementBlock* block;
    std::string stride, base, target;
    Interval ns;
    std::string counts_source;
  };
  void estimate(const PlacementBlock& block);  // once per table and walk
  template <class Chosen>
  std::optional<PairPrice> middle(Chosen&& chosen) const;
  void add_pairs(const PlacementBlock& block, std::size_t column);

  const PlacementTable& times_;
  Prices known_;
  EventCounts& counts_;
  std::set<const PlacementBlock*> estimated_;
  std::vector<Estimate> estimates_;
};

}  // namespace zp::analysis
