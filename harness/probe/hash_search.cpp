// SPDX-License-Identifier: MIT
#include "harness/probe/hash_search.hpp"

#include <algorithm>
#include <bit>
#include <random>

#include "harness/probe/pairs.hpp"

namespace zp::probe {
namespace {

constexpr unsigned kFullSearchBits = 12;  // so many independent bits: every combination is tried
constexpr unsigned kPartialWeight = 3;    // beyond: combinations of so many and one more
constexpr unsigned kChecks = 64;

class Search {
 public:
  Search(Timer& timer, const Patience& patience, std::uint64_t seed)
      : timer_(timer), patience_(patience), pairs_(timer, patience), random_(seed) {}

  Outcome<HashFindings> run() {
    auto gap = pairs_.calibrate(found_.bits);
    if (!gap) return fail(gap);
    found_.measured = true;
    if (!*gap) return finish();
    found_.vote_error = pairs_.vote_error();
    if (pairs_.vote_error() > Votes::kMostError) {
      found_.unclear = mask_of(timer_.reach().bits);
      return finish();
    }
    for (auto& [number, over, counts] : found_.bits) {
      auto answer = pairs_.ask(bit(number));
      if (!answer) return fail(answer);
      counts = *answer;
      if (*answer == Answer::kYes) found_.counting |= bit(number);
      if (*answer == Answer::kUnclear) found_.unclear |= bit(number);
    }
    if (found_.counting == 0) return finish();
    if (auto done = combine(); !done) return fail(done);
    if (auto done = check(); !done) return fail(done);
    return finish();
  }

 private:
  // A bit whose flip can be undone by flips of bits known to be independent adds itself to their
  // rows; one that can't joins them.
  Outcome<void> combine() {
    std::vector<unsigned> base, known;
    std::vector<Mask> rows;
    for (const unsigned number : bits_of(found_.counting)) {
      // Beyond a full search a few bits may do that are not independent, but stand for many that
      // are.
      auto partners = neutralise(bit(number), base.size() <= kFullSearchBits ? base : known);
      if (!partners) return fail(partners);
      known.push_back(number);
      if (*partners == 0) {
        base.push_back(number);
        rows.push_back(bit(number));
        continue;
      }
      for (Mask& row : rows)
        if (std::popcount(*partners & row) % 2 != 0) row |= bit(number);
    }
    found_.rows = shortened(std::move(rows));
    return {};
  }

  // Fewest bits first.
  Outcome<Mask> neutralise(Mask difference, const std::vector<unsigned>& others) {
    const auto count = static_cast<unsigned>(others.size());
    const unsigned most = count <= kFullSearchBits ? count : kPartialWeight;
    for (unsigned weight = 1; weight <= most; ++weight) {
      if (timer_.seconds() > patience_.deadline_s) {
        limit(weight);
        return Mask{0};
      }
      std::vector<unsigned> chosen(weight);
      for (unsigned i = 0; i < weight; ++i) chosen[i] = i;
      do {
        Mask partners = 0;
        for (const unsigned i : chosen) partners |= bit(others[i]);
        auto answer = pairs_.ask(difference | partners);
        // Of the many that are asked one may be wrong, and a bit would be taken for a dependent
        // one.
        if (answer && *answer == Answer::kNo) answer = pairs_.ask(difference | partners);
        if (!answer) return fail(answer);
        if (*answer == Answer::kNo) return partners;
        if (*answer == Answer::kUnclear) found_.structure_known = false;
      } while (next_combination(chosen, count));
    }
    if (most < count) limit(most + 1);
    return Mask{0};
  }

  void limit(unsigned combined) {
    found_.most_bits_combined =
        found_.searched_all ? combined : std::min(found_.most_bits_combined, combined);
    found_.searched_all = false;
  }

  static bool next_combination(std::vector<unsigned>& chosen, unsigned count) {
    const auto weight = static_cast<unsigned>(chosen.size());
    for (unsigned i = weight; i-- > 0;)
      if (chosen[i] < count - weight + i) {
        ++chosen[i];
        for (unsigned j = i + 1; j < weight; ++j) chosen[j] = chosen[j - 1] + 1;
        return true;
      }
    return false;
  }

  // Half of them neutral by the hash found, half drawn from all bits.
  Outcome<void> check() {
    const Mask all = mask_of(timer_.reach().bits) & ~found_.unclear;
    const auto neutral = null_space(found_.rows, all);
    for (unsigned i = 0; i < kChecks; ++i) {
      Mask difference = 0;
      if (i % 2 == 0) {
        for (const Mask vector : neutral)
          if (random_() % 2 == 0) difference ^= vector;
      } else {
        difference = random_() & all;
      }
      if (difference == 0) continue;
      auto answer = pairs_.ask(difference);
      if (!answer) continue;  // that address is taken
      if (*answer == Answer::kUnclear) continue;
      ++found_.checks;
      if ((*answer == Answer::kNo) != is_neutral(found_.rows, difference)) ++found_.disagreements;
    }
    return {};
  }

  Outcome<HashFindings> finish() {
    if (found_.counting != 0) {
      const Mask lowest = found_.counting & -found_.counting;
      if (auto set = pairs_.prepare(lowest); !set) return fail(set);
      found_.control_ns = price_ns(timer_, 0, 60, 2048);
      found_.pair_ns = price_ns(timer_, 1, 60, 2048);
    }
    return std::move(found_);
  }

  Timer& timer_;
  Patience patience_;
  PairOracle pairs_;
  std::mt19937_64 random_;
  HashFindings found_;
};

}  // namespace

Outcome<HashFindings> find_hash(Timer& timer, const Patience& patience, std::uint64_t seed) {
  return Search(timer, patience, seed).run();
}

}  // namespace zp::probe
