// SPDX-License-Identifier: MIT
// Words of enumerators.
#pragma once

#include <cstddef>
#include <string_view>

namespace zp {

// The enumerator's word: `words` has one for each, in the order of the enum, which counts from 0.
template <class Enum, std::size_t N>
constexpr std::string_view word_for(Enum value, const std::string_view (&words)[N]) {
  const auto place = static_cast<std::size_t>(value);
  return place < N ? words[place] : std::string_view("?");
}

}  // namespace zp
