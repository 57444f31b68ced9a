// SPDX-License-Identifier: MIT
#include "harness/process/saving.hpp"

#include "harness/host/page_size.hpp"
#include "harness/support/text.hpp"

namespace zp {

Saving saving_of(const Examination& of) {
  // struct ksm_rmap_item (mm/ksm.c).
  constexpr std::uint64_t kRmapItemBytes = sizeof(void*) == 8 ? 64 : 32;
  const std::uint64_t pages = of.candidate_pages();
  Saving saving;
  saving.most_bytes = pages * system_page_bytes();
  saving.most_record_bytes = pages * kRmapItemBytes;
  if (of.zeros.read != 0) {
    const auto bytes = [&](double share) {
      return static_cast<std::uint64_t>(share * static_cast<double>(of.sampled_pages)) *
             system_page_bytes();
    };
    saving.zero_bytes =
        bytes(static_cast<double>(of.zeros.zero) / static_cast<double>(of.zeros.read));
    saving.zero_low_bytes = bytes(of.zeros.low);
    saving.zero_high_bytes = bytes(of.zeros.high);
  }
  const auto price = of.price.ns_per_page ? of.price.ns_per_page : of.price.least_ns_per_page;
  if (price) saving.cpu_s = *price * 1e-9 * static_cast<double>(pages);
  const auto number = [&of](const char* knob) { return parse_number(of.knob(knob).value_or("")); };
  const auto step = number("ksm.pages_to_scan"), sleep = number("ksm.sleep_millisecs");
  if (step && *step != 0 && sleep)
    saving.pause_s = static_cast<double>(pages / *step) * static_cast<double>(*sleep) * 1e-3;
  return saving;
}

}  // namespace zp
