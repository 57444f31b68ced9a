// SPDX-License-Identifier: MIT
// Two addresses of one frame, read in turns: does it cost anything that they differ? The control
// reads at the same two addresses, but of two lines: the same pages and TLB entries, no synonym.
#pragma once

#include "harness/probe/bits.hpp"
#include "harness/probe/hash_search.hpp"
#include "harness/probe/sampling.hpp"

namespace zp::probe {

class PairOracle {
 public:
  PairOracle(Timer& timer, const Patience& patience) : timer_(timer), patience_(patience) {}

  // Times every single bit and finds how far the two states are apart. False: no bit costs
  // anything that could be told from noise.
  Outcome<bool> calibrate(std::vector<HashFindings::BitTime>& bits);

  // Of one window.
  [[nodiscard]] double vote_error() const { return vote_error_; }

  // kYes: a pair that differs in these bits costs more than its control.
  Outcome<Answer> ask(Mask difference);

  // The control in slot 0, the pair in slot 1.
  Outcome<void> prepare(Mask difference);

 private:
  double over_control_ns();

  Timer& timer_;
  Patience patience_;
  double threshold_ns_ = 0, vote_error_ = 0;
};

}  // namespace zp::probe
