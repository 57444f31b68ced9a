// SPDX-License-Identifier: MIT
#include "harness/ksm/knobs.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <thread>

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

// Documentation/admin-guide/mm/ksm.rst, transhuge.rst, sysctl/vm.rst
constexpr std::array kKnobs{
    Knob{"ksm.run", "/kernel/mm/ksm/run", false, false},
    Knob{"ksm.pages_to_scan", "/kernel/mm/ksm/pages_to_scan", false, false},
    Knob{"ksm.sleep_millisecs", "/kernel/mm/ksm/sleep_millisecs", false, false},
    Knob{"ksm.use_zero_pages", "/kernel/mm/ksm/use_zero_pages", false, false},
    Knob{"ksm.max_page_sharing", "/kernel/mm/ksm/max_page_sharing", false, true},
    Knob{"ksm.merge_across_nodes", "/kernel/mm/ksm/merge_across_nodes", false, true},
    Knob{"ksm.smart_scan", "/kernel/mm/ksm/smart_scan", false, false},
    Knob{"ksm.advisor_mode", "/kernel/mm/ksm/advisor_mode", false, false},
    // Of one distribution's kernels (RHEL 9.9, CentOS Stream 9): nothing is merged but zeros.
    Knob{"ksm.redhat_only_zero_pages", "/kernel/mm/ksm/redhat_only_zero_pages", false, false},
    Knob{"thp.enabled", "/kernel/mm/transparent_hugepage/enabled", false, false},
    Knob{"thp.use_zero_page", "/kernel/mm/transparent_hugepage/use_zero_page", false, false},
    Knob{"thp.shrink_underused", "/kernel/mm/transparent_hugepage/shrink_underused", false, false},
    Knob{"thp.khugepaged.max_ptes_none", "/kernel/mm/transparent_hugepage/khugepaged/max_ptes_none",
         false, false},
    Knob{"thp.khugepaged.pages_to_scan", "/kernel/mm/transparent_hugepage/khugepaged/pages_to_scan",
         false, false},
    Knob{"thp.khugepaged.scan_sleep_millisecs",
         "/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", false, false},
    Knob{"vm.max_map_count", "/sys/vm/max_map_count", true, false},
};

}  // namespace

std::span<const Knob> all_knobs() {
  return kKnobs;
}

const Knob* find_knob(std::string_view name) {
  const auto* found = std::ranges::find(kKnobs, name, &Knob::name);
  return found == kKnobs.end() ? nullptr : found;
}

std::string knob_path(const Roots& roots, const Knob& knob) {
  return (knob.in_proc ? roots.proc : roots.sys) + std::string(knob.path);
}

bool is_knob_value(std::string_view text) {
  constexpr std::size_t kLongest = 20;  // of a 64-bit number
  return !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  });
}

std::optional<std::string> read_knob(const Roots& roots, const Knob& knob) {
  auto value = read_trimmed(knob_path(roots, knob));
  if (!value) return std::nullopt;
  const auto open = value->find('['), close = value->find(']');
  if (open != std::string::npos && close != std::string::npos && open < close)
    value = value->substr(open + 1, close - open - 1);
  return is_knob_value(*value) ? value : std::nullopt;
}

bool can_have(const Knob& knob, const std::string& value) {
  if (knob.name == "ksm.run") return value == "0" || value == "1" || value == "2";
  const bool is_word = knob.name == "thp.enabled" || knob.name == "ksm.advisor_mode";
  const bool is_number = std::ranges::all_of(value, is_digit);
  return is_knob_value(value) && is_word != is_number;
}

KnobValues read_all_knobs(const Roots& roots) {
  KnobValues values;
  for (const Knob& knob : kKnobs)
    if (auto value = read_knob(roots, knob)) values.emplace_back(knob.name, std::move(*value));
  return values;
}

Outcome<void> write_knob(const Roots& roots, const Knob& knob, const std::string& value) {
  const std::string path = knob_path(roots, knob);
  int cause = 0;
  auto written = write_kernel_file(path, value, &cause);
  // KSM shares nothing by then, but a process that is just ending may still map what was shared
  // (mm/ksm.c, remove_stable_node): EBUSY, and microseconds later no longer.
  for (int again = 0; !written && cause == EBUSY && knob.needs_unshared && again < 50; ++again) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    written = write_kernel_file(path, value, &cause);
  }
  if (!written) return written;
  const auto now = read_knob(roots, knob);
  if (now != value)
    return fail(ExitCode::kCannotRun, "wrote {} to {}, but it reads {}: does a daemon change it?",
                value, path, now.value_or("nothing"));
  return {};
}

std::optional<std::uint64_t> read_ksm_figure(const Roots& roots, std::string_view name) {
  const auto text = read_trimmed(fmt::format("{}/kernel/mm/ksm/{}", roots.sys, name));
  if (!text) return std::nullopt;
  return parse_number(*text);
}

}  // namespace zp
