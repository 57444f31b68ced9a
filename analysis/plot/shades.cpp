// SPDX-License-Identifier: MIT
#include "analysis/plot/shades.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace zp::analysis {
namespace {

// "#dddddd" of what gnuplot writes as '#dddddd', '#DDDDDD' or 'rgb(221, 221, 221)'.
std::string colour_as_hex(std::string colour) {
  unsigned red = 0, green = 0, blue = 0;
  if (std::sscanf(colour.c_str(), "rgb(%u ,%u ,%u )", &red, &green, &blue) == 3)
    return fmt::format("#{:02x}{:02x}{:02x}", red, green, blue);
  for (char& c : colour)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  return colour;
}

std::string shade_variables(Theme theme) {
  const auto [paper, ink, grid] = shades_of(theme);
  return fmt::format(":root{{--paper:{};--ink:{};--grid:{}}}", paper, ink, grid);
}

}  // namespace

Shades shades_of(Theme theme) {
  return theme == Theme::kLight ? Shades{"#ffffff", "#222222", "#dddddd"}
                                : Shades{"#16181d", "#e6e6e6", "#3a3f47"};
}

std::string follow_colour_scheme(std::string_view svg) {
  const auto light = shades_of(Theme::kLight);
  const std::array<std::pair<std::string_view, const char*>, 3> names{
      {{light.paper, "var(--paper)"}, {light.ink, "var(--ink)"}, {light.grid, "var(--grid)"}}};
  const auto root = svg.find("<svg");
  const auto start = root == svg.npos ? root : svg.find('>', root);
  if (start == svg.npos) return std::string(svg);
  std::string text(svg.substr(0, start + 1));
  text += "<style>" + shade_variables(Theme::kLight) + "@media (prefers-color-scheme:dark){" +
          shade_variables(Theme::kDark) + "}</style>";
  // Only what is quoted is an attribute: text never holds a quote (plot_text()).
  for (std::size_t at = start + 1; at < svg.size();) {
    const auto open = std::min(svg.find_first_of("'\"", at), svg.size());
    const auto close = open == svg.size() ? svg.npos : svg.find(svg[open], open + 1);
    if (close == svg.npos) return text.append(svg.substr(at));
    const auto value = svg.substr(open + 1, close - open - 1);
    text += svg.substr(at, open + 1 - at);
    const bool colour = value.starts_with("rgb(") || value.starts_with('#');
    const auto hex = colour ? colour_as_hex(std::string(value)) : std::string();
    const char* name = nullptr;
    for (const auto& [shade, variable] : names)
      if (hex == shade) name = variable;
    text += name != nullptr ? std::string_view(name) : value;
    text += svg[open];
    at = close + 1;
  }
  return text;
}

}  // namespace zp::analysis
