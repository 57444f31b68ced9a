// SPDX-License-Identifier: MIT
#include "harness/support/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

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

bool understands_escapes(int descriptor) {
  const char* term = std::getenv("TERM");
  return ::isatty(descriptor) != 0 && term != nullptr && *term != '\0' &&
         std::string_view(term) != "dumb";
}

bool wants_colour(int descriptor) {
  const char* refused = std::getenv("NO_COLOR");
  return (refused == nullptr || *refused == '\0') && understands_escapes(descriptor);
}

std::size_t terminal_columns(int descriptor) {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 ? size.ws_col : 80;
}

}  // namespace zp
