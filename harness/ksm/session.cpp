// SPDX-License-Identifier: MIT
#include "harness/ksm/session.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "harness/host/system_calls.hpp"
#include "harness/host/zram_swap.hpp"
#include "harness/ksm/foreign.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/support/terminal.hpp"
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
  unshare &=
      std::ranges::any_of(values, [](const auto& entry) { return entry.first == "ksm.run"; });
  Outcome<void> outcome;
  const auto keep_first_error = [&outcome](Outcome<void> step) {
    if (outcome && !step) outcome = std::move(step);
  };
  if (unshare) keep_first_error(unshare_everything(roots));
  // While the advisor is on the kernel takes no pages_to_scan (mm/ksm.c), and a row may have set it
  // as it was found.
  const Knob& advisor = *find_knob("ksm.advisor_mode");
  const bool advised =
      std::ranges::any_of(values, [&](const auto& entry) { return entry.first == advisor.name; });
  if (advised && read_knob(roots, advisor) != "none")
    keep_first_error(write_knob(roots, advisor, "none"));
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

struct LockFile {
  std::string path;
  Fd fd;
};

Outcome<LockFile> open_lock_file(const Roots& roots) {
  for (const std::string_view name : {"ksm.run", "vm.max_map_count"}) {
    std::string path = knob_path(roots, *find_knob(name));
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd) return LockFile{std::move(path), std::move(fd)};
    // The next file is for kernels without KSM. Locked because this one can't be opened just now,
    // it would keep nobody out.
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
      return fail(ExitCode::kCannotRun, "cannot open {}, whose lock keeps two runs apart: {}", path,
                  errno_text(errno));
  }
  return fail(ExitCode::kCannotRun,
              "cannot lock: neither {0}/kernel/mm/ksm nor {1}/sys/vm is there", roots.sys,
              roots.proc);
}

// A process that this one does not see (in another PID namespace) has no name.
struct Holder {
  std::uint64_t pid = 0;
  std::string command;
};

Holder holder_of(const Roots& roots, const LockFile& file) {
  Holder holder;
  struct stat status {};
  if (::fstat(file.fd.get(), &status) != 0) return holder;
  // "3: FLOCK  ADVISORY  WRITE 4711 00:15:2123 0 EOF" (fs/locks.c, lock_get_status)
  const std::string inode =
      fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
  static_cast<void>(for_each_line(roots.proc + "/locks", [&](std::string_view line) {
    const auto words = split(line, ' ');
    if (words.size() < 6 || words[1] != "FLOCK" || words[5] != inode) return true;
    holder.pid = parse_number(words[4]).value_or(0);
    if (holder.pid != 0)
      holder.command = terminal_text(
          read_trimmed(fmt::format("{}/{}/comm", roots.proc, holder.pid)).value_or("?"));
    return false;
  }));
  return holder;
}

std::string who_holds(const Roots& roots, const LockFile& file) {
  const auto [pid, command] = holder_of(roots, file);
  const std::string who = pid == 0 ? "it" : fmt::format("PID {} ({})", pid, command);
  if (pid == 0 || command.starts_with("zpbench"))
    return fmt::format(
        "another zpbench is measuring on this machine ({} holds the lock on {}): wait for it, or "
        "stop it",
        who, file.path);
  return fmt::format("{} holds the lock on {}, which keeps two runs apart: wait for it, or stop it",
                     who, file.path);
}

}  // namespace

Outcome<HostLock> HostLock::acquire(const Roots& roots) {
  auto file = open_lock_file(roots);
  if (!file) return fail(file);
  if (::flock(file->fd.get(), LOCK_EX | LOCK_NB) == 0) return HostLock(std::move(file->fd));
  if (errno == EWOULDBLOCK) return fail(ExitCode::kCannotRun, "{}", who_holds(roots, *file));
  return fail(ExitCode::kCannotRun, "cannot take the lock that keeps two runs apart, on {}: {}",
              file->path, describe_call(roots, "flock", errno));
}

std::optional<std::string> HostLock::held_by_another(const Roots& roots) {
  const auto file = open_lock_file(roots);
  if (!file || ::flock(file->fd.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return std::nullopt;
  return who_holds(roots, *file);
}

Outcome<std::size_t> restore_from_journal(const Roots& roots) {
  const Journal journal(roots);
  const auto left = journal.read();
  if (!left) return fail(left);
  const KnobValues& values = left->values;
  if (left->of_another_boot)
    print_to(stderr,
             fmt::format("zpbench: {} is from an earlier boot, whose knobs are gone: nothing "
                         "to restore\n",
                         journal.path()));
  // Since that run was killed others may have begun to use KSM. Knobs that can't be written while
  // pages are merged (max_page_sharing, merge_across_nodes) then wait for them.
  const auto foreign = values.empty() ? std::vector<ForeignProcess>{} : find_foreign_merged(roots);
  if (auto written = write_back(roots, values, foreign.empty()); !written)
    return fail(ExitCode::kCannotRun, "{}{} (the journal {} is kept)", written.error().message,
                foreign.empty() ? ""
                                : fmt::format("; KSM has merged memory of {}, which is not undone "
                                              "here: try again when they have ended",
                                              process_names(foreign)),
                journal.path());
  journal.remove();
  return values.size();
}

KsmSession::~KsmSession() {
  if (auto restored = restore(); !restored)
    print_to(stderr, fmt::format("zpbench: {}\n", restored.error().message));
}

bool KsmSession::has(std::string_view knob) const {
  return read_knob(roots_, *find_knob(knob)).has_value();
}

std::optional<std::string> KsmSession::found(std::string_view knob) const {
  for (const auto& [name, value] : found_)
    if (name == knob) return value;
  return read_knob(roots_, *find_knob(knob));
}

Outcome<void> KsmSession::set(std::string_view name, const std::string& value) {
  const Knob& knob = *find_knob(name);
  const auto now = read_knob(roots_, knob);
  if (!now || !can_have(knob, *now)) {
    const std::string path = knob_path(roots_, knob);
    return ::access(path.c_str(), F_OK) == 0
               ? fail(ExitCode::kCannotRun, "{} holds no value that could be put back", path)
               : fail(ExitCode::kCannotRun, "this kernel has no {}", path);
  }
  if (*now == value) return {};
  const bool known =
      std::ranges::any_of(found_, [&](const auto& entry) { return entry.first == name; });
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
  if (auto added = remember(kZramSwap, std::to_string(expected)); !added) return fail(added);
  const auto device = add_zram_device(roots_);
  if (!device) return device;
  if (*device != expected) {  // somebody else has just taken that
    found_.pop_back();
    if (auto added = remember(kZramSwap, std::to_string(*device)); !added) {
      static_cast<void>(remove_zram_device(roots_, *device));
      return fail(added);
    }
  }
  if (auto on = swap_on_zram(roots_, *device, bytes); !on) return fail(on);
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
