// SPDX-License-Identifier: MIT
// Which bits of the virtual address decide whether a line is found under a second address, and how
// they are combined: from pairs of addresses of one frame, read in turns.
#pragma once

#include "harness/probe/bits.hpp"
#include "harness/probe/sampling.hpp"

namespace zp::probe {

// The outcome of a search; what was not clear is named.
struct HashFindings {
  bool measured = false;                   // the states could be looked for at all
  Mask counting = 0;                       // bits that cost something when flipped alone
  Mask unclear = 0;                        // bits of which that can't be told
  std::vector<Mask> rows;                  // the hash: what costs nothing leaves all of them alone
  bool searched_all = true;                // every combination was tried that could be neutral
  unsigned most_bits_combined = 0;         // else all of at most that many bits
  bool structure_known = true;             // no answer of the search was unclear
  unsigned checks = 0, disagreements = 0;  // random combinations afterwards
  double vote_error = 0;                   // how often one window is on the wrong side
  Figure pair_ns, control_ns;  // of a costly pair and of its control; where a bit counts
  struct BitTime {
    unsigned bit = 0;
    double over_control_ns = 0;  // median
    Answer counts = Answer::kUnclear;
  };
  std::vector<BitTime> bits;
};

// Errors: those of the timer.
Outcome<HashFindings> find_hash(Timer& timer, const Patience& patience, std::uint64_t seed);

}  // namespace zp::probe
