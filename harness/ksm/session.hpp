// SPDX-License-Identifier: MIT
// The KSM session: the only way this suite changes a knob, adds swap or makes a control group. It
// locks, journals what it found, changes, and puts everything back, whatever happens in between.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/host/memory_group.hpp"
#include "harness/ksm/journal.hpp"
#include "harness/support/file.hpp"

namespace zp {

// Keeps two runs on one machine apart: both would change the same knobs and disturb each other's
// times. The lock is on a kernel file, which containers see as well, unless they mount a sysfs of a
// network namespace of their own.
class HostLock {
 public:
  // Errors: kCannotRun when somebody else holds it.
  static Outcome<HostLock> acquire(const Roots& roots);

  // Who holds it, in a sentence; nothing where nobody does, or that can't be told.
  static std::optional<std::string> held_by_another(const Roots& roots);

 private:
  explicit HostLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

// Puts back what a killed run left, under the caller's lock. Gives how many knobs were restored.
Outcome<std::size_t> restore_from_journal(const Roots& roots);

class KsmSession {
 public:
  // The caller holds the HostLock and has restored what the journal held.
  explicit KsmSession(const Roots& roots) : roots_(roots), journal_(roots) {}
  KsmSession(const KsmSession&) = delete;
  KsmSession& operator=(const KsmSession&) = delete;
  ~KsmSession();  // restores, and reports on stderr what it could not

  // Journals the value found (the first time), then changes the knob; writes nothing where it
  // already has the value. Errors: kCannotRun; also where this kernel has no such knob.
  Outcome<void> set(std::string_view knob, const std::string& value);
  [[nodiscard]] bool has(std::string_view knob) const;
  // What it was before this session changed it; nothing where this kernel has no such knob.
  [[nodiscard]] std::optional<std::string> found(std::string_view knob) const;

  // Stops ksmd and undoes every merge (run=2), so that knobs that need it can be changed and no
  // frame of an earlier table captures the pages of the next. On kernels before 6.6 zero pages that
  // KSM placed stay until they are unmapped or written.
  Outcome<void> unmerge_all();

  // Adds a swap area of so many bytes, in zram of our own and used before every other; gives the
  // number of its device. Journaled before it is made. Errors: kCannotRun.
  Outcome<std::uint64_t> add_swap(std::uint64_t bytes);
  // Brings back what is swapped out there, and removes it.
  Outcome<void> remove_swap();

  // Makes a control group and moves this process there; journaled before it is made. Errors:
  // kCannotRun.
  Outcome<void> enter_group(const MemoryGroup& group);
  // Moves it back, and removes the group.
  Outcome<void> leave_group(const MemoryGroup& group);

  // Puts every knob back, in reverse order, removes what was added and the journal. Does nothing
  // the second time.
  Outcome<void> restore();

  [[nodiscard]] const Roots& roots() const { return roots_; }

 private:
  Outcome<void> remember(std::string_view name, const std::string& value);
  Outcome<void> remove_all(std::string_view added);

  Roots roots_;
  Journal journal_;
  KnobValues found_;
};

}  // namespace zp
