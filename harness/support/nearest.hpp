// SPDX-License-Identifier: MIT
// "unknown X 'z31'; did you mean z13, z14?": the names closest to what was typed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zp {

// How many letters to add, drop, change or swap with their neighbour to get from one to the other
// (the optimal string alignment distance; Damerau 1964).
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) rows[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  return rows[a.size()][b.size()];
}

// Up to three names, the closest first, joined by ", "; empty when none is close (more than half
// of the word would have to change).
template <class Name>
std::string nearest(std::string_view word, std::span<const Name> names) {
  constexpr std::size_t kLongest = 64;  // nobody mistypes more, and the distance is quadratic
  std::vector<std::pair<std::size_t, std::string_view>> close;
  if (word.size() > kLongest) return {};
  for (const std::string_view name : names) {
    const std::size_t distance = edit_distance(word, name);
    if (2 * distance <= std::max(word.size(), name.size())) close.emplace_back(distance, name);
  }
  std::ranges::stable_sort(close, {}, [](const auto& name) { return name.first; });
  std::string text;
  for (std::size_t i = 0; i < close.size() && i < 3; ++i)
    text.append(i == 0 ? "" : ", ").append(close[i].second);
  return text;
}

}  // namespace zp
