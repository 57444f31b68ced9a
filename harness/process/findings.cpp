// SPDX-License-Identifier: MIT
#include "harness/process/findings.hpp"

#include "harness/host/page_size.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

using List = std::vector<std::string>;

void on_run(const Examination& of, List& list) {
  const auto run = of.knob("ksm.run").value_or("");
  if (run == "0")
    list.emplace_back(
        "ksmd is off: ksm.run is 0. \"echo 1 >/sys/kernel/mm/ksm/run\" starts it, for every "
        "process with registered memory.");
  else if (run == "2")
    list.emplace_back(
        "ksmd is off: ksm.run is 2, and writing that took apart all that was merged. \"echo 1 "
        ">/sys/kernel/mm/ksm/run\" starts it.");
}

void on_registration(const Examination& of, List& list) {
  if (of.merge_any.value_or(false))
    list.emplace_back("PR_SET_MEMORY_MERGE is on: all of its memory that can merge is registered.");
  if (of.group(Mergeable::kRegistered).mappings != 0 || of.ksm.mergeable.value_or(false)) return;
  if (!of.ksm.mergeable && (!of.why_no_flags.empty() || !of.all_mappings)) {
    list.push_back("Whether its memory is registered is not known: " +
                   (of.why_no_flags.empty() ? "not all of it was looked at" : of.why_no_flags) +
                   ".");
    return;
  }
  list.emplace_back(
      "None of its memory is registered, and KSM looks at no other. Programs register memory by "
      "madvise(MADV_MERGEABLE) (QEMU: -machine mem-merge=on, its default), or whoever starts "
      "them by prctl(PR_SET_MEMORY_MERGE) (since Linux 6.4; systemd: MemoryKSM=yes).");
}

// Memory that can't merge at all, where it is most of what is used.
void on_kind(const Examination& of, List& list) {
  const std::uint64_t in_use = of.total.in_use();
  const auto most = [&](Mergeable mergeable) { return of.group(mergeable).in_use > in_use / 2; };
  if (most(Mergeable::kShared))
    list.push_back(fmt::format(
        "{} of the {} in use are shared memory, which KSM never merges. A virtual machine's "
        "memory is shared with share=on, shared=on, and where vhost-user or virtiofs wants it.",
        pages_size(of.group(Mergeable::kShared).in_use), pages_size(in_use)));
  if (most(Mergeable::kHugetlb))
    list.push_back(fmt::format("{} of the {} in use are hugetlb pages, which KSM never merges.",
                               pages_size(of.group(Mergeable::kHugetlb).in_use),
                               pages_size(in_use)));
}

void on_scanning(const Examination& of, List& list) {
  if (of.group(Mergeable::kRegistered).mappings == 0 && !of.ksm.mergeable.value_or(false)) return;
  if (of.knob("ksm.run") != "1") return;
  const bool nothing = merges(of) == false;
  if (nothing && of.ksm.rmap_items == 0U)
    list.push_back(fmt::format(
        "ksmd has not come to its pages yet ({} full scans so far): new memory is looked at from "
        "the next full scan on, and merges in the second at the earliest.",
        of.full_scans ? fmt::format("{}", *of.full_scans) : "an unknown number of"));
  else if (nothing && of.ksm.rmap_items)
    list.push_back(fmt::format(
        "ksmd has records of {} of its pages, and found none that is like another and stays as it "
        "is from one scan to the next. On the whole host {} pages are like no other and {} change "
        "too often (pages_unshared, pages_volatile).",
        *of.ksm.rmap_items, of.pages_unshared.value_or(0), of.pages_volatile.value_or(0)));
  if (of.knob("ksm.smart_scan") == "1")
    list.push_back(fmt::format(
        "smart_scan is 1: pages that did not merge in three scans are left out of the next 1, 2, "
        "4 or 8, and merge that much later if they become alike (pages_skipped: {}).",
        of.pages_skipped.value_or(0)));
  if (of.knob("ksm.advisor_mode") == "scan-time")
    list.push_back(
        fmt::format("advisor_mode is scan-time: the kernel itself chooses pages_to_scan, now {}.",
                    of.knob("ksm.pages_to_scan").value_or("?")));
}

}  // namespace

std::optional<bool> merges(const Examination& of) {
  if (of.ksm.merging_pages) return *of.ksm.merging_pages + of.ksm.zero_pages.value_or(0) != 0;
  if (of.total.ksm) return *of.total.ksm != 0;
  return std::nullopt;
}

std::vector<std::string> findings(const Examination& of) {
  if (!of.knob("ksm.run"))
    return {
        "There is no /sys/kernel/mm/ksm/run: this kernel has no KSM (CONFIG_KSM), or /sys is "
        "hidden here."};
  List list;
  on_run(of, list);
  on_registration(of, list);
  on_kind(of, list);
  on_scanning(of, list);
  return list;
}

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
