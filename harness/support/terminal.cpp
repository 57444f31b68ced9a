// SPDX-License-Identifier: MIT
#include "harness/support/terminal.hpp"

#include <algorithm>

#include "harness/support/wrap.hpp"

namespace zp {

std::string terminal_text(std::string_view text) {
  std::string safe;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    safe += printable(text.substr(begin, end - begin));
    if (end < text.size()) safe += '\n';
    begin = end + 1;
  }
  return safe;
}

}  // namespace zp
