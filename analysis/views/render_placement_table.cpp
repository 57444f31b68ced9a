// SPDX-License-Identifier: MIT
#include "analysis/views/render_placement_table.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/rows/blocks.hpp"
#include "analysis/rows/errors.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/rows/interval.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"
#include "analysis/views/emulated_table.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kPlacementWidth = 19;  // memfd_coloured:1024
constexpr std::size_t kStrideWidth = 12;     // 4096/rotated

// How the figures of one block are written, so that they line up.
struct BlockFigures {
  double factor = 1;
  int decimals = 2;
  std::size_t spread_width = 0;

  std::string value(const std::optional<Summary>& cell) const {
    if (!cell) return "-";
    const auto text = aligned_number(cell->median * factor, decimals);
    if (cell->n < 2) return text;
    return fmt::format("{} {:<{}}", text, spread_text(cell->median, cell->interval), spread_width);
  }
};

BlockFigures block_figures(const PlacementBlock& block, const Scale& scale) {
  std::vector<double> medians;
  std::size_t widest = 0;
  for (const auto& row : block.rows)
    for (const auto& cell : row.cells) {
      if (!cell) continue;
      medians.push_back(cell->median * scale.factor);
      if (cell->n > 1) widest = std::max(widest, spread_text(cell->median, cell->interval).size());
    }
  return {scale.factor, common_decimals(medians), widest};
}

std::optional<double> ratio_of(const std::optional<Summary>& cell,
                               const std::optional<Summary>& base) {
  if (!cell || !base || base->median == 0) return std::nullopt;
  return cell->median / base->median;
}

// With placements and strides as they stand in tables: short, and no two alike.
PlacementBlock labelled(PlacementBlock block) {
  std::vector<std::string> placements;
  for (const auto& row : block.rows) placements.push_back(row.placement);
  const auto labels = distinct_labels(placements, kPlacementWidth);
  for (std::size_t i = 0; i < labels.size(); ++i) block.rows[i].placement = labels[i];
  block.strides = distinct_labels(block.strides, kStrideWidth);
  return block;
}

// Blanks in front of a table and between its columns.
struct Layout {
  std::size_t indent, gap;
};

// The strides of a block that stand in one table.
struct Strides {
  std::size_t first, last;
  std::size_t count() const { return last - first; }
};

// A row per placement, under each heading the strides: cell(row, heading, stride) is a text.
template <class Cell>
std::string stride_table(const PlacementBlock& block, Strides strides,
                         const std::vector<std::string>& headings, bool with_columns, Layout layout,
                         Cell cell) {
  TextTable table(layout.indent, layout.gap);
  const auto columns = with_columns ? placement_columns() : std::span<const PlacementColumn>();
  const std::size_t values_at = 1 + columns.size();
  std::vector<std::string> head{"placement"};
  for (const auto& column : columns) head.emplace_back(column.heading);
  for (std::size_t h = 0; h < headings.size(); ++h) {
    const auto begin = values_at + h * strides.count();
    table.add_heading(headings[h], begin, begin + strides.count() - 1);
    for (auto i = strides.first; i < strides.last; ++i) head.push_back(block.strides[i]);
  }
  table.add_row(head);
  table.add_rule();
  for (const auto& row : block.rows) {
    std::vector<std::string> line{row.placement};
    for (const auto& column : columns)
      line.push_back(column.text(row) + std::string(column.shows_census ? census_mark(row) : ""));
    for (std::size_t h = 0; h < headings.size(); ++h)
      for (auto i = strides.first; i < strides.last; ++i) line.push_back(cell(row, h, i));
    table.add_row(line);
  }
  return table.text();
}

// Luck of frames apart from noise of time: "12/0.4". Empty where nothing is known of any cell.
std::string spread_cell(const std::optional<DrawSpread>& spread) {
  if (!spread) return "-";
  const auto percent = [](double deviation) {
    const double value = 100 * std::expm1(deviation);
    if (value >= 999.5) return std::string(">999");
    return value < 9.95 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
  };
  return percent(spread->between) + "/" + percent(spread->within);
}

bool has_spreads(const PlacementBlock& block) {
  for (const auto& row : block.rows)
    for (const auto& spread : row.spreads)
      if (spread) return true;
  return false;
}

int ratio_decimals(const PlacementBlock& block, const std::vector<const PlacementRow*>& bases) {
  std::vector<double> ratios;
  for (const auto& row : block.rows)
    for (const auto* base : bases)
      for (std::size_t i = 0; i < row.cells.size(); ++i)
        if (const auto ratio = ratio_of(row.cells[i], base->cells[i])) ratios.push_back(*ratio);
  return std::max(2, common_decimals(ratios));
}

// As many strides in a table as fit, at least one; blanks are given up before a table is broken in
// two. What is no figure of a stride is said once.
template <class Cell>
std::string stride_tables(const PlacementBlock& block, std::size_t width,
                          const std::vector<std::string>& headings, bool with_columns, Cell cell) {
  const auto widest_fit = [&](Strides part) {
    std::string text;
    for (const auto layout : {Layout{2, 2}, Layout{1, 2}, Layout{0, 2}, Layout{1, 1}}) {
      text = stride_table(block, part, headings, with_columns && part.first == 0, layout, cell);
      if (widest_line(text) <= width) break;
    }
    return text;
  };
  const auto strides = block.strides.size();
  std::string text;
  for (Strides part{0, 1}; part.first < strides; part = {part.last, part.last + 1}) {
    while (part.last < strides && widest_line(widest_fit({part.first, part.last + 1})) <= width)
      ++part.last;
    text += "\n" + widest_fit(part);
  }
  return text;
}

double typical(const PlacementBlock& block) {
  std::vector<double> medians;
  for (const auto& row : block.rows)
    for (const auto& cell : row.cells)
      if (cell) medians.push_back(cell->median);
  return medians.empty() ? 0 : median(medians);
}

std::string repetitions(const PlacementBlock& block) {
  const auto [passes, runs] = block.held;
  const auto count = block.fewest == block.most ? fmt::format("{}", block.most)
                                                : fmt::format("{}..{}", block.fewest, block.most);
  auto text = fmt::format("{} repetition{}", count, block.most == 1 ? "" : "s");
  if (passes > 1) text += fmt::format(" in {} passes", passes);
  if (runs > 1) text += fmt::format(" of {} runs", runs);
  return text;
}

// "ns per read", "misses (l1d_miss)": unit first, then what it is a unit of.
std::string unit_text(const Metric& metric, const Scale& scale, bool emulated_pmu) {
  if (emulated_pmu) return shorten(metric.description, 60);
  if (metric.key == "ns_per_read") return scale.unit + " per read";
  if (scale.unit.empty()) return shorten(metric.key, 40);
  return fmt::format("{} ({})", scale.unit, shorten(metric.key, 40));
}

std::optional<std::uint64_t> bytes_of(const ResultSet& set, std::string_view key) {
  const auto bytes = parse_size_bytes(set.context_value(key));
  return bytes ? std::optional(*bytes) : std::nullopt;
}

// How much of private's table a walk reads: a line per read, and no more than there are. With few
// reads per page a table much larger than a cache can fit it all the same. Empty where that is not
// known.
std::string private_lines(const PlacementBlock& block, const ResultSet& set) {
  const auto line = bytes_of(set, "cache.l1d.line_bytes");
  const auto table = parse_size_bytes(part_of(block, "table"));
  if (!line || *line == 0 || !table) return {};
  std::string text, last;
  for (const auto& stride : block.strides) {
    const auto name = stride.substr(0, stride.find('/'));
    const auto bytes = parse_size_bytes(name);
    if (!bytes || *bytes == 0 || name == last) continue;
    last = name;
    text += fmt::format("{}{} at stride {}", text.empty() ? "Of its lines private reads " : ", ",
                        human_size(*table / std::max(*line, *bytes) * *line), name);
  }
  if (text.empty()) return {};
  for (const char* level : {"l2", "l3"})
    if (const auto cache = bytes_of(set, fmt::format("cache.{}.size_bytes", level)))
      text += fmt::format("; {} is {}", level[1] == '2' ? "L2" : "L3", human_size(*cache));
  return text + ".";
}

// Which columns have walks so short that what each call takes is in their times; "" for none.
std::string short_walks(const PlacementBlock& block) {
  std::string text;
  for (const auto& stride : block.strides)
    if (const auto reads = reads_per_walk(block, stride); reads > 0 && reads < kLeastReadsPerWalk)
      text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", stride, reads);
  if (text.empty()) return text;
  return fmt::format(
      "Walks of fewer than {} reads, by stride: {}. What each call takes, some ns, is in their "
      "times.",
      kLeastReadsPerWalk, text);
}

std::string block_text(const PlacementBlock& block, const PlacementTable& table,
                       const ResultSet& set, const PlacementTableStyle& style) {
  auto text = paragraph(block_title(block.common) + ", " + repetitions(block) + ":", style.width);
  if (!style.show_times && table.metric.depends_on_clock)
    return text + "\n" + render_emulated_block(block, set, style.width);
  const auto shown = labelled(block);
  const auto scale = scale_for(table.metric, typical(block));
  const auto figures = block_figures(block, scale);
  const auto heading =
      fmt::format("{}, at stride (bytes)",
                  unit_text(table.metric, scale, is_of_emulated_pmu(set, table.metric.key)));
  text += stride_tables(shown, style.width, {heading}, true,
                        [&](const PlacementRow& row, std::size_t, std::size_t stride) {
                          return figures.value(row.cells[stride]);
                        });
  if (has_spreads(block))
    text += stride_tables(shown, style.width, {"deviation, %: between draws/inside a pass"}, false,
                          [](const PlacementRow& row, std::size_t, std::size_t stride) {
                            return spread_cell(row.spreads[stride]);
                          });
  if (const auto walks = short_walks(block); !walks.empty() && table.metric.depends_on_clock)
    text += "\n" + paragraph(walks, style.width);
  std::vector<const PlacementRow*> bases;
  std::vector<std::string> headings;
  for (const auto& base : style.bases)
    if (const auto* row = block.find(base)) {
      bases.push_back(&shown.rows[static_cast<std::size_t>(row - block.rows.data())]);
      headings.push_back("relative to " + bases.back()->placement);
    }
  if (bases.empty()) return text;
  const int decimals = ratio_decimals(block, bases);
  text += stride_tables(
      shown, style.width, headings, false,
      [&](const PlacementRow& row, std::size_t base, std::size_t stride) -> std::string {
        const auto ratio = ratio_of(row.cells[stride], bases[base]->cells[stride]);
        if (!ratio) return "-";
        return bases[base] == &row ? "1" : aligned_number(*ratio, decimals);
      });
  if (bases.front() == shown.find("private"))
    if (const auto lines = private_lines(block, set); !lines.empty())
      text += "\n" + paragraph(lines, style.width);
  return text;
}

std::string footnotes(const PlacementTable& table, const ResultSet& set,
                      const PlacementTableStyle& style) {
  std::string text;
  const bool times = style.show_times || !table.metric.depends_on_clock;
  if (times) {
    if (table.metric.better != Better::kNeither)
      text += capitalised(direction_words(table.metric)) + ". ";
    bool exact = true;
    bool several = false, spreads = false;
    for (const auto& block : table.blocks) {
      spreads = spreads || has_spreads(block);
      for (const auto& row : block.rows)
        for (const auto& cell : row.cells)
          if (cell) exact = exact && cell->interval_is_95, several = several || cell->n > 1;
    }
    const auto units = units_word(table.unit);
    text += table.unit == Unit::kRepetition
                ? "Medians over repetitions"
                : fmt::format("Medians over {} of the median in each", units);
    if (several)
      text += fmt::format(
          "; +- is {}",
          exact ? std::string("its 95 % interval (order statistics), in % of it")
                : fmt::format("its interval, in % of it: 95 % from 6 {} on (order statistics), "
                              "below that the range",
                              units));
    text += ". ";
    if (spreads)
      text +=
          "Deviation between draws: what passes, each with frames of its own, differ beyond "
          "what repetitions inside a pass do. ";
    else if (several && table.unit != Unit::kRepetition)
      text += "With one repetition per pass luck of frames and noise of time are one figure. ";
  } else {
    text += emulated_footnote(set);
  }
  bool counted = false;
  for (const auto& block : table.blocks)
    for (const auto& row : block.rows) counted = counted || !row.frames.empty();
  if (counted)
    text += "frames: distinct page frames behind the table, counted before and after timing.";
  auto lines = paragraph(text, style.width);
  std::set<std::string> offsets;
  for (const auto& block : table.blocks)
    if (!block.offsets.empty()) offsets.insert(block.offsets);
  for (const auto& offset : offsets)
    lines += paragraph("Offset of the reads in their page: stride " + offset + ".", style.width);
  if (const auto census = census_note(table); !census.empty())
    lines += paragraph(census, style.width, 4);
  return lines;
}

}  // namespace

std::string render_placement_table(const PlacementTable& table, const ResultSet& set,
                                   const PlacementTableStyle& style) {
  std::string text = paragraph(host_line(set), style.width);
  if (is_emulated(set)) {
    const auto emulator = set.context_value("machine.emulator");
    text += fmt::format(
        "\n{}",
        paragraph(
            fmt::format(
                "EMULATED{}: {}{}", emulator.empty() ? "" : fmt::format(" ({})", emulator),
                style.show_times || !census_note(table).empty() ? "" : "what is mapped is real; ",
                style.show_times ? "these times are the emulator's and say nothing about a CPU."
                                 : "time not shown, for it would mean nothing "
                                   "(--emulated-times shows it)."),
            style.width));
  }
  for (const auto& block : table.blocks) text += "\n" + block_text(block, table, set, style);
  if (!table.errors.empty())
    text += "\nNot measured:\n" + error_list(table.errors, style.width, &set);
  if (!table.blocks.empty()) text += "\n" + footnotes(table, set, style);
  return text;
}

}  // namespace zp::analysis
