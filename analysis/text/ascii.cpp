// SPDX-License-Identifier: MIT
#include "analysis/text/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace zp::analysis {

std::string shorten(std::string_view text, std::size_t width) {
  auto safe = printable(text);
  if (safe.size() <= width) return safe;
  if (width < 5) return safe.substr(0, width);
  const auto tail = (width - 2) / 2;
  return safe.substr(0, width - 2 - tail) + ".." + safe.substr(safe.size() - tail);
}

namespace {

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whether a label that lost its end is what another text begins with: the end is what differs.
bool hides_an_end(const std::vector<std::string>& texts, const std::vector<std::string>& heads) {
  const std::set<std::string_view> sorted(texts.begin(), texts.end());
  for (std::size_t i = 0; i < heads.size(); ++i) {
    if (heads[i] == texts[i]) continue;
    const auto kept = std::string_view(heads[i]).substr(0, heads[i].size() - 2);
    for (auto it = sorted.lower_bound(kept); it != sorted.end() && it->starts_with(kept); ++it)
      if (*it != texts[i]) return true;
  }
  return false;
}

// Whether each label stands for one text alone.
bool told_apart(const std::vector<std::string>& texts, const std::vector<std::string>& labels) {
  std::map<std::string_view, std::string_view> text_of;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (text_of.emplace(labels[i], texts[i]).first->second != texts[i]) return false;
  return true;
}

// Numbers where a label stands for several texts.
std::vector<std::string> numbered(const std::vector<std::string>& texts,
                                  const std::vector<std::string>& labels, std::size_t width) {
  std::map<std::string_view, std::set<std::string_view>> texts_of;
  for (std::size_t i = 0; i < labels.size(); ++i) texts_of[labels[i]].insert(texts[i]);
  std::set<std::string> taken(labels.begin(), labels.end());
  std::map<std::string_view, std::string> label_of;
  std::vector<std::string> all = labels;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (texts_of[labels[i]].size() < 2) continue;
    auto& label = label_of[texts[i]];
    for (auto n = i + 1; label.empty(); n += labels.size()) {
      const auto number = fmt::format("#{}", n);
      auto fresh = labels[i].substr(0, width - std::min(width, number.size())) + number;
      if (taken.insert(fresh).second) label = std::move(fresh);
    }
    all[i] = label;
  }
  return all;
}

// How much all texts begin with, up to where a word of one of them starts.
std::size_t common_start(const std::vector<std::string>& texts) {
  const auto& first = texts.front();
  auto length = first.size();
  for (const auto& text : texts)
    length = std::min(
        length, static_cast<std::size_t>(
                    std::mismatch(first.begin(), first.end(), text.begin(), text.end()).first -
                    first.begin()));
  while (length > 0 && is_word(first[length - 1])) --length;
  return length;
}

}  // namespace

std::vector<std::string> fold(std::string_view text, std::size_t width) {
  constexpr std::size_t kIndent = 2;
  const auto safe = printable(text);
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < safe.size() || lines.empty();) {
    const auto indent = lines.empty() ? 0 : kIndent;
    const auto end = break_after(safe, begin, width - indent);
    lines.push_back(std::string(indent, ' ') + safe.substr(begin, end - begin));
    begin = end;
  }
  return lines;
}

std::vector<std::string> distinct_labels(const std::vector<std::string>& texts, std::size_t width,
                                         std::string (*shown)(std::string_view)) {
  std::vector<std::string> labels;
  bool too_long = false;
  for (const auto& text : texts) {
    labels.push_back(shown(text));
    too_long = too_long || labels.back().size() > width;
  }
  if (!too_long && told_apart(texts, labels)) return labels;
  const auto cut = [&](auto shorter) {
    auto shorts = labels;
    for (auto& label : shorts)
      if (label.size() > width) label = shorter(label);
    return shorts;
  };
  const auto head = [&](const std::string& label) { return label.substr(0, width - 2) + ".."; };
  if (const auto heads = cut(head); told_apart(texts, heads) && !hides_an_end(labels, heads))
    return heads;
  constexpr std::size_t kWorthIt = 4;
  if (const auto start = common_start(labels); labels.size() > 1 && start >= kWorthIt)
    for (auto& label : labels) label.replace(0, start, "..");
  auto reversed = labels;
  for (auto& label : reversed) std::ranges::reverse(label);
  if (const auto end = common_start(reversed); labels.size() > 1 && end >= kWorthIt)
    for (auto& label : labels)
      if (label.size() >= end + 2) label.replace(label.size() - end, end, "..");
  if (const auto heads = cut(head); told_apart(texts, heads)) return heads;
  const auto middles = cut([&](const std::string& label) { return shorten(label, width); });
  return told_apart(texts, middles) ? middles : numbered(texts, middles, width);
}

namespace {

constexpr int kMostDecimals = 6;

// Decimals that show `size` with `digits` significant digits after rounding: 9.999 is 10.0.
int decimals_for(double size, int digits) {
  // At the ends of a double's range the powers of ten below are 0 or infinite.
  if (!(size > 1e-290)) return 300;
  if (!(size < 1e290)) return 0;
  const double unit = std::pow(10, std::floor(std::log10(size)) - (digits - 1));
  const double rounded = std::round(size / unit) * unit * (1 + 1e-12);
  return std::max(0, digits - 1 - static_cast<int>(std::floor(std::log10(rounded))));
}

std::string significant(double value, int digits) {
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (!std::isfinite(value) || size >= 999999.5 || size < 0.00001)
    return fmt::format("{:.{}g}", value, digits);
  return fmt::format("{:.{}f}", value, decimals_for(size, digits));
}

}  // namespace

std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    widest = std::max(widest, end - begin);
    begin = end + 1;
  }
  return widest;
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string comma_list(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts)
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string three_digits(double value) {
  return significant(value, 3);
}

std::string four_digits(double value) {
  return significant(value, 4);
}

std::string aligned_number(double value, int decimals) {
  const double size = std::abs(value), places = std::pow(10, decimals);
  // A change of a few percent must be seen in it, and nobody reads ten digits.
  const bool hidden = value != 0 && size * places < 99.5;
  if (hidden && decimals >= kMostDecimals) return fmt::format("{:.3g}", value);
  if (size * places >= 1e9 || !std::isfinite(value)) return four_digits(value);
  return fmt::format("{:.{}f}", value, decimals);
}

int common_decimals(const std::vector<double>& values, int digits) {
  double smallest = 0;
  double largest = 0;
  for (const double value : values) {
    const double size = std::abs(value);
    if (size == 0 || !std::isfinite(size)) continue;
    smallest = smallest == 0 ? size : std::min(smallest, size);
    largest = std::max(largest, size);
  }
  if (largest == 0) return 0;
  return std::min(kMostDecimals,
                  std::max(decimals_for(largest, digits), decimals_for(smallest, digits - 1)));
}

}  // namespace zp::analysis
