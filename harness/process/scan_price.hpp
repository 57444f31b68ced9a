// SPDX-License-Identifier: MIT
// What a scan costs on this host.
#pragma once

#include <cstdint>
#include <optional>

#include "harness/host/roots.hpp"

namespace zp {

struct ScanPrice {
  // CPU time of ksmd since boot over the pages it scanned; absent before it has scanned
  // kEnoughPages, and on kernels that count neither (pages_scanned: since Linux 6.6).
  std::optional<double> ns_per_page;
  std::uint64_t scanned_pages = 0;
  // Else what reading a page from memory takes here: ksmd reads every page that it scans.
  std::optional<double> least_ns_per_page;

  static constexpr std::uint64_t kEnoughPages = 100'000;
};

ScanPrice scan_price(const Roots& roots);

}  // namespace zp
