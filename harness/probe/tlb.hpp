// SPDX-License-Identifier: MIT
// How many pages the TLBs hold, and whether huge pages are huge to them.
#pragma once

#include <string>

#include "harness/probe/sampling.hpp"

namespace zp::probe {

// Up to `fit` pages cost nothing extra, `exceeded` do.
struct TlbStep {
  std::uint64_t fit = 0, exceeded = 0;
  double extra_ns = 0;  // a read, above what the same number of lines in few pages costs
};

struct TlbFindings {
  std::vector<TlbStep> steps;  // at most two
  // Pages that fitted below the first step, each time it was looked at: neighbours take room, for a
  // while, so the most is it.
  std::vector<std::uint64_t> looks;
  [[nodiscard]] unsigned smaller_looks() const;
  std::uint64_t most_pages = 0;                 // that were tried
  bool out_of_time = false;                     // before more were
  Answer huge = Answer::kUnclear;               // are huge pages huge?
  double huge_extra_ns = 0, page_extra_ns = 0;  // over as many pieces of a page each
  std::uint64_t huge_pieces = 0;                // 0: not tried
  std::string why_no_huge;
};

// `cycle_ns` bounds what counts as a step. Errors: those of the timer.
Outcome<TlbFindings> find_tlb(Timer& timer, const Patience& patience, double cycle_ns);

// At the first step, later, when a neighbour may be quiet.
Outcome<void> look_again(Timer& timer, const Patience& patience, double cycle_ns,
                         TlbFindings& found);

}  // namespace zp::probe
