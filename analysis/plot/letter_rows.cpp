// SPDX-License-Identifier: MIT
#include "analysis/plot/letter_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/plot/plot_parts.hpp"
#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kLetterColumns = 74, kLongestRowLabel = 34;

struct LetterScale {
  double low, high;  // logarithms
  std::size_t columns;

  std::optional<std::size_t> column(double value) const {
    const double at = (std::log(value) - low) / (high - low) * static_cast<double>(columns - 1);
    if (!(at > -0.5 && at < static_cast<double>(columns) - 0.5)) return std::nullopt;
    return static_cast<std::size_t>(std::lround(at));
  }
};

std::vector<double> marked_values(const std::vector<LetterRow>& rows) {
  std::vector<double> values;
  for (const auto& row : rows)
    for (const auto& mark : row.marks) {
      values.push_back(mark.at);
      if (mark.interval) values.insert(values.end(), {mark.interval->low, mark.interval->high});
    }
  return values;
}

std::string letter_line(const LetterRow& row, const LetterScale& scale,
                        std::optional<double> guide) {
  std::string line(scale.columns, ' ');
  if (guide)
    if (const auto at = scale.column(*guide)) line[*at] = ':';
  for (const auto& mark : row.marks)
    if (mark.interval) {
      const auto from = *scale.column(mark.interval->low), to = *scale.column(mark.interval->high);
      std::fill(line.begin() + static_cast<std::ptrdiff_t>(from),
                line.begin() + static_cast<std::ptrdiff_t>(to) + 1, '-');
    }
  std::vector<bool> taken(scale.columns);
  for (const auto& mark : row.marks) {
    const auto at = *scale.column(mark.at);
    line[at] = taken[at] ? '*' : mark.letter;
    taken[at] = true;
  }
  return line;
}

// The axis and, below it, as many words as have room.
std::string letter_axis(const std::vector<AxisTic>& tics, const LetterScale& scale,
                        std::size_t indent) {
  std::string axis(scale.columns, '-'), words;
  for (const auto& tic : tics) {
    const auto at = scale.column(tic.at);
    if (!at) continue;
    axis[*at] = '+';
    const auto middle = indent + 1 + *at, half = tic.words.size() / 2;
    const auto start = middle > half ? middle - half : 0;
    if ((!words.empty() && start < words.size() + 1) || start + tic.words.size() > kLetterColumns)
      continue;
    words.resize(start, ' ');
    words += tic.words;
  }
  return std::string(indent, ' ') + "+" + axis + "\n" + words + "\n";
}

}  // namespace

LetterMark mark_of(const Summary& summary, char letter, double factor) {
  LetterMark mark{summary.median * factor, letter};
  if (summary.has_interval())
    mark.interval = {summary.interval.low * factor, summary.interval.high * factor};
  return mark;
}

std::string letter_rows(const std::string& key, const std::vector<LetterRow>& rows,
                        const std::vector<AxisTic>& tics, std::optional<double> guide) {
  auto values = marked_values(rows);
  if (guide) values.push_back(*guide);
  if (values.empty()) return {};
  const auto [least, most] = std::ranges::minmax_element(values);
  if (!(*least > 1e-290 && std::isfinite(*most))) return {};
  std::vector<std::string> labels;
  std::size_t widest = 0, remarks = 0;
  for (const auto& row : rows) {
    labels.push_back(row.marks.empty() ? row.label : shorten(row.label, kLongestRowLabel));
    if (!row.marks.empty()) widest = std::max(widest, labels.back().size());
    remarks = std::max(remarks, row.remark.size());
  }
  const LetterScale scale{std::log(*least / 1.03), std::log(*most * 1.03),
                          kLetterColumns - widest - 2 - (remarks > 0 ? remarks + 1 : 0)};
  std::string picture;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto line = rows[i].marks.empty()
                    ? shorten(labels[i], kLetterColumns)
                    : fmt::format("{:<{}} |{} {}", labels[i], widest,
                                  letter_line(rows[i], scale, guide), rows[i].remark);
    line.erase(line.find_last_not_of(' ') + 1);
    picture += line + "\n";
  }
  const bool meet = picture.find('*') != picture.npos;
  return paragraph(key + (meet ? ", * several" : ""), kLetterColumns) + "\n" + picture +
         letter_axis(tics, scale, widest + 1);
}

std::string letter_rows(const std::string& key, const std::vector<LetterRow>& rows,
                        std::optional<double> guide) {
  auto values = marked_values(rows);
  if (guide) values.push_back(*guide);
  std::vector<AxisTic> tics;
  if (!values.empty()) {
    const auto [least, most] = std::ranges::minmax_element(values);
    for (const double at : log_tics(*least, *most)) tics.push_back({at, fmt::format("{:g}", at)});
  }
  return letter_rows(key, rows, tics, guide);
}

}  // namespace zp::analysis
