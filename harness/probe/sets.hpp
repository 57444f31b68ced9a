// SPDX-License-Identifier: MIT
// How frames share the sets of the first level: what a virtual index, a hash that evicts, and a
// second level that remembers a colour look like from outside.
#pragma once

#include "harness/probe/bits.hpp"
#include "harness/probe/sampling.hpp"

namespace zp::probe {

struct SetFindings {
  std::optional<unsigned> lines_that_fit;  // in one set, of different frames; as far as tried
  Mask index = 0, index_unclear = 0;       // bits of the virtual address that choose the set
  Mask colour = 0, colour_unclear = 0;     // bits that a lower level remembers of a line
  std::string why_unclear;                 // what of this could not be asked
  // Two frames with equal hash and set evict each other.
  Answer evict_each_other = Answer::kUnclear;
  std::string why_not_tried;  // evict_each_other, where it can't be
};

// Bits whose every combination can be mapped.
Mask free_bits(const Reach& reach);

// `rows`: the hash found, empty for none. Errors: those of the timer.
Outcome<SetFindings> find_sets(Timer& timer, const Patience& patience,
                               const std::vector<Mask>& rows);

// Addresses for that many frames that compete for one set: equal in all bits that choose it, but
// with hashes of their own where equal ones evict each other.
std::vector<std::uint64_t> competing_addresses(const Reach& reach, const std::vector<Mask>& rows,
                                               bool hashes_evict, unsigned count);

}  // namespace zp::probe
