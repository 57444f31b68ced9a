// SPDX-License-Identifier: MIT
// What a table must say about the machine, from a file's context.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analysis/load/result_set.hpp"

namespace zp::analysis {

// One sentence: CPU, caches, pages, kernel, virtualisation, knobs that matter; what the file does
// not say is left out. Not wrapped, not made printable.
std::string host_line(const Context& context);
// The same; of several hosts their number and no name.
std::string host_line(const ResultSet& set);

// "AMD EPYC (family 25 model 17: Zen 4)": hypervisors call CPUs of several years the same.
std::string cpu_text(const Context& context);
// "Zen 4", or the whole text of a CPU that has no such name here.
std::string short_cpu_text(const Context& context);

// "Linux 6.18.5" or, for foreign files, the host name or "".
std::string kernel_of(const Context& context);

// True where an emulator ran the code: times then say nothing about a CPU.
bool is_emulated(const Context& context);
bool is_emulated(const ResultSet& set);  // in any of its runs

// True where the low bits of frame numbers are those of the machine's memory: without a hypervisor,
// or where that backs its guest with huge pages (the probe's word), in all runs.
bool frame_numbers_are_real(const ResultSet& set);

// L2 by its size, ways and the page: of pooled runs the first, whose context is the set's, may be
// from before there was cache.l2.page_colours. Absent where one of them is, or says what no machine
// has.
struct L2Sets {
  std::uint64_t page_colours = 0, ways = 0;
};
std::optional<L2Sets> l2_sets(const ResultSet& set);

// One sentence for what each pass says of its own repetitions; "" where none was disturbed, or
// where an emulator's times say nothing anyhow.
std::string disturbance_in(const ResultSet& set);
// How many they were alone: "41 of 2090 repetitions were disturbed".
std::string disturbed_count(const ResultSet& set);

// What cells there are whose placement nothing proves: of a weak census, or without one. "" where
// there are none.
std::string unproven_in(const ResultSet& set);

}  // namespace zp::analysis
