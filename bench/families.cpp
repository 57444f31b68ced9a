// SPDX-License-Identifier: MIT
#include "bench/families.hpp"

#include <algorithm>
#include <array>

#include "bench/mapping_families.hpp"
#include "bench/merging_families.hpp"
#include "bench/program_families.hpp"

namespace zp {
namespace {

struct Family {
  std::string_view name;
  bool repeated;   // a timing; else its cells are measured once a pass
  double seconds;  // of one repetition of a cell, about: a reference run's mean
  void (*add)(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
  std::span<const KnobWrite> knobs = {};  // besides those of its placements
};

constexpr KnobWrite kCollapseKnobs[] = {{"thp.enabled", KnobWrite::When::kWhereNever},
                                        {"thp.khugepaged.max_ptes_none"},
                                        {"thp.khugepaged.pages_to_scan"},
                                        {"thp.khugepaged.scan_sleep_millisecs"}};
constexpr KnobWrite kGuestKnobs[] = {{"thp.enabled", KnobWrite::When::kWhereNever}};
constexpr KnobWrite kSplitKnobs[] = {{"thp.enabled", KnobWrite::When::kWhereNever},
                                     {"thp.shrink_underused"},
                                     {"thp.khugepaged.max_ptes_none"}};
constexpr KnobWrite kNumaKnobs[] = {{"ksm.merge_across_nodes"}};

constexpr std::array kFamilies{Family{"ancestor", true, 2.0, add_ancestor},
                               Family{"collapse", false, 1.0, add_collapse, kCollapseKnobs},
                               Family{"cow", true, 0.55, add_cow},
                               Family{"fault", true, 0.25, add_fault},
                               Family{"guest", false, 11.5, add_guest, kGuestKnobs},
                               Family{"kernels", true, 0.2, add_kernels},
                               Family{"metadata", false, 0.6, add_metadata},
                               Family{"mixed", false, 0.5, add_mixed},
                               Family{"numa", false, 1.5, add_numa, kNumaKnobs},
                               Family{"pin", true, 0.4, add_pin},
                               Family{"readers", false, 0.3, add_readers},
                               Family{"rmap", true, 0.5, add_rmap},
                               Family{"safety", false, 5.2, add_safety},
                               Family{"scan", true, 0.65, add_scan},
                               Family{"split", true, 0.2, add_split, kSplitKnobs},
                               Family{"swap", true, 0.3, add_swap},
                               Family{"toggle", false, 0.3, add_toggle},
                               Family{"unmerge", true, 0.6, add_unmerge}};

}  // namespace

std::string family_names() {
  std::string names(kReadFamily);
  for (const Family& family : kFamilies) names += fmt::format(", {}", family.name);
  return names;
}

Outcome<std::vector<FamilyCell>> family_cells(const std::vector<std::string>& names,
                                              const FamilyChoice& choice) {
  std::vector<FamilyCell> cells;
  for (const std::string& wanted : names) {
    if (wanted == kReadFamily) continue;
    const auto* found = std::find_if(kFamilies.begin(), kFamilies.end(),
                                     [&](const Family& family) { return family.name == wanted; });
    if (found == kFamilies.end())
      return fail(ExitCode::kUsage, "unknown family '{}'; there are {}", wanted, family_names());
    const std::size_t before = cells.size();
    found->add(choice, cells);
    for (std::size_t i = before; i < cells.size(); ++i) {
      cells[i].repeated = found->repeated;
      cells[i].seconds = found->seconds;
      cells[i].knobs = found->knobs;
    }
  }
  return cells;
}

}  // namespace zp
