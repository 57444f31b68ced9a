// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <type_traits>

#include "harness/support/error.hpp"

namespace zp {

// The value whose word this is. Errors: kUsage, with all words.
template <auto... kValues>
auto parse_word(std::string_view text) -> Outcome<std::common_type_t<decltype(kValues)...>> {
  for (const auto value : {kValues...})
    if (to_string(value) == text) return value;
  const std::array words{to_string(kValues)...};
  return fail(ExitCode::kUsage, "'{}' is not one of {}", text, fmt::join(words, ", "));
}

}  // namespace zp
