// SPDX-License-Identifier: MIT
// The timed loops: chains of reads where each word holds the address of the next, reads that wait
// for nothing, and additions that wait for each other. Compiled the same in every build.
#pragma once

#include <cstdint>
#include <span>

namespace zp::probe {

using Head = const void*;

// `steps` reads in each chain; the heads are left where the chains stopped. 1 to 8 chains.
void chase(std::span<Head> heads, std::uint64_t steps);

// Reads every word once, `rounds` times.
std::uint64_t read_all(std::span<const Head> words, std::uint64_t rounds);
// ... with the arithmetic by which harness/walk shuffles between them, so that fewer reads are in
// flight.
std::uint64_t read_all_spaced(std::span<const Head> words, std::uint64_t rounds);

// A multiple of 16 additions.
std::uint64_t add_up(std::uint64_t additions);

}  // namespace zp::probe
