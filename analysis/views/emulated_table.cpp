// SPDX-License-Identifier: MIT
#include "analysis/views/emulated_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/text/text_table.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kStridesAtATime = 4;

std::string share_text(const PlacementRow* row) {
  std::string text = one_figure(row);
  return text == "1" ? "all" : text == "0" ? "none" : text;
}

std::string misses_text(const PlacementRow* row, std::size_t stride) {
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
    table.add_row({row.placement, row.frames.empty() ? "?" : row.frames,
                   one_figure(row_of(colours, block, row.placement)),
                   share_text(row_of(zero, block, row.placement)),
                   share_text(row_of(ksm, block, row.placement))});
  return table.text();
}

// Strides first..last of one CPU.
TextTable model_table(const PlacementBlock& block, const ModelledCpu& cpu, const ResultSet& set,
                      std::size_t first, std::size_t last) {
  const PlacementTable figures[] = {placement_table(set, cpu.prefix + "l1d_miss"),
                                    placement_table(set, cpu.prefix + "synonym_miss")};
  const std::size_t columns = last - first;
  TextTable table(1, columns * 2 > 6 ? 1 : 2);
  table.add_heading("L1D misses", 1, columns);
  table.add_heading("synonyms", columns + 1, 2 * columns);
  std::vector<std::string> head{"placement"};
  for (int i = 0; i < 2; ++i)
    head.insert(head.end(), block.strides.begin() + static_cast<std::ptrdiff_t>(first),
                block.strides.begin() + static_cast<std::ptrdiff_t>(last));
  table.add_row(head);
  table.add_rule();
  for (const auto& row : block.rows) {
    std::vector<std::string> line{row.placement};
    for (const auto& figure : figures)
      for (auto stride = first; stride < last; ++stride)
        line.push_back(misses_text(row_of(figure, block, row.placement), stride));
    table.add_row(line);
  }
  return table;
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
  std::sort(cpus.begin(), cpus.end(),
            [](const auto& a, const auto& b) { return natural_less(a.name, b.name); });
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
    for (std::size_t first = 0; first < block.strides.size();) {
      auto last = std::min(first + kStridesAtATime, block.strides.size());
      while (last > first + 1 && model_table(block, cpu, set, first, last).width() > width) --last;
      text += (first == 0 ? "" : "\n") + model_table(block, cpu, set, first, last).text();
      first = last;
    }
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
  return text;
}

}  // namespace zp::analysis
