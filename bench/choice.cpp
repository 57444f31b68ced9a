// SPDX-License-Identifier: MIT
#include "bench/choice.hpp"

#include <algorithm>
#include <functional>

#include "harness/host/page_size.hpp"

namespace zp {
namespace {

// Of all its blocks, each once.
std::vector<PlacementId> placements_of(const Matrix& matrix) {
  std::vector<PlacementId> placements;
  const auto add = [&](const Matrix& block) {
    for (const PlacementId& placement : block.placements)
      if (std::ranges::find(placements, placement) == placements.end())
        placements.push_back(placement);
  };
  add(matrix);
  for (const Matrix& block : matrix.more) add(block);
  return placements;
}

FamilyChoice family_choice(const Options& options) {
  return {options.family_table_bytes,
          placements_of(options.matrix),
          options.guest_kernel,
          options.drop_caches,
          options.seed + static_cast<std::uint64_t>(options.pass),
          options.min_time_s};
}

Outcome<Chosen> choose_if(const Options& options,
                          const std::function<bool(const std::string& name)>& wanted) {
  auto families = family_cells(options.matrix.families, family_choice(options));
  if (!families) return fail(families);
  std::erase_if(*families, [&](const FamilyCell& cell) { return !wanted(cell.name); });
  const auto& names = options.matrix.families;
  if (std::ranges::find(names, kReadFamily) == names.end()) return Chosen{{}, std::move(*families)};
  auto cells = expand(options.matrix, system_page_bytes(),
                      options.seed + static_cast<std::uint64_t>(options.pass), wanted);
  if (!cells) return fail(cells);
  return Chosen{std::move(*cells), std::move(*families)};
}

}  // namespace

Outcome<Chosen> choose(const Options& options) {
  const auto wanted = [&](const std::string& name) {
    return (!options.filter || options.filter->fits(name)) &&
           !(options.exclude && options.exclude->fits(name));
  };
  if (options.once && options.pass > 1) {
    auto repeated = choose_if(options, [&](const std::string& name) {
      return wanted(name) && !options.once->fits(name);
    });
    if (!repeated || !repeated->empty()) return repeated;
  }
  return choose_if(options, wanted);
}

}  // namespace zp
