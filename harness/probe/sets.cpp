// SPDX-License-Identifier: MIT
#include "harness/probe/sets.hpp"

#include <algorithm>
#include <utility>

namespace zp::probe {
namespace {

constexpr double kOfHit = 0.3;      // of a hit's time: a cost above is one
constexpr double kOfLoop = 0.1;     // and of the control's
constexpr double kException = 0.3;  // an exception takes far longer than all reads of its loop
// Above the page's; bits beyond choose no set of a first level.
constexpr unsigned kIndexBits = 8;
constexpr unsigned kMostLines = 64;
constexpr unsigned kFitRounds = 4, kFitSamples = 250;  // a millisecond on a machine
constexpr unsigned kIndexSamples = 120;
constexpr unsigned kDraws = 3, kMostDraws = 8;  // of frames
constexpr unsigned kEvictTries = 12;  // frames: physical address bits may choose the set as well

constexpr const char* kTooFewAddresses = "too few addresses can be mapped";

class Sets {
 public:
  Sets(Timer& timer, const Patience& patience, const std::vector<Mask>& rows)
      : timer_(timer), patience_(patience), rows_(rows), piece_(piece_of(timer.reach())) {}

  Outcome<SetFindings> run() {
    if (auto set = timer_.prepare(1, {{{0, 0, 0}, {0, 8, 0}}}); !set) return fail(set);
    hit_ns_ = price_ns(timer_, 1, 60, 1024).middle;
    if (!rows_.empty())
      if (auto done = evict(); !done) return fail(done);
    // In a direct-mapped cache lines of one set throw each other out, whatever the rule.
    if (const auto ways = timer_.reach().l1d_ways;
        found_.evict_each_other == Answer::kYes && ways <= 1) {
      if (index_like())
        found_.evict_each_other = Answer::kNo;
      else if (ways == 1)  // 0: the system does not say
        found_.evict_each_other = Answer::kUnclear;
    }
    hashes_evict_ = found_.evict_each_other == Answer::kYes;
    if (auto done = count_lines(); !done) return fail(done);
    if (!hashes_evict_ && found_.lines_that_fit) {
      if (auto done = find_index(); !done) return fail(done);
      if (auto done = find_colour(); !done) return fail(done);
    }
    return found_;
  }

 private:
  // Each frame at its address, all at one offset in the page; or spread over sets of their own.
  Loop one_line_each(const std::vector<std::uint64_t>& addresses, std::uint32_t offset,
                     std::uint32_t first = 1) const {
    Loop loop;
    for (std::uint32_t i = 0; i < addresses.size(); ++i)
      loop.reads.push_back({first + i, offset, addresses[i]});
    return loop;
  }
  Loop spread(const std::vector<std::uint64_t>& addresses, std::uint32_t first = 1) const {
    Loop loop;
    for (std::uint32_t i = 0; i < addresses.size(); ++i)
      loop.reads.push_back(
          {first + i, piece_ + i * 5 % 16 * 256 + i / 16 % 4 * 64 + 8, addresses[i]});
    return loop;
  }

  // Single bits in a row, from the lowest on.
  bool index_like() const {
    Mask mask = 0;
    for (const Mask row : rows_) {
      if (std::popcount(row) != 1) return false;
      mask |= row;
    }
    const Mask above = mask >> timer_.reach().page_shift;
    return (above & (above + 1)) == 0;
  }

  Outcome<Answer> slower(const Loop& plain, const Loop& tried, double share = kOfLoop) {
    if (auto set = timer_.prepare(0, plain); !set) return fail(set);
    if (auto set = timer_.prepare(1, tried); !set) return fail(set);
    return costs_more(timer_, kOfHit * hit_ns_, share, patience_);
  }

  // Two frames whose addresses differ in what the hash does not see, and as a cross-check two whose
  // hashes differ.
  Outcome<void> evict() {
    const auto neutral = null_space(rows_, free_bits(timer_.reach()));
    if (neutral.empty()) {
      found_.why_not_tried = "every address bit counts: no two addresses have one hash";
      return {};
    }
    const Mask equal = neutral.front();
    found_.evict_each_other = Answer::kNo;
    for (std::uint32_t other = 2; other < 2 + kEvictTries; ++other) {
      const Loop control{{{1, piece_ + 256, 0}, {other, piece_ + 2560, equal}}};
      const Loop pair{{{1, piece_ + 1024, 0}, {other, piece_ + 1024, equal}}};
      auto answer = slower(control, pair);
      if (!answer) return fail(answer);
      if (*answer == Answer::kUnclear) found_.evict_each_other = Answer::kUnclear;
      if (*answer != Answer::kYes) continue;
      found_.evict_each_other = Answer::kYes;
      return {};
    }
    return {};
  }

  // Until that many lines, and the next number, are slower than lines in sets of their own: what a
  // neighbour throws out for a while is not believed.
  Outcome<void> count_lines() {
    unsigned fit = 1;
    bool once = false;
    for (unsigned count = 2; count <= kMostLines; count += count < 18 ? 1 : count / 8) {
      const auto addresses = competing_addresses(timer_.reach(), rows_, hashes_evict_, count);
      if (addresses.size() < count) {
        if (!once && !hashes_evict_) found_.why_unclear = kTooFewAddresses;
        break;
      }
      auto answer = slower(spread(addresses), one_line_each(addresses, piece_ + 1024));
      if (!answer) return fail(answer);
      if (*answer == Answer::kYes && undisturbed_fit()) answer = Answer::kNo;
      if (*answer == Answer::kYes) {
        if (std::exchange(once, true)) {
          found_.lines_that_fit = fit;
          return {};
        }
      } else if (*answer == Answer::kNo) {
        once = false;
        fit = count;
      }
    }
    if (once) found_.lines_that_fit = fit;  // there is no next number
    return {};
  }

  // Whatever else runs on this core throws lines out, too: the windows it left alone tell, which
  // may come a little later.
  bool undisturbed_fit() {
    Undisturbed fast;
    for (unsigned round = 0; round < kFitRounds; ++round) {
      fast.merge(undisturbed_ns(timer_, kFitSamples, 128));
      if (fast.extra_ns() < std::max(kOfHit * hit_ns_, kOfLoop * fast.plain_ns)) return true;
    }
    return false;
  }

  // Half of the frames with the bit flipped: if it chooses the set, all of them fit. Each against
  // its control, as the TLB may know these bits, too.
  Outcome<void> find_index() {
    const unsigned fit = *found_.lines_that_fit;
    const unsigned count = (3 * fit + 1) / 2 + (fit > 4 ? 1 : 0);
    const auto together = competing_addresses(timer_.reach(), rows_, false, count);
    if (together.size() < count) {
      found_.why_unclear = kTooFewAddresses;
      return {};
    }
    for (const unsigned number : timer_.reach().bits) {
      if (number >= timer_.reach().page_shift + kIndexBits) break;
      auto apart = together;
      for (std::size_t i = 0; i < apart.size(); i += 2) apart[i] ^= bit(number);
      // Where physical addresses choose the set, frames may happen to lie so; other frames tell.
      Answer chooses = Answer::kUnclear;
      unsigned yes = 0;
      for (std::uint32_t draw = 0; draw < kMostDraws && chooses == Answer::kUnclear; ++draw) {
        const auto all = over_control_ns(together, 1 + draw * count);
        if (!all) return fail(all);
        const auto halves = over_control_ns(apart, 1 + draw * count);
        if (!halves) return fail(halves);
        if (all->low < kOfHit * hit_ns_) continue;  // nothing that could go away
        if (halves->low > 0.6 * all->high) chooses = Answer::kNo;
        if (halves->high < 0.4 * all->low && ++yes == kDraws) chooses = Answer::kYes;
      }
      if (chooses == Answer::kYes) found_.index |= bit(number);
      if (chooses == Answer::kUnclear) found_.index_unclear |= bit(number);
    }
    return {};
  }

  // What lines that compete cost above lines of the same pages that do not.
  Outcome<Figure> over_control_ns(const std::vector<std::uint64_t>& addresses,
                                  std::uint32_t first) {
    if (auto set = timer_.prepare(0, spread(addresses, first)); !set) return fail(set);
    if (auto set = timer_.prepare(1, one_line_each(addresses, piece_ + 1024, first)); !set)
      return fail(set);
    std::vector<double> over;
    for (unsigned i = 0; i < kIndexSamples; ++i) {
      const double fitting = timer_.sample_ns(0, 256), competing = timer_.sample_ns(1, 256);
      if (fitting > 0 && competing > 0) over.push_back(competing - fitting);
    }
    if (over.empty()) return Figure{};
    return figure_of(std::move(over));
  }

  // A line is thrown out of the first level by others of its set before it is read under a second
  // address: is that slower than two lines, each under one of these addresses? Where the bit
  // chooses the set, the others lie in both sets.
  Outcome<void> find_colour() {
    const unsigned others = 2 * *found_.lines_that_fit;
    const auto addresses = competing_addresses(timer_.reach(), rows_, false, others + 1);
    if (addresses.size() <= others) {
      found_.why_unclear = kTooFewAddresses;
      return {};
    }
    const std::uint32_t line = piece_ + 1024;
    // `second`: of the line that is read under the second address.
    const auto loop = [&](Mask difference, std::uint32_t first, std::uint32_t second) {
      Loop result;
      for (const std::uint32_t half : {0U, 1U}) {
        result.reads.push_back({1, half == 0 ? first : second + 8, half == 0 ? 0 : difference});
        for (std::uint32_t i = 1; i <= others; ++i) {
          result.reads.push_back({1 + i, first + 8 * half, addresses[i]});
          if ((found_.index & difference) != 0)
            result.reads.push_back({1 + others + i, first + 8 * half, addresses[i] ^ difference});
        }
      }
      return result;
    };
    for (const unsigned number : timer_.reach().bits) {
      if (number >= timer_.reach().page_shift + kIndexBits) break;
      // The control in other sets.
      auto answer = slower(loop(bit(number), line + 512, line + 768), loop(bit(number), line, line),
                           kException);
      if (!answer) return fail(answer);
      if (*answer == Answer::kYes) found_.colour |= bit(number);
      if (*answer == Answer::kUnclear) found_.colour_unclear |= bit(number);
    }
    return {};
  }

  Timer& timer_;
  Patience patience_;
  const std::vector<Mask>& rows_;
  std::uint32_t piece_;
  bool hashes_evict_ = false;
  double hit_ns_ = 0;
  SetFindings found_;
};

}  // namespace

Mask free_bits(const Reach& reach) {
  return mask_of(reach.bits) & (bit(reach.free_below) - 1);
}

Outcome<SetFindings> find_sets(Timer& timer, const Patience& patience,
                               const std::vector<Mask>& rows) {
  return Sets(timer, patience, rows).run();
}

std::vector<std::uint64_t> competing_addresses(const Reach& reach, const std::vector<Mask>& rows,
                                               bool hashes_evict, unsigned count) {
  if (hashes_evict) {
    // Combinations of the rows' lowest bits: each has a hash of its own.
    std::vector<Mask> steps;
    for (const Mask row : reduced(rows)) steps.push_back(row & -row);
    return combinations(steps, count);
  }
  // Counted in bits above those that choose a set, but not far above: a TLB's sets know them.
  const Mask above = ~((bit(reach.page_shift + kIndexBits)) - 1);
  return combinations(split_singles(free_bits(reach) & above), count);
}

}  // namespace zp::probe
