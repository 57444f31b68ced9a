// SPDX-License-Identifier: MIT
// What merging a process would save, and what that would cost on this host.
#pragma once

#include <cstdint>
#include <optional>

#include "harness/process/examine.hpp"

namespace zp {

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
