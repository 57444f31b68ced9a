// SPDX-License-Identifier: MIT
#include "bench/listing.hpp"

#include <algorithm>
#include <map>

#include "harness/host/available_memory.hpp"
#include "harness/host/page_size.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/memory/memfd.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/name_parts.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

std::string json_object(const std::string& text) {
  // Every string below is made of our own words and digits: nothing needs escaping.
  std::string object = fmt::format(R"({{"name": "{}")", text);
  const auto name = parse_name(text);
  for (const NamePartKind& part : kNameParts)
    if (const auto value = name.find(part.key))
      object += part.is_number ? fmt::format(R"(, "{}": {})", part.column, *value)
                               : fmt::format(R"(, "{}": "{}")", part.column, *value);
  return object + "}";
}

// Every placement that will be made, once.
std::vector<PlacementId> placements(const std::vector<Cell>& cells,
                                    const std::vector<FamilyCell>& families) {
  std::vector<PlacementId> ids;
  const auto add = [&ids](const PlacementId& id) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  };
  for (const Cell& cell : cells) add(cell.placement);
  for (const FamilyCell& cell : families) add(cell.placement);
  return ids;
}

// The knobs that making them may write.
std::vector<std::string_view> knobs_written(const Roots& roots, const std::vector<Cell>& cells,
                                            const std::vector<FamilyCell>& families) {
  std::vector<PlacementId> ids = placements(cells, families);
  std::erase_if(ids, [&](const PlacementId& id) { return why_not_here(id, roots).has_value(); });
  const auto any = [&](auto&& test) { return std::any_of(ids.begin(), ids.end(), test); };
  const auto of_family = [&](std::string_view name) {
    return std::any_of(families.begin(), families.end(),
                       [&](const FamilyCell& cell) { return cell.family() == name; });
  };
  std::vector<std::string_view> names;
  if (any([](const PlacementId& id) { return id.entry().needs_ksm; }))
    for (const Knob& knob : knob_table())
      if (knob.name.starts_with("ksm.") &&
          (of_family("numa") || knob.name != "ksm.merge_across_nodes"))
        names.push_back(knob.name);
  if ((of_family("guest") ||
       any([](const PlacementId& id) { return id.entry().needs_huge_pages; })) &&
      read_knob(roots, *find_knob("thp.enabled")) == "never")
    names.push_back("thp.enabled");
  if (any([](const PlacementId& id) { return id.kind == PlacementKind::kHugeZero; }) &&
      read_knob(roots, *find_knob("thp.use_zero_page")) == "0")
    names.push_back("thp.use_zero_page");
  const auto limit = read_knob(roots, *find_knob("vm.max_map_count"));
  for (const Cell& cell : cells)
    if (cell.placement.kind == PlacementKind::kMemfdColoured && limit &&
        mappings_needed(roots, cell.table_bytes, cell.placement.colours) >
            parse_number(*limit).value_or(0)) {
      names.push_back("vm.max_map_count");
      break;
    }
  return names;
}

}  // namespace

std::string list_cells(const std::vector<Cell>& cells, const std::vector<FamilyCell>& families,
                       bool json) {
  std::vector<std::string> names;
  for (const Cell& cell : cells) names.push_back(to_name(cell, system_page_bytes()));
  for (const FamilyCell& cell : families) names.push_back(cell.name);
  if (!json) return fmt::format("{}\n", fmt::join(names, "\n"));
  for (std::string& name : names) name = json_object(name);
  return fmt::format("[\n  {}\n]\n", fmt::join(names, ",\n  "));
}

std::string dry_run(const Roots& roots, const std::vector<Cell>& cells,
                    const std::vector<FamilyCell>& families, const Options& options) {
  std::size_t tables = 0;
  std::uint64_t most_memory = 0, placed_bytes = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    most_memory =
        std::max(most_memory, memory_needed_bytes(cells[i].placement, cells[i].table_bytes));
    if (i != 0 && same_table(cells[i - 1], cells[i])) continue;
    ++tables;
    placed_bytes += cells[i].table_bytes;
  }
  // Searching for the number of iterations costs about a third more; a table about 1 s a GiB.
  double seconds =
      static_cast<double>(cells.size()) * options.repetitions * options.min_time_s * 1.35 +
      static_cast<double>(placed_bytes) / (1 << 30);
  std::map<std::string_view, std::size_t> family_cells;
  for (const FamilyCell& cell : families) {
    ++family_cells[cell.family()];
    most_memory = std::max(most_memory, cell.memory_bytes);
    seconds += cell.seconds * (cell.repeated ? options.repetitions : 1);
  }
  std::string text;
  if (!cells.empty())
    text = fmt::format("{} cells on {} tables, {} repetitions of {} s each\n", cells.size(), tables,
                       options.repetitions, options.min_time_s);
  for (const auto& [family, count] : family_cells)
    text += fmt::format("{} cells of {}\n", count, family);
  text += fmt::format("memory      at most {} at a time", human_size(most_memory));
  if (const auto available = available_memory_bytes(roots))
    text += fmt::format(" ({} available)", human_size(*available));
  text += fmt::format("\ntime        about {}\n", human_seconds(seconds));
  for (const PlacementId& id : placements(cells, families))
    if (const auto reason = why_not_here(id, roots))
      text += fmt::format("not here    {}\n",
                          wrap_words(fmt::format("{}: {}", to_string(id), *reason), 12));
  const auto names = knobs_written(roots, cells, families);
  if (names.empty()) return text + "writes      nothing under /sys or /proc\n";
  for (const std::string_view name : names) {
    const Knob& knob = *find_knob(name);
    if (const auto now = read_knob(roots, knob))
      text += fmt::format("writes      {} (now {}, restored)\n", knob_path(roots, knob), *now);
  }
  return text;
}

}  // namespace zp
