// SPDX-License-Identifier: MIT
#include "harness/counters/event.hpp"

#include <algorithm>

#include "harness/support/text.hpp"

namespace zp {

std::vector<EventTerm> terms_of(const Event& event) {
  std::vector<EventTerm> terms;
  bool subtract = false;
  for (const std::string& word : split(event.expression, ' ')) {
    if (word == "+" || word == "-")
      subtract = word == "-";
    else
      terms.push_back({subtract, word});
  }
  return terms;
}

std::optional<std::uint64_t> evaluate(const Event& event, std::span<const std::string> names,
                                      std::span<const std::uint64_t> values) {
  std::uint64_t sum = 0, subtracted = 0;
  for (const EventTerm& term : terms_of(event)) {
    const auto at = std::ranges::find(names, term.name);
    if (at == names.end()) return std::nullopt;
    (term.subtract ? subtracted : sum) += values[static_cast<std::size_t>(at - names.begin())];
  }
  if (subtracted > sum) return std::nullopt;
  return sum - subtracted;
}

}  // namespace zp
