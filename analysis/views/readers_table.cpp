// SPDX-License-Identifier: MIT
#include "analysis/views/loop_table.hpp"

#include <algorithm>

#include "analysis/rows/unit_values.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {
namespace {

constexpr const char* kSlowdown = "slowdown";

std::optional<ProgramCell> readers_cell(const std::string& text) {
  const auto name = parse_name(text);
  const auto placement = name.find("placement"), table = name.find("table"),
             readers = name.find("readers"), cpus = name.find("cpus");
  if (name.family != "readers" || !placement || !table || !readers || !cpus) return std::nullopt;
  const bool counted = *cpus == "cores";
  std::string row = counted ? fmt::format("{} cores", *readers) : std::string(*cpus);
  if (row == "other_node") row = "2 nodes";
  return ProgramCell{std::move(row), std::string(*placement), std::string(*table)};
}

// From the figures "ns_per_read_cpuN": " (0,4)". Of more than two the row says which.
std::string cpus_of(const ResultSet& set, std::size_t cell) {
  constexpr int kMostCpus = 4096;
  constexpr std::size_t kNamed = 2;
  std::vector<std::string> cpus;
  for (int cpu = 0; cpu < kMostCpus && cpus.size() <= kNamed; ++cpu)
    if (!set.values(cell, fmt::format("ns_per_read_cpu{}", cpu)).empty())
      cpus.push_back(std::to_string(cpu));
  if (cpus.empty() || cpus.size() > kNamed) return "";
  return fmt::format(" ({})", fmt::join(cpus, ","));
}

// (row, placement)
using Cells = std::map<std::pair<std::string, std::string>, std::size_t>;

std::optional<ReadersTable::SharedFrame> shared_frame(const ReadersTable& table,
                                                      const ResultSet& set, const Cells& cells) {
  const auto most = std::find_if(table.rows.rbegin(), table.rows.rend(), [](const auto& row) {
    return row.find(" cores") != std::string::npos;
  });
  if (most == table.rows.rend()) return std::nullopt;
  const auto plan = units_within(set, kSlowdown);
  for (const char* shared : {"ksm_single", "ksm_zero_page", "read_fault"}) {
    const auto found = cells.find({*most, shared}), own = cells.find({*most, "private"});
    if (found == cells.end() || own == cells.end()) continue;
    const auto difference = unit_differences(set, own->second, found->second, kSlowdown, plan);
    if (count_present(difference.values) >= kLeastUnits)
      return ReadersTable::SharedFrame{*most, shared, difference.disturbed};
  }
  return std::nullopt;
}

std::string hot_spot(const ReadersTable& table) {
  if (!table.shared) return "";
  const auto& [row, placement, disturbed] = *table.shared;
  return fmt::format(
      "- Is one frame a hot spot? While {} read it ({}), the first of them takes {} times its "
      "time alone; of private memory {} times{}.",
      row, placement, three_digits(table.slowdowns.at({row, placement})),
      three_digits(table.slowdowns.at({row, "private"})),
      disturbed.mostly() ? " (most repetitions of one of them were disturbed)" : "");
}

}  // namespace

ReadersTable readers_table(const ResultSet& set) {
  ReadersTable table;
  Cells cells;
  fill_grid(table, set, readers_cell,
            [&](const ProgramCell& place, std::size_t cell) -> std::string {
              auto slowdowns = set.values(cell, kSlowdown);
              if (slowdowns.empty()) return "";
              auto row = place.row + cpus_of(set, cell);
              table.slowdowns[{row, place.placement}] = median(std::move(slowdowns));
              cells[{row, place.placement}] = cell;
              return row;
            });
  std::ranges::stable_sort(table.rows, natural_less);
  table.shared = shared_frame(table, set, cells);
  return table;
}

std::string render_readers_table(const ReadersTable& table, std::size_t width) {
  std::string text;
  if (!table.rows.empty()) {
    text += paragraph(
        "Several CPUs (which) read every line of the same table at once: the time of the first, as "
        "a multiple of its time alone:",
        width, 2);
    text += "\n" + render_grid(table, "", 15, [&](const auto& row, const auto& placement) {
              const auto found = table.slowdowns.find({row, placement});
              return found == table.slowdowns.end() ? "-" : three_digits(found->second);
            });
    if (const auto words = hot_spot(table); !words.empty())
      text += "\n" + paragraph(words, width, 2);
  }
  return text + render_unmeasured(table, width);
}

}  // namespace zp::analysis
