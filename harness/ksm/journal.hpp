// SPDX-License-Identifier: MIT
// The journal: what each changed knob was, on disk before it is changed, and the swap area and the
// control group that were added, so that the next start can put everything back after a SIGKILL.
#pragma once

#include <string>
#include <string_view>

#include "harness/ksm/knobs.hpp"
#include "harness/support/error.hpp"

namespace zp {

// Stands in the journal among the knobs; its value is the number of a zram device of ours, to be
// removed (harness/host/zram_swap.hpp).
inline constexpr std::string_view kZramSwap = "swap.zram";
// The same, with the directory of a control group of ours (harness/host/memory_group.hpp).
inline constexpr std::string_view kMemoryGroup = "group.memory";

// Text form: a line "zpbench-journal 2", then one "name=value" per line, first the boot's id where
// the kernel reports it. A last line without its newline was being written when the process died:
// its knob was not yet changed.
class Journal {
 public:
  explicit Journal(const Roots& roots);

  // Appends and syncs; creates the file and its directory (mode 0700) when it is the first.
  Outcome<void> add(const std::string& knob, const std::string& value);

  // What is to be restored; no values where there is no journal, or all that it tells of went with
  // an earlier boot: /run is not always a file system in memory (a container's). A journal that
  // can't be read back is an error that says so: it is never deleted unread.
  struct Left {
    KnobValues values = {};
    bool of_another_boot = false;
  };
  [[nodiscard]] Outcome<Left> read() const;

  // With its directory: its existence tells a process that may not read it that knobs were left
  // changed.
  void remove() const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  [[nodiscard]] bool is_of_another_boot(const std::string& text) const;

  std::string directory_, path_;
  std::string boot_line_;  // "" where the kernel does not tell the boot's id
};

}  // namespace zp
