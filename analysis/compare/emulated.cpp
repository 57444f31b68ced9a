// SPDX-License-Identifier: MIT
#include "analysis/compare/emulated.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "analysis/compare/footnotes.hpp"
#include "analysis/compare/match.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/rows/errors.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"
#include "analysis/views/emulated_table.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kMostDifferences = 30;
constexpr std::size_t kSidesAcross = 4;  // of sides, as many as fit a mail

// The base and some of the others: as many tables as there are such parts.
struct Column {
  std::string letter;
  const ResultSet* set;
};
using Columns = std::vector<Column>;

// Of all sides, in the order of the first that has them.
std::vector<std::string> placements_of(const std::vector<PlacementTable>& sides,
                                       const PlacementBlock& block) {
  std::vector<std::string> names;
  for (const auto& side : sides)
    if (const auto* same = side.find(block))
      for (const auto& row : same->rows)
        if (std::ranges::find(names, row.placement) == names.end()) names.push_back(row.placement);
  return names;
}

// Of all sides, each once.
std::vector<const PlacementBlock*> blocks_of(const std::vector<PlacementTable>& sides) {
  std::vector<const PlacementBlock*> blocks;
  for (auto side = sides.begin(); side != sides.end(); ++side)
    for (const auto& block : side->blocks)
      if (std::none_of(sides.begin(), side, [&](const auto& other) { return other.find(block); }))
        blocks.push_back(&block);
  return blocks;
}

// Frames and colours of each placement, a column per side.
std::string placements_text(const Columns& sides, std::size_t width) {
  std::vector<PlacementTable> frames, colours;
  for (const auto& side : sides) {
    frames.push_back(placement_table(*side.set, "frames"));
    colours.push_back(placement_table(*side.set, "colours_seen"));
  }
  std::string text;
  for (const auto* each : blocks_of(frames)) {
    const PlacementBlock& block = *each;
    TextTable table(1, 2);
    table.add_heading("frames", 1, sides.size());
    table.add_heading("colours", sides.size() + 1, 2 * sides.size());
    std::vector<std::string> head{"placement"};
    for (int i = 0; i < 2; ++i)
      for (const auto& side : sides) head.push_back(side.letter);
    head.emplace_back("");
    table.add_row(head);
    table.add_rule();
    for (const auto& placement : placements_of(frames, block)) {
      std::vector<std::string> line{placement};
      std::set<std::string> seen[2];
      for (const auto* tables : {&frames, &colours})
        for (const auto& other : *tables) {
          line.push_back(one_figure(row_of(other, block, placement)));
          seen[tables == &colours].insert(line.back());
        }
      line.emplace_back(seen[0].size() == 1 && seen[1].size() == 1 ? "same" : "DIFFERS");
      table.add_row(line);
    }
    text += "\n" + paragraph(block_title(block.common) + ":", width) + "\n" + table.text();
  }
  return text;
}

// A table for each title, in the order of first sight.
class DifferenceTables {
 public:
  explicit DifferenceTables(const Columns& sides) {
    for (const auto& side : sides) head_.push_back(side.letter);
  }
  void add(const std::string& title, const std::vector<std::string>& line) {
    auto found = std::ranges::find(tables_, title, &Titled::first);
    if (found == tables_.end()) {
      found = tables_.insert(found, {title, TextTable(1, 2)});
      found->second.add_row(head_);
      found->second.add_rule();
    }
    found->second.add_row(line);
  }
  std::string text(std::size_t width) const {
    std::string text;
    for (const auto& [title, table] : tables_)
      text += "\n" + (title.empty() ? "" : paragraph(" " + title + ":", width, 1)) + table.text();
    return text;
  }

 private:
  using Titled = std::pair<std::string, TextTable>;
  std::vector<std::string> head_{"placement", "stride", "misses per read"};
  std::vector<Titled> tables_;
};

// What tells the cells of a placement and stride apart.
std::string title_of_cell(const BenchmarkName& name) {
  return block_title(block_of(name, std::array<std::string, 2>{"placement", "stride"}).common);
}

// "read, 16 MiB table, ...: 4096/fixed" is one cell.
std::string stride_of(const BenchmarkName& name) {
  const auto offset = name.find("offset");
  return std::string(name.find("stride").value_or("")) + (offset ? "/" + std::string(*offset) : "");
}

// Every modelled figure of every cell that all sides have.
std::string models_text(const Columns& sides, std::size_t width) {
  const auto& base = *sides.front().set;
  std::set<std::string> titles;
  for (std::size_t cell = 0; cell < base.cell_count(); ++cell)
    titles.insert(title_of_cell(parse_name(base.cell_name(cell))));
  DifferenceTables tables(sides);
  std::size_t figures = 0, differing = 0;
  std::string names;
  for (const auto& cpu : modelled_cpus(base)) {
    names += (names.empty() ? "" : ", ") + cpu.name;
    for (const char* key : {"l1d_miss", "synonym_miss"}) {
      for (std::size_t cell = 0; cell < base.cell_count(); ++cell) {
        const auto& text = base.cell_name(cell);
        const auto name = parse_name(text);
        std::vector<double> values;
        for (const auto& side : sides)
          if (const auto found = side.set->find_cell(text))
            if (auto all = side.set->values(*found, cpu.prefix + key); !all.empty())
              values.push_back(median(std::move(all)));
        if (values.size() != sides.size()) continue;
        ++figures;
        std::vector<std::string> line{std::string(name.find("placement").value_or(text)),
                                      stride_of(name),
                                      cpu.name + (*key == 'l' ? " L1D" : " synonym")};
        bool same = true;
        for (const double value : values) {
          same = same && std::abs(value - values.front()) < 1e-9;
          line.push_back(fmt::format("{:.4f}", value));
        }
        if (!same && ++differing <= kMostDifferences)
          tables.add(titles.size() > 1 ? title_of_cell(name) : std::string(), line);
      }
    }
  }
  if (figures == 0) return "";
  const auto total =
      fmt::format("Modelled L1D and synonym misses ({}): {} of {} figures are the same{}", names,
                  figures - differing, figures, differing == 0 ? "." : ":");
  return "\n" + paragraph(total, width) + tables.text(width) +
         (differing > kMostDifferences
              ? fmt::format(" ... and {} more\n", differing - kMostDifferences)
              : "");
}

// Cells that some side lacks are in no figure above.
std::string alone_text(const Columns& sides, std::size_t width) {
  std::string text;
  for (const auto& side : sides) {
    std::size_t count = 0;
    std::string first;
    for (std::size_t cell = 0; cell < side.set->cell_count(); ++cell) {
      const auto& name = side.set->cell_name(cell);
      if (std::ranges::all_of(
              sides, [&](const auto& other) { return other.set->find_cell(name).has_value(); }))
        continue;
      if (count++ == 0) first = shorten(name, 200);
    }
    if (count > 0)
      text += paragraph(fmt::format("  {}: {} cell{} (first: {})", side.letter, count,
                                    count == 1 ? "" : "s", first),
                        width, 4);
  }
  return text.empty() ? text : "\nCells without a partner, not compared:\n" + text;
}

// What is known of the frames that are compared.
std::string proof_of(const Columns& sides) {
  const auto sides_of = [&sides](CensusClass census) {
    std::string letters;
    for (const auto& [letter, set] : sides)
      if (set->has_census(census)) letters += (letters.empty() ? "" : ", ") + letter;
    return letters;
  };
  const auto weak = sides_of(CensusClass::kWeak), missing = sides_of(CensusClass::kMissing);
  std::string text;
  if (!weak.empty()) text = fmt::format("Not all frames of {} were seen (census: weak)", weak);
  if (!missing.empty())
    text += fmt::format("{}ot all frames of {} were counted (no census)",
                        text.empty() ? "N" : ", n", missing);
  if (!text.empty()) return text + ": nothing proves them";
  return sides_of(CensusClass::kStrong).empty()
             ? "No row claims its frames"
             : "Frames are the kernels' own, proven before and after each walk";
}

}  // namespace

Outcome<std::string> compare_emulated(std::span<const ResultSet> sides, bool force,
                                      std::size_t width) {
  const auto matching = match_sides(sides, {});
  if (!matching) return fail(matching);
  const auto differences = check_matched(*matching);
  if (auto allowed = check_allowed(differences, force); !allowed) return fail(allowed);
  Columns all;
  for (const auto& set : sides) all.push_back({column_letter(all.size()), &set});
  std::string text = paragraph(
      fmt::format("Time not compared: emulated. {}; misses are a model's.", proof_of(all)), width);
  text += "\n";
  for (const auto& [letter, set] : all)
    text += paragraph(
        fmt::format("{}  {} {} ({}), {} {}", letter, set->context_value("arch"),
                    set->context_value("kernel.release"), set->context_value("machine.emulator"),
                    set->runs().size(), set->runs().size() == 1 ? "run" : "runs"),
        width, 3);
  std::string compared;
  for (std::size_t from = 1; from < all.size(); from += kSidesAcross - 1) {
    Columns part{all.front()};
    for (auto side = from; side < std::min(from + kSidesAcross - 1, all.size()); ++side)
      part.push_back(all[side]);
    compared += placements_text(part, width) + models_text(part, width);
  }
  if (compared.empty())
    text += "\n" + paragraph(
                       "Nothing is compared: these runs have no frames of placements and no "
                       "modelled misses. --metric NAME compares another count.",
                       width);
  text += compared;
  if (const auto notes = difference_notes(differences, width); !notes.empty()) text += "\n" + notes;
  text += alone_text(all, width);
  std::vector<ErrorRow> errors;
  for (const auto& [letter, set] : all)
    for (const auto& of_side : {set->errors(), set->missing_passes()})
      for (const auto& error : of_side)
        errors.push_back({error.name, letter + ": " + error.reason});
  if (!errors.empty()) text += "\nNot measured:\n" + error_list(errors, width);
  return text;
}

}  // namespace zp::analysis
