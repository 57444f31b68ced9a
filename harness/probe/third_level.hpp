// SPDX-License-Identifier: MIT
// What a line costs that the second level has lost: one read after the other, and many in flight.
#pragma once

#include <optional>
#include <string>

#include "harness/probe/prices.hpp"

namespace zp::probe {

struct ThirdLevel {
  std::optional<Figure> latency;    // nanoseconds per read that waits for the one before; only
                                    // beside the other, which bounds it
  std::optional<Figure> in_flight;  // that waits for nothing
  std::string why_not;              // where one of them is absent
};

// By the sizes that the system names. Errors: those of the timer.
Outcome<ThirdLevel> find_third_level(Timer& timer, const Patience& patience,
                                     const std::optional<Figure>& l2_hit);

}  // namespace zp::probe
