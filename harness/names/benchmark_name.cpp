// SPDX-License-Identifier: MIT
#include "harness/names/benchmark_name.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/support/text.hpp"

namespace zp {
namespace {

constexpr std::array<std::string_view, 4> kRunSettings{"repeats", "iterations", "min_time",
                                                       "min_warmup_time"};
constexpr std::array<std::string_view, 3> kClocks{"real_time", "manual_time", "process_time"};

// Calls `visit` with each '/'-separated segment; the first one is the family.
template <class Visit>
void for_each_segment(std::string_view text, Visit visit) {
  for (std::size_t begin = 0;;) {
    const auto end = text.find('/', begin);
    visit(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) return;
    begin = end + 1;
  }
}

bool is_run_setting(std::string_view segment) {
  const auto colon = segment.find(':');
  return colon != std::string_view::npos &&
         std::ranges::find(kRunSettings, segment.substr(0, colon)) != kRunSettings.end();
}

}  // namespace

std::optional<std::string_view> BenchmarkName::find(std::string_view key) const& {
  for (const auto& part : parts)
    if (part.key == key) return part.value;
  return std::nullopt;
}

BenchmarkName parse_name(std::string_view text) {
  BenchmarkName name;
  bool first = true;
  int arguments = 0;
  for_each_segment(text, [&](std::string_view segment) {
    if (std::exchange(first, false)) {
      name.family = segment;
      return;
    }
    const auto colon = segment.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      name.parts.push_back({"arg" + std::to_string(++arguments), std::string(segment), true});
    } else {
      name.parts.push_back(
          {std::string(segment.substr(0, colon)), std::string(segment.substr(colon + 1))});
    }
  });
  return name;
}

std::string to_text(const BenchmarkName& name) {
  std::string text = name.family;
  for (const auto& part : name.parts) text += '/' + (part.bare ? "" : part.key + ':') + part.value;
  return text;
}

std::string cell_name(std::string_view text) {
  std::string name;
  name.reserve(text.size());
  bool first = true;
  for_each_segment(text, [&](std::string_view segment) {
    const bool family = std::exchange(first, false);
    if (!family && is_run_setting(segment)) return;
    if (!family) name += '/';
    name += segment;
  });
  return name;
}

bool is_clock_part(const NamePart& part) {
  return part.bare && std::ranges::find(kClocks, part.value) != kClocks.end();
}

bool natural_less(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i, ++j;
      continue;
    }
    // Two runs of digits: without leading zeros the longer one is the larger number.
    while (i < a.size() && a[i] == '0') ++i;
    while (j < b.size() && b[j] == '0') ++j;
    std::size_t a_end = i;
    std::size_t b_end = j;
    while (a_end < a.size() && is_digit(a[a_end])) ++a_end;
    while (b_end < b.size() && is_digit(b[b_end])) ++b_end;
    if (a_end - i != b_end - j) return a_end - i < b_end - j;
    const int order = a.substr(i, a_end - i).compare(b.substr(j, b_end - j));
    if (order != 0) return order < 0;
    i = a_end, j = b_end;
  }
  if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
  return a < b;  // "01" and "1": a total order all the same
}

}  // namespace zp
