// SPDX-License-Identifier: MIT
#include "bench/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "harness/support/file.hpp"
#include "harness/support/terminal.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

constexpr std::chrono::seconds kLongestSilence{30};

}  // namespace

Progress::Progress(std::size_t cells, bool quiet)
    : cells_(cells),
      quiet_(quiet),
      terminal_(understands_escapes(STDERR_FILENO)),
      start_(Clock::now()),
      last_said_(start_) {}

std::string Progress::prefix() const {
  const double elapsed = seconds_since(start_);
  // The first cells say little about the rest.
  if (done_ < 3 || elapsed < 2) return fmt::format("[{}/{}] ", done_, cells_);
  const double left = elapsed / static_cast<double>(done_) * static_cast<double>(cells_ - done_);
  return fmt::format("[{}/{}, {} left] ", done_, cells_, human_seconds(left));
}

void Progress::say(const std::string& text, bool lasting) {
  if (quiet_) return;
  if (terminal_) {
    std::string line = prefix() + text;
    // Of a line that went on in the next row only that row would be rewritten.
    if (!lasting) line.resize(std::min(line.size(), terminal_columns(STDERR_FILENO) - 1));
    print_to(stderr, fmt::format("\r\033[K{}{}", line, lasting ? "\n" : ""));
    drawn_ = !lasting;
  } else if (const auto now = Clock::now(); lasting || now - last_said_ >= kLongestSilence) {
    print_to(stderr, fmt::format("{}{}\n", prefix(), text));
    last_said_ = now;
  }
  std::fflush(stderr);
}

void Progress::clear() {
  if (drawn_) print_to(stderr, "\r\033[K");
  drawn_ = false;
}

}  // namespace zp
