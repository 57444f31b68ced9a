// SPDX-License-Identifier: MIT
// What reads cost whose pages no TLB holds.
#pragma once

#include <optional>

#include "harness/probe/sampling.hpp"

namespace zp::probe {

// In nanoseconds per read, one page walk each; what can't be had is absent.
struct PageWalks {
  // Many in flight, pages in order: of many lines, and of one.
  std::optional<Figure> in_order, of_one_line;
  // ... of many lines, in shuffled order. By the cheaper two of some tries, each in an order of its
  // own, also where they do not agree.
  std::optional<Figure> shuffled;
  unsigned disagreeing = 0;  // tries of `shuffled`, where no two agree
  // The walk alone, pages in shuffled order, each read waiting for the one before.
  std::optional<Figure> latency;
  bool out_of_time = false;
};

// Without the price of an L2 hit, walks that are waited for have none. Errors: those of the timer.
Outcome<PageWalks> find_page_walks(Timer& timer, const Patience& patience,
                                   const std::optional<Figure>& l2_hit);

}  // namespace zp::probe
