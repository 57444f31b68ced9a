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
    if (const std::uint64_t frames = cell.placement.memfd_frames();
        frames != 0 && limit &&
        mappings_needed(roots, cell.table_bytes, frames) > parse_number(*limit).value_or(0)) {
      names.push_back("vm.max_map_count");
      break;
    }
  return names;
}

// In caches and translations, as they mostly are; for tables that take long, not for rows.
double seconds_per_read(Order order) {
  switch (order) {
    case Order::kSequential:
      return 2e-9;
    case Order::kRandom:
      return 8e-9;
    case Order::kDependent:
      return 20e-9;
  }
  return 0;
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

Estimate estimate(const Roots& roots, const std::vector<Cell>& cells,
                  const std::vector<FamilyCell>& families, const Options& options) {
  // A mapping is made, entered in the memfd's tree, and taken away again.
  constexpr double kSecondsPerMapping = 8e-6;
  const auto available = available_memory_bytes(roots);
  Estimate whole;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    whole.memory_bytes =
        std::max(whole.memory_bytes, memory_needed_bytes(cell.placement, cell.table_bytes));
    const bool new_table = i == 0 || !same_table(cells[i - 1], cell);
    whole.tables += static_cast<std::size_t>(new_table);
    if (available && memory_needed_bytes(cell.placement, cell.table_bytes) > *available) continue;
    // Searching for the number of iterations costs about a third more, and a large table is walked
    // at least once per repetition, once to warm it and once or twice in the search.
    const double walk_s = static_cast<double>(cell.table_bytes) /
                          static_cast<double>(cell.stride_bytes) * seconds_per_read(cell.walk) /
                          (cell.share == Share::kSplit ? cell.threads : 1);
    whole.seconds += options.repetitions * std::max(1.35 * options.min_time_s, walk_s) + 3 * walk_s;
    if (!new_table) continue;
    whole.seconds += static_cast<double>(cell.table_bytes) / (1 << 30);  // about 1 s per GiB
    if (const std::uint64_t frames = cell.placement.memfd_frames(); frames != 0)
      whole.seconds += kSecondsPerMapping * static_cast<double>(cell.table_bytes) /
                       static_cast<double>(system_page_bytes() * frames);
  }
  for (const FamilyCell& cell : families) {
    whole.memory_bytes = std::max(whole.memory_bytes, cell.memory_bytes);
    whole.seconds += cell.seconds * (cell.repeated ? options.repetitions : 1);
  }
  return whole;
}

std::string dry_run(const Roots& roots, const std::vector<Cell>& cells,
                    const std::vector<FamilyCell>& families, const Options& options) {
  const Estimate whole = estimate(roots, cells, families, options);
  const auto& [tables, most_memory, seconds] = whole;
  std::map<std::string_view, std::size_t> family_cells;
  for (const FamilyCell& cell : families) ++family_cells[cell.family()];
  std::string text;
  if (!cells.empty())
    text = fmt::format("{} cells on {} tables, {} repetitions of {} s each\n", cells.size(), tables,
                       options.repetitions, options.min_time_s);
  for (const auto& [family, count] : family_cells)
    text += fmt::format("{} cells of {}\n", count, family);
  text += fmt::format("memory      at most {} at a time", human_size(most_memory));
  if (const auto available = available_memory_bytes(roots))
    text += fmt::format(" ({} available)", human_size(*available));
  text += fmt::format("\ntime        about {}{}\n", human_seconds(seconds),
                      seconds > kMostUnaskedSeconds ? ": more than an hour needs --long" : "");
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
