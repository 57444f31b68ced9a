// SPDX-License-Identifier: MIT
#include "harness/probe/probe.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/probe/cancellable_timer.hpp"

namespace zp::probe {
namespace {

constexpr unsigned kClockSamples = 60;
constexpr int kClockTries = 4;
constexpr double kSteady = 0.01;

Outcome<Findings> find_all(Timer& timer, const Request& request) {
  Findings found;
  const Reach& reach = timer.reach();
  if (reach.bits.empty()) return fail(ExitCode::kCannotRun, "no address bit can be flipped here");
  found.page_shift = reach.page_shift;
  found.lowest_bit = reach.bits.front();
  found.highest_bit = reach.bits.back();
  found.cycle_ns = cycle_ns(timer, kClockSamples);
  if (found.cycle_ns.middle <= 0)
    return fail(ExitCode::kCannotRun, "the clock does not go forward: nothing can be timed");
  if (!reach.why_not_held.empty())
    found.missing.push_back("one CPU to stay on (" + reach.why_not_held +
                            "): where this thread was moved meanwhile, figures are of several");
  if (!request.held_back.empty())
    found.missing.push_back("undisturbed times: " + request.held_back);
  Patience patience{0.6 * request.seconds, request.most_samples};
  auto hash = find_hash(timer, patience, request.seed);
  if (!hash) return fail(hash);
  found.hash = std::move(*hash);
  // What follows is worth saying without the rest, and the rest without it.
  patience.deadline_s = 0.8 * request.seconds;
  if (auto sets = find_sets(timer, patience, found.hash.rows)) {
    found.sets = *sets;
  } else {
    found.sets.why_unclear = sets.error().message;
    found.missing.push_back("how lines share sets: " + found.sets.why_unclear);
  }
  // Cycles are of the clock that the prices were measured at: where it moved least meanwhile.
  double least_moved = std::numeric_limits<double>::infinity();
  for (int tries = 0; tries < kClockTries && least_moved > kSteady; ++tries) {
    const Figure before = cycle_ns(timer, kClockSamples);
    const auto prices = find_prices(timer, patience, found.hash, found.sets);
    if (!prices) {
      found.missing.push_back("prices: " + prices.error().message);
      break;
    }
    // All of an earlier try are better than some of a later one.
    if (prices->out_of_time && std::isfinite(least_moved)) break;
    const Figure after = cycle_ns(timer, kClockSamples);
    const double mean = (before.middle + after.middle) / 2;
    const double moved = std::abs(before.middle - after.middle) / mean;
    if (before.middle <= 0 || after.middle <= 0 || moved >= least_moved) continue;
    least_moved = moved;
    found.prices = *prices;
    found.cycle_ns = {mean, std::min(before.low, after.low), std::max(before.high, after.high)};
  }
  patience.deadline_s = request.seconds;
  if (!request.rule_only) {
    if (auto tlb = find_tlb(timer, patience, found.cycle_ns.middle))
      found.tlb = *tlb;
    else
      found.missing.push_back("TLB: " + tlb.error().message);
    if (auto walks = find_page_walks(timer, patience, found.prices.l2_hit))
      found.walks = *walks;
    else
      found.missing.push_back("page walks: " + walks.error().message);
    const auto again = [&] {
      if (auto done = look_again(timer, patience, found.cycle_ns.middle, found.tlb); !done)
        found.missing.push_back("TLB, again: " + done.error().message);
    };
    again();
    // Last: where time is short it takes all of it, and is the least likely to be told.
    if (auto third = find_third_level(timer, patience, found.prices.l2_hit))
      found.third = *third;
    else
      found.missing.push_back("L3: " + third.error().message);
    again();
  }
  if (found.prices.out_of_time || found.walks.out_of_time)
    found.missing.push_back(fmt::format("some prices: {}", kNoTimeLeft));
  found.seconds = timer.seconds();
  judge(found);
  return found;
}

}  // namespace

Outcome<Findings> probe(Timer& timer, const Request& request) {
  CancellableTimer cancellable(timer, request.cancelled);
  auto found = find_all(cancellable, request);
  if (request.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
  return found;
}

}  // namespace zp::probe
