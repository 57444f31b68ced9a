// SPDX-License-Identifier: MIT
// What an examination of a process says about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/process/examine.hpp"

namespace zp {

// Whether KSM has merged pages of it now; absent where this kernel does not say (before 5.19).
std::optional<bool> merges(const Examination& of);

// Why KSM merges nothing of it, or no more than it does: what keeps all of it from merging first. A
// sentence or two each.
std::vector<std::string> findings(const Examination& of);

// What merging it would save, and what that would cost on this host.
struct Saving {
  std::uint64_t most_bytes = 0;  // every private page that KSM could look at
  // Pages of zeros among those not merged yet, from the sample; with their 95 % interval.
  std::optional<std::uint64_t> zero_bytes, zero_low_bytes, zero_high_bytes;
  // One full scan of these pages.
  std::optional<double> cpu_s;          // at least, where the price is
  std::optional<double> pause_s;        // between its steps, at the knobs as they are
  std::uint64_t most_record_bytes = 0;  // ksm_rmap_item of each page
};

Saving saving_of(const Examination& of);

}  // namespace zp
