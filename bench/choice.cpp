// SPDX-License-Identifier: MIT
#include "bench/choice.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "harness/host/page_size.hpp"
#include "harness/support/file.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

FamilyChoice family_choice(const Options& options) {
  return {options.family_table_bytes,
          placements_of(options.matrix),
          options.guest_kernel,
          options.drop_caches,
          options.seed + static_cast<std::uint64_t>(options.pass),
          options.min_time_s};
}

std::string no_such_caches(const std::set<std::string>& caches) {
  if (caches.empty()) return "";
  return fmt::format("tables {} are left out: this machine does not say how large that cache is",
                     fmt::join(caches, ", "));
}

// "12 cells are left out: a table of 64 KiB has 16 pages, too few for 32 and 64 colours"
std::string too_few_pages(const std::vector<Cell>& cells) {
  if (cells.empty()) return "";
  std::map<std::uint64_t, std::set<std::uint64_t>> colours_of_table;
  for (const Cell& cell : cells) colours_of_table[cell.table_bytes].insert(cell.placement.colours);
  std::string text =
      cells.size() == 1 ? "1 cell is left out" : fmt::format("{} cells are left out", cells.size());
  for (const auto& [bytes, colours] : colours_of_table)
    text += fmt::format("{} a table of {} has {} pages, too few for {} colours",
                        bytes == colours_of_table.begin()->first ? ":" : ";", human_size(bytes),
                        bytes / system_page_bytes(), fmt::join(colours, ", "));
  return text;
}

Outcome<Chosen> choose_if(const Options& options,
                          const std::function<bool(const std::string& name)>& wanted) {
  auto families = family_cells(options.matrix.families, family_choice(options));
  if (!families) return fail(families);
  std::erase_if(*families, [&](const FamilyCell& cell) { return !wanted(cell.name); });
  if (!options.matrix.has_reads()) return Chosen{{}, std::move(*families), {}};
  std::vector<Cell> left_out;
  auto cells = expand(options.matrix, system_page_bytes(),
                      options.seed + static_cast<std::uint64_t>(options.pass), wanted, &left_out);
  if (!cells) return fail(cells);
  std::string said = too_few_pages(left_out);
  if (const std::string absent = no_such_caches(options.matrix.absent_caches); !absent.empty())
    said += (said.empty() ? "" : "; ") + absent;
  return Chosen{std::move(*cells), std::move(*families), std::move(said)};
}

}  // namespace

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

void say_left_out(const Chosen& chosen) {
  if (!chosen.left_out.empty()) print_to(stderr, fmt::format("zpbench: {}\n", chosen.left_out));
}

}  // namespace zp
