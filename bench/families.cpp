// SPDX-License-Identifier: MIT
#include "bench/families.hpp"

#include <algorithm>

#include "bench/family_rows.hpp"

namespace zp {
namespace {

std::vector<Family> all_families() {
  std::vector<Family> all;
  for (const auto rows : {mapping_families(), merging_families(), program_families()})
    all.insert(all.end(), rows.begin(), rows.end());
  std::ranges::sort(all, {}, &Family::name);
  return all;
}

}  // namespace

std::string family_names() {
  std::string names(kReadFamily);
  for (const Family& family : all_families()) names += fmt::format(", {}", family.name);
  return names;
}

Outcome<std::vector<FamilyCell>> family_cells(const std::vector<std::string>& names,
                                              const FamilyChoice& choice) {
  const auto all = all_families();
  std::vector<FamilyCell> cells;
  for (const std::string& wanted : names) {
    if (wanted == kReadFamily) continue;
    const auto found = std::ranges::find(all, wanted, &Family::name);
    if (found == all.end())
      return fail(ExitCode::kUsage, "unknown family '{}'; there are {}", wanted, family_names());
    const std::size_t before = cells.size();
    found->add(choice, cells);
    for (std::size_t i = before; i < cells.size(); ++i) {
      cells[i].repeated = found->repeated;
      cells[i].seconds = std::max(cells[i].seconds, found->seconds);
    }
  }
  return cells;
}

}  // namespace zp
