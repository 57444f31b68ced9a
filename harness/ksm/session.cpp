// SPDX-License-Identifier: MIT
#include "harness/ksm/session.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "harness/host/system_calls.hpp"
#include "harness/host/zram_swap.hpp"
#include "harness/ksm/foreign.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

Outcome<void> write_named(const Roots& roots, std::string_view name, const std::string& value) {
  return write_knob(roots, *find_knob(name), value);
}

// run=2 does nothing when run is 2 already, so 0 goes before it (mm/ksm.c, run_store).
Outcome<void> unshare_everything(const Roots& roots) {
  if (auto stopped = write_named(roots, "ksm.run", "0"); !stopped) return stopped;
  return write_named(roots, "ksm.run", "2");
}

bool is_added(std::string_view name) {
  return name == kZramSwap || name == kMemoryGroup;
}

Outcome<void> remove_added(const Roots& roots, std::string_view name, const std::string& value) {
  return name == kMemoryGroup ? remove_memory_group(value)
                              : remove_zram_swap(roots, parse_number(value).value_or(0));
}

// Writes the values in reverse order of their first change; ksm.run goes last. Where that was
// changed ksmd ran for us, and with `unshare` nothing of its merging is to stay.
Outcome<void> write_back(const Roots& roots, const KnobValues& values, bool unshare) {
  unshare &= std::any_of(values.begin(), values.end(),
                         [](const auto& entry) { return entry.first == "ksm.run"; });
  Outcome<void> outcome;
  const auto keep_first_error = [&outcome](Outcome<void> step) {
    if (outcome && !step) outcome = std::move(step);
  };
  if (unshare) keep_first_error(unshare_everything(roots));
  std::optional<std::string> run;
  for (auto entry = values.rbegin(); entry != values.rend(); ++entry) {
    if (entry->first == "ksm.run") {
      run = entry->second;
      continue;
    }
    if (is_added(entry->first)) {
      keep_first_error(remove_added(roots, entry->first, entry->second));
      continue;
    }
    const Knob& knob = *find_knob(entry->first);
    if (read_knob(roots, knob) != entry->second)
      keep_first_error(write_knob(roots, knob, entry->second));
  }
  if (run && read_knob(roots, *find_knob("ksm.run")) != *run)
    keep_first_error(write_named(roots, "ksm.run", *run));
  return outcome;
}

// "PID 4711 (zpbench)"; of a process that this one does not see (in another PID namespace) "it".
std::string holder_of_lock(const Roots& roots, int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return "it";
  // "3: FLOCK  ADVISORY  WRITE 4711 00:15:2123 0 EOF" (fs/locks.c, lock_get_status)
  const std::string inode =
      fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
  std::string holder = "it";
  static_cast<void>(for_each_line(roots.proc + "/locks", [&](std::string_view line) {
    const auto words = split(line, ' ');
    if (words.size() < 6 || words[1] != "FLOCK" || words[5] != inode) return true;
    if (const auto pid = parse_number(words[4]).value_or(0); pid != 0)
      holder = fmt::format("PID {} ({})", pid,
                           read_trimmed(fmt::format("{}/{}/comm", roots.proc, pid)).value_or("?"));
    return false;
  }));
  return holder;
}

}  // namespace

Outcome<HostLock> HostLock::acquire(const Roots& roots) {
  for (const std::string_view name : {"ksm.run", "vm.max_map_count"}) {
    const std::string path = knob_path(roots, *find_knob(name));
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) continue;  // a kernel without KSM
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return HostLock(std::move(fd));
    if (errno != EWOULDBLOCK)
      return fail(ExitCode::kCannotRun, "cannot take the lock that keeps two runs apart, on {}: {}",
                  path, describe_call(roots, "flock", errno));
    return fail(ExitCode::kCannotRun,
                "another zpbench is measuring on this machine ({} holds the lock on {}): wait for "
                "it, or stop it",
                holder_of_lock(roots, fd.get()), path);
  }
  return fail(ExitCode::kCannotRun,
              "cannot lock: neither {0}/kernel/mm/ksm nor {1}/sys/vm is there", roots.sys,
              roots.proc);
}

Outcome<std::size_t> restore_from_journal(const Roots& roots) {
  const Journal journal(roots);
  const auto values = journal.read();
  if (!values) return tl::make_unexpected(values.error());
  // Since that run was killed others may have begun to use KSM. Knobs that can't be written while
  // pages are merged (max_page_sharing, merge_across_nodes) then wait for them.
  const auto foreign = values->empty() ? std::vector<ForeignProcess>{} : find_foreign_merged(roots);
  if (auto written = write_back(roots, *values, foreign.empty()); !written)
    return fail(ExitCode::kCannotRun, "{}{} (the journal {} is kept)", written.error().message,
                foreign.empty() ? ""
                                : fmt::format("; KSM has merged memory of {}, which is not undone "
                                              "here: try again when they have ended",
                                              describe(foreign)),
                journal.path());
  journal.remove();
  return values->size();
}

KsmSession::~KsmSession() {
  if (auto restored = restore(); !restored)
    print_to(stderr, fmt::format("zpbench: {}\n", restored.error().message));
}

bool KsmSession::has(std::string_view knob) const {
  return read_knob(roots_, *find_knob(knob)).has_value();
}

Outcome<void> KsmSession::set(std::string_view name, const std::string& value) {
  const Knob& knob = *find_knob(name);
  const auto now = read_knob(roots_, knob);
  if (!now) return fail(ExitCode::kCannotRun, "this kernel has no {}", knob_path(roots_, knob));
  if (*now == value) return {};
  const bool known = std::any_of(found_.begin(), found_.end(),
                                 [&](const auto& entry) { return entry.first == name; });
  if (!known)
    if (auto remembered = remember(name, *now); !remembered) return remembered;
  return write_knob(roots_, knob, value);
}

Outcome<void> KsmSession::remember(std::string_view name, const std::string& value) {
  auto added = journal_.add(std::string(name), value);
  if (added) found_.emplace_back(name, value);
  return added;
}

Outcome<void> KsmSession::unmerge_all() {
  // Through set(), so that run is journaled before it is changed.
  if (auto stopped = set("ksm.run", "0"); !stopped) return stopped;
  if (auto unmerged = set("ksm.run", "2"); !unmerged) return unmerged;
  if (auto stopped = set("ksm.run", "0"); !stopped) return stopped;
  if (const auto shared = read_ksm_figure(roots_, "pages_shared"); shared.value_or(0) != 0)
    return fail(
        ExitCode::kCannotRun,
        "KSM still shares {} frames after run=2; see dmesg for memory that can't be unmerged",
        *shared);
  return {};
}

Outcome<std::uint64_t> KsmSession::add_swap(std::uint64_t bytes) {
  if (auto reason = why_no_zram_swap(roots_)) return fail(ExitCode::kCannotRun, "{}", *reason);
  const std::uint64_t expected = next_zram_device(roots_);
  if (auto added = remember(kZramSwap, std::to_string(expected)); !added)
    return tl::make_unexpected(added.error());
  const auto device = add_zram_device(roots_);
  if (!device) return device;
  if (*device != expected) {  // somebody else has just taken that
    found_.pop_back();
    if (auto added = remember(kZramSwap, std::to_string(*device)); !added) {
      static_cast<void>(remove_zram_device(roots_, *device));
      return tl::make_unexpected(added.error());
    }
  }
  if (auto on = swap_on_zram(roots_, *device, bytes); !on) return tl::make_unexpected(on.error());
  return device;
}

Outcome<void> KsmSession::remove_swap() {
  return remove_all(kZramSwap);
}

Outcome<void> KsmSession::enter_group(const MemoryGroup& group) {
  if (auto added = remember(kMemoryGroup, group.group); !added) return added;
  return enter_memory_group(group);
}

Outcome<void> KsmSession::leave_group(const MemoryGroup& group) {
  const auto left = leave_memory_group(group);
  auto removed = remove_all(kMemoryGroup);
  return removed ? left : removed;
}

Outcome<void> KsmSession::remove_all(std::string_view added) {
  KnobValues kept;
  Outcome<void> outcome;
  for (auto& entry : std::exchange(found_, {}))
    if (entry.first != added)
      kept.push_back(std::move(entry));
    else if (auto removed = remove_added(roots_, added, entry.second); !removed) {
      outcome = std::move(removed);
      kept.push_back(std::move(entry));
    }
  found_ = std::move(kept);
  if (found_.empty()) journal_.remove();
  return outcome;
}

Outcome<void> KsmSession::restore() {
  if (found_.empty()) return {};
  const auto outcome = write_back(roots_, found_, true);
  found_.clear();
  if (!outcome)
    return fail(outcome.error().code, "{} (the journal {} is kept; try zpbench --restore)",
                outcome.error().message, journal_.path());
  journal_.remove();
  return {};
}

}  // namespace zp
