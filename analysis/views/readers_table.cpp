// SPDX-License-Identifier: MIT
#include "analysis/views/readers_table.hpp"

#include <algorithm>
#include <charconv>

#include "analysis/rows/blocks.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"
#include "analysis/views/gaps.hpp"
#include "analysis/views/loop_table.hpp"
#include "harness/names/benchmark_name.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

struct Cell {
  std::string row, placement, table;
};

std::optional<Cell> cell_of(const std::string& text) {
  const auto name = parse_name(text);
  const auto placement = name.find("placement"), table = name.find("table"),
             readers = name.find("readers"), cpus = name.find("cpus");
  if (name.family != "readers" || !placement || !table || !readers || !cpus) return std::nullopt;
  const bool counted = *cpus == "cores";
  std::string row = counted ? fmt::format("{} cores", *readers) : std::string(*cpus);
  if (row == "other_node") row = "2 nodes";
  return Cell{std::move(row), std::string(*placement), std::string(*table)};
}

// From the figures "ns_per_read_cpuN": " (0,4)". Of more than two the row tells.
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

// One frame against private memory, by the most cores.
std::string shared_frame(const ReadersTable& table) {
  const auto most = std::find_if(table.rows.rbegin(), table.rows.rend(), [](const auto& row) {
    return row.find(" cores") != std::string::npos;
  });
  if (most == table.rows.rend()) return "";
  for (const char* shared : {"ksm_single", "ksm_zero_page", "read_fault"}) {
    const auto found = table.slowdowns.find({*most, shared}),
               own = table.slowdowns.find({*most, "private"});
    if (found == table.slowdowns.end() || own == table.slowdowns.end()) continue;
    return fmt::format(
        "- Is one frame a hot spot? While {} read it ({}), the first of them takes {} times its "
        "time alone; of private memory {} times.",
        *most, shared, three_digits(found->second), three_digits(own->second));
  }
  return "";
}

}  // namespace

ReadersTable readers_table(const ResultSet& set) {
  ReadersTable table;
  const auto look = [&](const std::string& text) {
    if (const auto cell = cell_of(text); cell && natural_less(table.table_bytes, cell->table))
      table.table_bytes = cell->table;
  };
  for (std::size_t i = 0; i < set.cell_count(); ++i) look(set.cell_name(i));
  for (const auto& error : set.errors()) look(error.name);
  const auto add_once = [](std::vector<std::string>& list, const std::string& item) {
    if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
  };
  for (std::size_t i = 0; i < set.cell_count(); ++i) {
    const auto cell = cell_of(set.cell_name(i));
    if (!cell || cell->table != table.table_bytes) continue;
    auto slowdowns = set.values(i, "slowdown");
    if (slowdowns.empty()) continue;
    const auto row = cell->row + cpus_of(set, i);
    add_once(table.rows, row);
    add_once(table.placements, cell->placement);
    table.slowdowns[{row, cell->placement}] = median(std::move(slowdowns));
  }
  std::vector<Gap> gaps;
  for (const auto& error : set.errors())
    if (const auto cell = cell_of(error.name); cell && cell->table == table.table_bytes)
      gaps.push_back({cell->row, cell->placement, printable(error.reason)});
  table.unmeasured = gathered(gaps, table.placements);
  std::stable_sort(table.placements.begin(), table.placements.end(), placement_less);
  std::stable_sort(table.rows.begin(), table.rows.end(), natural_less);
  return table;
}

std::string render_readers_table(const ReadersTable& table, std::size_t width, bool enough) {
  std::string text;
  if (!table.rows.empty()) {
    text += paragraph(
        "Several CPUs (which) read every line of the same table at once: the time of the first, as "
        "a multiple of its time alone:",
        width, 2);
    TextTable figures(2, 1);
    std::vector<std::string> above{""}, below{""};
    for (const auto& placement : table.placements) {
      const auto [first, second] = heading_of(placement);
      above.push_back(first);
      below.push_back(second);
    }
    figures.add_row(above);
    figures.add_row(below);
    for (const auto& row : table.rows) {
      std::vector<std::string> line{shorten(row, 15)};
      for (const auto& placement : table.placements) {
        const auto found = table.slowdowns.find({row, placement});
        line.push_back(found == table.slowdowns.end() ? "-" : three_digits(found->second));
      }
      figures.add_row(line);
    }
    text += "\n" + figures.text();
    if (const auto words = shared_frame(table); enough && !words.empty())
      text += "\n" + paragraph(words, width, 2);
  }
  for (const auto& [which, why] : table.unmeasured)
    text += paragraph("  " + shorten(which, 200) + ": " + shorten(why, 400), width, 4);
  return text;
}

}  // namespace zp::analysis
