// SPDX-License-Identifier: MIT
#include "bench/listing.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "harness/host/available_memory.hpp"
#include "harness/host/page_size.hpp"
#include "harness/host/topology.hpp"
#include "harness/host/zram_swap.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/ksm/registration.hpp"
#include "harness/ksm/session.hpp"
#include "harness/memory/memfd.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/name_parts.hpp"
#include "harness/support/terminal.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"
#include "harness/support/wrap.hpp"

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
    if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
  };
  for (const Cell& cell : cells) add(cell.placement);
  for (const FamilyCell& cell : families) add(cell.placement);
  return ids;
}

bool is_written(const Roots& roots, const KnobWrite& write, const PlacementId& placement,
                std::uint64_t table_bytes) {
  const auto value = read_knob(roots, *find_knob(write.knob));
  switch (write.when) {
    case KnobWrite::When::kAlways:
      return value.has_value();
    case KnobWrite::When::kWhereNever:
      return value == "never";
    case KnobWrite::When::kWhereZero:
      return value == "0";
    case KnobWrite::When::kWhereTooFew:
      return value && mappings_needed(roots, table_bytes, placement.memfd_frames()) >
                          parse_number(*value).value_or(0);
  }
  return false;
}

// The knobs that making the tables and measuring the families may write, in the order of the table.
std::vector<const Knob*> knobs_written(const Roots& roots, const std::vector<Cell>& cells,
                                       const std::vector<FamilyCell>& families) {
  std::set<std::string_view> names;
  for (const PlacementId& id : placements(cells, families)) {
    if (why_not_here(id, roots)) continue;
    std::uint64_t table_bytes = 0;  // of the largest
    std::vector<KnobWrite> writes(id.entry().knobs.begin(), id.entry().knobs.end());
    for (const Cell& cell : cells)
      if (cell.placement == id) table_bytes = std::max(table_bytes, cell.table_bytes);
    for (const FamilyCell& cell : families) {
      if (!(cell.placement == id)) continue;
      table_bytes = std::max(table_bytes, cell.table_bytes);
      writes.insert(writes.end(), cell.knobs.begin(), cell.knobs.end());
    }
    for (const KnobWrite& write : writes)
      if (is_written(roots, write, id, table_bytes)) names.insert(write.knob);
  }
  std::vector<const Knob*> knobs;
  for (const Knob& knob : all_knobs())
    if (names.contains(knob.name)) knobs.push_back(&knob);
  return knobs;
}

// In caches and translations, as they mostly are; for tables that take long, not for rows.
double seconds_per_read(Order order) {
  return order == Order::kSequential ? 2e-9 : order == Order::kRandom ? 8e-9 : 20e-9;
}

// How many walks over the whole table pass one after the other until each thread has done its own:
// threads beyond the CPUs wait for each other.
double walks_in_turn(const Cell& cell) {
  const auto cpus = cpus_of_node(cell.node.value_or(first_node()));
  const double at_once = cpus ? static_cast<double>(std::max<std::size_t>(1, cpus->size())) : 1;
  const double all = std::max(1.0, cell.threads / at_once);
  return cell.share == Share::kSplit ? all / cell.threads : all;
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
                          static_cast<double>(cell.stride_bytes) * seconds_per_read(cell.walk) *
                          walks_in_turn(cell);
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
    text =
        fmt::format("{} cells on {} tables, {} repetition{} of {} s each\n", cells.size(), tables,
                    options.repetitions, options.repetitions == 1 ? "" : "s", options.min_time_s);
  for (const auto& [family, count] : family_cells)
    text += fmt::format("{} cells of {}\n", count, family);
  text += fmt::format("memory      at most {} at a time", human_size(most_memory));
  if (const auto available = available_memory_bytes(roots))
    text += fmt::format(" ({} available)", human_size(*available));
  text += fmt::format("\ntime        about {}{}\n", human_seconds(seconds),
                      seconds > kMostUnaskedSeconds ? ": more than an hour needs --long" : "");
  if (!options.out.empty()) text += fmt::format("results     {}\n", terminal_text(options.out));
  for (const PlacementId& id : placements(cells, families))
    if (const auto reason = why_not_here(id, roots))
      text += fmt::format("not here    {}\n",
                          hanging(fmt::format("{}: {}", to_string(id), *reason), 12));
  if (std::ranges::any_of(
          cells, [](const Cell& cell) { return cell.registration == Registration::kPrctl; }))
    if (const auto reason = why_no_process_registration(roots))
      text += fmt::format("not here    {}\n", hanging("register:prctl: " + *reason, 12));
  std::optional<PtesNone> loosest;
  for (const FamilyCell& cell : families) loosest = std::max(loosest, cell.khugepaged);
  if (loosest)
    if (const auto reason = why_no_khugepaged(KsmSession(roots), *loosest))
      text += fmt::format(
          "not here    {}\n",
          hanging(fmt::format("max_ptes_none:{}: {}", to_string(*loosest), *reason), 12));
  const bool adds_swap =
      !why_no_zram_swap(roots) && std::ranges::any_of(families, &FamilyCell::adds_swap);
  if (adds_swap) text += "adds        its own swap area in zram, where it swaps (removed)\n";
  const bool makes_group = std::ranges::any_of(families, &FamilyCell::makes_group);
  if (makes_group)
    text += "adds        its own control group, where memory is reclaimed (removed)\n";
  const auto knobs = knobs_written(roots, cells, families);
  const bool drops_caches = std::ranges::any_of(families, &FamilyCell::drops_caches);
  if (drops_caches)
    text += fmt::format(
        "writes      {}/sys/vm/drop_caches (2: everybody's directory entries and "
        "inodes are read again; nothing to restore)\n",
        roots.proc);
  if (knobs.empty() && !adds_swap && !makes_group && !drops_caches)
    return text + "writes      nothing under /sys or /proc\n";
  for (const Knob* knob : knobs)
    text += fmt::format("writes      {} (now {}, restored)\n", knob_path(roots, *knob),
                        read_knob(roots, *knob).value_or(""));
  return text;
}

}  // namespace zp
