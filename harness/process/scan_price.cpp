// SPDX-License-Identifier: MIT
#include "harness/process/scan_price.hpp"

#include <cstring>

#include "harness/host/available_memory.hpp"
#include "harness/host/page_size.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/ksm/ksmd_clock.hpp"
#include "harness/memory/table.hpp"
#include "harness/support/clock.hpp"

namespace zp {
namespace {

// The best of three walks over more than most caches hold.
std::optional<double> read_ns_per_page(const Roots& roots) {
  constexpr std::uint64_t kBytes = 64 << 20;
  if (available_memory_bytes(roots).value_or(0) < 4 * kBytes) return std::nullopt;
  const auto table = Table::map(kBytes, system_page_bytes());
  if (!table) return std::nullopt;
  std::memset(table->base(), 0x5a, kBytes);
  double best = 0;
  for (int walk = 0; walk < 3; ++walk) {
    const auto start = Clock::now();
    std::uint64_t sum = 0;
    for (const auto* at = reinterpret_cast<const std::uint64_t*>(table->base());
         at != reinterpret_cast<const std::uint64_t*>(table->base() + kBytes); ++at)
      sum += *at;
    asm volatile("" : : "r"(&sum) : "memory");
    const double seconds = seconds_since(start);
    if (best == 0 || seconds < best) best = seconds;
  }
  return best * 1e9 / static_cast<double>(table->pages());
}

}  // namespace

ScanPrice scan_price(const Roots& roots) {
  ScanPrice price;
  price.scanned_pages = read_ksm_figure(roots, "pages_scanned").value_or(0);
  if (price.scanned_pages >= ScanPrice::kEnoughPages)
    if (const auto seconds = KsmdClock(roots).seconds(); seconds && *seconds > 0)
      price.ns_per_page = *seconds * 1e9 / static_cast<double>(price.scanned_pages);
  if (!price.ns_per_page) price.least_ns_per_page = read_ns_per_page(roots);
  return price;
}

}  // namespace zp
