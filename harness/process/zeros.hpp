// SPDX-License-Identifier: MIT
// How many private pages hold nothing but zeros, from a sample of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/process/page_counts.hpp"

namespace zp {

struct ZeroSample {
  std::uint64_t read = 0, zero = 0;  // pages
  double low = 0, high = 1;          // 95 % interval of the share (Wilson); all read: the share
  std::string why_not;               // where nothing was read
};

inline constexpr std::uint64_t kSamplePages = 1000;

// One page at a place drawn at random from each of kSamplePages equal parts of `plain`, or all of
// fewer, in shuffled order: where time ends first, those read still are of every mapping.
std::vector<std::uint64_t> sample_addresses(const std::vector<PageRange>& plain);

// These pages, for half a second at most, through /proc/PID/mem, which neither stops the process
// nor takes a copy apart from its frame. What was there when it was counted may be gone: then it is
// left out.
ZeroSample sample_zeros(const Roots& roots, int pid, const std::vector<PageRange>& plain);

}  // namespace zp
