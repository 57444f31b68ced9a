// SPDX-License-Identifier: MIT
#include "analysis/views/emulated_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kStridesAtATime = 4;

std::string share_text(const PlacementRow* row) {
  std::string text = one_figure(row);
  return text == "1" ? "all" : text == "0" ? "none" : text;
}

std::string count_text(const PlacementRow* row, std::size_t stride) {
  if (row == nullptr || !row->cells[stride]) return "-";
  return fmt::format("{:.3f}", row->cells[stride]->median);
}

std::string proven_table(const PlacementBlock& block, const ResultSet& set) {
  const auto colours = placement_table(set, "colours_seen");
  const auto zero = placement_table(set, "zero_page_share");
  const auto ksm = placement_table(set, "ksm_share");
  TextTable table(1, 2);
  table.add_row({"placement", "frames", "colours", "zero page", "KSM"});
  table.add_rule();
  for (const auto& row : block.rows)
    table.add_row({row.placement,
                   fmt::format("{}{}", row.frames.empty() ? "?" : row.frames, census_mark(row)),
                   one_figure(row_of(colours, block, row.placement)),
                   share_text(row_of(zero, block, row.placement)),
                   share_text(row_of(ksm, block, row.placement))});
  return table.text();
}

// Of each figure a column for each of strides first..last; headings where there are several
// figures.
TextTable figures_table(const PlacementBlock& block, std::span<const PlacementTable> figures,
                        std::span<const char* const> headings, std::size_t first,
                        std::size_t last) {
  const std::size_t columns = last - first;
  TextTable table(1, columns * figures.size() > 6 ? 1 : 2);
  for (std::size_t i = 0; i < headings.size(); ++i)
    table.add_heading(headings[i], i * columns + 1, (i + 1) * columns);
  std::vector<std::string> head{"placement"};
  for (std::size_t i = 0; i < figures.size(); ++i)
    head.insert(head.end(), block.strides.begin() + static_cast<std::ptrdiff_t>(first),
                block.strides.begin() + static_cast<std::ptrdiff_t>(last));
  table.add_row(head);
  table.add_rule();
  for (const auto& row : block.rows) {
    std::vector<std::string> line{row.placement};
    for (const auto& figure : figures)
      for (auto stride = first; stride < last; ++stride)
        line.push_back(count_text(row_of(figure, block, row.placement), stride));
    table.add_row(line);
  }
  return table;
}

// In parts of as many strides as fit.
std::string by_stride(const PlacementBlock& block, std::span<const PlacementTable> figures,
                      std::span<const char* const> headings, std::size_t width) {
  const auto part = [&](std::size_t first, std::size_t last) {
    return figures_table(block, figures, headings, first, last);
  };
  std::string text;
  for (std::size_t first = 0; first < block.strides.size();) {
    auto last = std::min(first + kStridesAtATime, block.strides.size());
    while (last > first + 1 && part(first, last).width() > width) --last;
    text += (first == 0 ? "" : "\n") + part(first, last).text();
    first = last;
  }
  return text;
}

// Those in which no clock has a part.
std::vector<std::string> emulated_counts(const ResultSet& set) {
  std::vector<std::string> keys;
  for (const auto& key : set.metrics())
    if (is_of_emulated_pmu(set, key) && !metric_of(key).depends_on_clock) keys.push_back(key);
  return keys;
}

}  // namespace

std::vector<ModelledCpu> modelled_cpus(const ResultSet& set) {
  constexpr std::string_view kFront = "model_", kBack = "l1d_miss";
  std::vector<ModelledCpu> cpus;
  for (const auto& metric : set.metrics()) {
    if (!metric.starts_with(kFront) || !metric.ends_with(kBack)) continue;
    const auto prefix = metric.substr(0, metric.size() - kBack.size());
    const auto name = prefix == kFront
                          ? std::string(set.context_value("model.cpu"))
                          : prefix.substr(kFront.size(), prefix.size() - kFront.size() - 1);
    cpus.push_back({name, prefix});
  }
  std::ranges::sort(cpus, natural_less, [](const auto& cpu) { return cpu.name; });
  return cpus;
}

const PlacementRow* row_of(const PlacementTable& table, const PlacementBlock& block,
                           const std::string& placement) {
  const PlacementBlock* same = table.find(block);
  return same == nullptr ? nullptr : same->find(placement);
}

std::string one_figure(const PlacementRow* row) {
  double low = INFINITY, high = -INFINITY;
  if (row != nullptr)
    for (const auto& cell : row->cells)
      if (cell) low = std::min(low, cell->median), high = std::max(high, cell->median);
  if (low > high) return "-";
  return low < high ? fmt::format("{:.4g}..{:.4g}", low, high) : fmt::format("{:.6g}", low);
}

std::string render_emulated_block(const PlacementBlock& block, const ResultSet& set,
                                  std::size_t width) {
  std::string text = proven_table(block, set);
  for (const auto& cpu : modelled_cpus(set)) {
    text += fmt::format("\nModel of {}, per read, at stride (bytes):\n", cpu.name);
    const PlacementTable figures[] = {placement_table(set, cpu.prefix + "l1d_miss"),
                                      placement_table(set, cpu.prefix + "synonym_miss")};
    constexpr const char* kHeadings[] = {"L1D misses", "synonyms"};
    text += by_stride(block, figures, kHeadings, width);
  }
  for (const auto& key : emulated_counts(set)) {
    const auto figure = placement_table(set, key);
    if (figure.find(block) == nullptr) continue;
    text +=
        fmt::format("\n{}, at stride (bytes):\n", shorten(figure.metric.description, width / 2));
    text += by_stride(block, {&figure, 1}, {}, width);
  }
  return text;
}

std::string emulated_footnote(const ResultSet& set) {
  std::string text = "colours: after so many pages the frames come round again; -: they do not. ";
  if (!modelled_cpus(set).empty())
    text +=
        "Misses are those of a model of the CPU, fed with these frames and walks; synonyms: the "
        "line was "
        "there under another address. ";
  if (!emulated_counts(set).empty())
    text += "Emulated PMU: the emulator's own counts, no hardware's. ";
  return text;
}

}  // namespace zp::analysis
