// SPDX-License-Identifier: MIT
#include "harness/ksm/process_counters.hpp"

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {

ProcessKsmCounters read_ksm_counters(const Roots& roots, const std::string& process) {
  const std::string directory = roots.proc + "/" + process;
  ProcessKsmCounters counters;
  if (const auto stat = read_text_file(directory + "/ksm_stat")) {
    counters.merging_pages = number_field(*stat, "ksm_merging_pages");
    counters.zero_pages = number_field(*stat, "ksm_zero_pages");
    counters.rmap_items = number_field(*stat, "ksm_rmap_items");
    if (const auto mergeable = text_field(*stat, "ksm_mergeable:"))
      counters.mergeable = *mergeable == "yes" || text_field(*stat, "ksm_merge_any:") == "yes";
  }
  if (!counters.merging_pages)
    if (const auto merging = read_trimmed(directory + "/ksm_merging_pages"))
      counters.merging_pages = parse_number(*merging);
  return counters;
}

}  // namespace zp
