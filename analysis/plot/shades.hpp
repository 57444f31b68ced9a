// SPDX-License-Identifier: MIT
// Paper, ink and grid of the pictures, in both themes.
#pragma once

#include <string>
#include <string_view>

namespace zp::analysis {

enum class Theme { kLight, kDark };

struct Shades {
  const char* paper;
  const char* ink;
  const char* grid;
};
Shades shades_of(Theme theme);

// A light picture of gnuplot's that turns dark where the reader's colour scheme is.
std::string follow_colour_scheme(std::string_view svg);

}  // namespace zp::analysis
