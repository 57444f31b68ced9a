// SPDX-License-Identifier: MIT
// Progress on stderr: one line that is rewritten on a terminal; elsewhere a line per table, and one
// when nothing was said for half a minute.
#pragma once

#include <string>

#include "harness/support/clock.hpp"

namespace zp {

class Progress {
 public:
  Progress(std::size_t cells, bool quiet);
  ~Progress() { clear(); }

  // What is being done now; `lasting` lines are kept, also where stderr is not a terminal.
  void say(const std::string& text, bool lasting = false);
  void cell_done() { ++done_; }
  void clear();  // the rewritten line, before something else is printed

 private:
  [[nodiscard]] std::string prefix() const;  // "[12/68, 1 min 20 s left] "

  std::size_t cells_, done_ = 0;
  bool quiet_, terminal_, drawn_ = false;
  Clock::time_point start_, last_said_;
};

}  // namespace zp
