// SPDX-License-Identifier: MIT
// What others wrote (options, matrices, paths, names of processes) on its way to a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace zp {

// Harmless ASCII: bytes other than printable ones and the newline as \x1b.
std::string terminal_text(std::string_view text);

// Whether the descriptor is a terminal that understands escapes, and (wants_colour) whoever sits
// there has not said NO_COLOR (https://no-color.org).
bool understands_escapes(int descriptor);
bool wants_colour(int descriptor);

// Its width: 80 where it does not say.
std::size_t terminal_columns(int descriptor);

}  // namespace zp
