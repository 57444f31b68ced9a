// SPDX-License-Identifier: MIT
// The family `numa`: merged memory of two nodes, read from both.
#pragma once

#include <cstdint>

#include "harness/families/family.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct NumaRequest {
  bool merge_across_nodes = true;
  bool use_zero_pages = false;  // merge zeros to the zero page; else equal non-zero pages
  std::uint64_t table_bytes = 64ULL << 20;  // on each of the two nodes
  std::uint64_t stride_bytes = 256;
  double seconds_a_reader = 0.2;
};

// Half the memory is filled on the first node, half on the second. Figures: frames (behind both
// halves), frames_NODE (behind the half that was filled there), ns_per_read_HALF_READER for each of
// the four combinations, named by node numbers: ns_per_read_0_1 is the half of node 0 read by a CPU
// of node 1.
// A census before and after shows the placement.
// Errors: kCannotRun on one node, or without KSM or root; kFailed when the census does not show the
// placement; kInterrupted.
Outcome<Figures> measure_numa(const NumaRequest& request, FamilyEnvironment& environment);

}  // namespace zp
