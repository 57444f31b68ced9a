// SPDX-License-Identifier: MIT
#include "harness/support/terminal.hpp"

#include <fmt/format.h>

namespace zp {

std::string terminal_text(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\n' || (c >= ' ' && c <= '~'))
      safe += c;
    else
      safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return safe;
}

}  // namespace zp
