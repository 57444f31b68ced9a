// SPDX-License-Identifier: MIT
#include "harness/ksm/foreign.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "harness/host/child.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/ksm/process_counters.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"
#include "harness/support/terminal.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

enum class Registered { kNo, kYes, kNotLookedAt };

// Among the VmFlags of smaps (fs/proc/task_mmu.c, since 3.8): what was asked for.
constexpr const char *kMadvMergeable = " mg", *kMadvHugepage = " hg";

class SmapsReader {
 public:
  // Who may not write `knob` has nothing to leave alone.
  SmapsReader(const Roots& roots, const ForeignLimits& limits, const char* flag, const char* knob)
      : limits_(limits),
        flag_(flag),
        may_act_(::access(knob_path(roots, *find_knob(knob)).c_str(), W_OK) == 0) {}

  Registered look(const std::string& directory, const std::string& status) {
    if (number_field(status, "VmPTE:").value_or(0) > limits_.page_tables_kib)
      return Registered::kNotLookedAt;
    if (seconds_ >= limits_.seconds) return Registered::kNotLookedAt;
    const auto start = Clock::now();
    Registered found = Registered::kNo;
    std::uint64_t bytes = 0;
    const auto read = for_each_line(directory + "/smaps", [&](std::string_view line) {
      bytes += line.size() + 1;
      if (line.starts_with("VmFlags:") && line.find(flag_) != line.npos) found = Registered::kYes;
      if (found == Registered::kNo &&
          (bytes >= limits_.smaps_bytes || seconds_ + seconds_since(start) >= limits_.seconds))
        found = Registered::kNotLookedAt;
      return found == Registered::kNo;
    });
    // It has memory, and may not be read (root without CAP_SYS_PTRACE); or it is there, and says
    // nothing at all (hidepid=1, or something lies over it).
    const bool has_memory = status.empty() ? ::access(directory.c_str(), F_OK) == 0
                                           : number_field(status, "VmPTE:").has_value();
    if (!read && may_act_ && has_memory) found = Registered::kNotLookedAt;
    seconds_ += seconds_since(start);
    return found;
  }

 private:
  ForeignLimits limits_;
  const char* flag_;
  bool may_act_;
  double seconds_ = 0;
};

// A process's PID, where the directory's name is one.
std::optional<int> pid_of(const std::string& name) {
  return parse_whole<int>(name);
}

// As this /proc counts, which may be that of another PID namespace.
int own_pid(const Roots& roots) {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink(roots.proc + "/self", failed);
  return pid_of(self).value_or(::getpid());
}

std::string status_of(const std::string& directory) {
  return read_text_file(directory + "/status").value_or("");
}

// Started by this program, and not by what it was before an exec. In a container's /proc a child
// has other numbers than here; the last is that of its own PID namespace, which is ours.
bool is_own_child(int pid, const std::string& status, int own) {
  if (number_field(status, "PPid:") != static_cast<std::uint64_t>(own)) return false;
  const auto numbers = split(text_field(status, "NSpid:").value_or(""), '\t');
  return was_forked_here(numbers.empty() ? pid : parse_whole<int>(numbers.back()).value_or(pid));
}

// Below /proc, where the memory of a process is seen: after the main thread has ended
// (pthread_exit) only the others show it.
std::string where_seen(const Roots& roots, const std::string& pid, const std::string& status) {
  if (number_field(status, "Threads:").value_or(1) == 1 || number_field(status, "VmPTE:"))
    return pid;
  const std::string threads = pid + "/task/";
  std::error_code failed;
  auto entry = std::filesystem::directory_iterator(roots.proc + "/" + threads, failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed))
    if (number_field(status_of(entry->path()), "VmPTE:"))
      return threads + entry->path().filename().string();
  return pid;
}

// Whether this process is in the first namespace of that kind (include/linux/proc_ns.h).
bool in_first(const Roots& roots, const char* kind, std::uint64_t number) {
  std::error_code failed;
  const auto space = std::filesystem::read_symlink(roots.proc + "/self/ns/" + kind, failed);
  return failed || space == fmt::format("{}:[{}]", kind, number);
}

bool in_group(const Roots& roots, const std::string& gid) {
  const std::string status = status_of(roots.proc + "/self");
  const auto own = split(text_field(status, "Gid:").value_or(""), '\t');
  const auto others = split(text_field(status, "Groups:").value_or(""), ' ');
  return (!own.empty() && own.back() == gid) || std::ranges::find(others, gid) != others.end();
}

// As the uppermost mount there says. Members of its group, which is 0 where it names none, see all
// processes (has_pid_permissions() in fs/proc/base.c), but for hidepid=ptraceable (4).
bool hides_processes(const Roots& roots, bool first_user_namespace) {
  std::string hides, gid;
  static_cast<void>(for_each_line(roots.proc + "/self/mountinfo", [&](std::string_view line) {
    const auto fields = split(line, ' ');
    if (fields.size() <= 4 || fields[4] != roots.proc) return true;
    hides.clear(), gid = "0";
    for (const std::string& option : split(fields.back(), ',')) {
      if (option.starts_with("hidepid=")) hides = option.substr(8);
      if (option.starts_with("gid=")) gid = option.substr(4);
    }
    return true;
  }));
  const bool by_group = first_user_namespace && hides != "ptraceable" && hides != "4";
  return !hides.empty() && !(by_group && in_group(roots, gid));
}

// Whom this process would not see, and why; empty where it sees every process.
std::string whom_not_seen(const Roots& roots) {
  constexpr unsigned kCapSysPtrace = 19;
  if (!in_first(roots, "pid", 4026531836)) return "that this PID namespace does not show";
  const bool first = in_first(roots, "user", 4026531837);
  const bool may_look = first && (effective_capabilities(roots) >> kCapSysPtrace & 1) != 0;
  return may_look || !hides_processes(roots, first)
             ? ""
             : "that /proc hides (hidepid=, and CAP_SYS_PTRACE is lacking)";
}

// What is below /proc of another process: the name of its directory, and of where it is seen.
struct SeenProcess {
  std::string name, seen, status;  // the latter's
};

// Gives `see` every process but this one and what it started itself (a guest, a forked copy).
template <class See>
void for_each_foreign(const Roots& roots, See&& see) {
  const int own = own_pid(roots);
  std::error_code failed;
  auto entry = std::filesystem::directory_iterator(roots.proc, failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename();
    const auto pid = pid_of(name);
    if (!pid || *pid == own) continue;
    std::string status = status_of(entry->path());
    if (is_own_child(*pid, status, own)) continue;
    std::string seen = where_seen(roots, name, status);
    if (seen != name) status = status_of(roots.proc + "/" + seen);
    see(*pid, SeenProcess{name, std::move(seen), std::move(status)});
  }
}

std::string command_of(const Roots& roots, const SeenProcess& process) {
  return terminal_text(read_trimmed(roots.proc + "/" + process.name + "/comm").value_or("?"));
}

}  // namespace

ForeignMemory find_foreign_mergeable(const Roots& roots, bool shared, const ForeignLimits& limits) {
  ForeignMemory memory;
  if (!read_ksm_figure(roots, "run")) return memory;
  SmapsReader smaps(roots, limits, kMadvMergeable, "ksm.run");
  for_each_foreign(roots, [&](int pid, const SeenProcess& process) {
    const auto counters = read_ksm_counters(roots, process.seen);
    const bool merged = counters.merging_pages.value_or(0) + counters.zero_pages.value_or(0) != 0;
    Registered registered = Registered::kNo;
    if (merged || counters.rmap_items.value_or(0) != 0 || counters.mergeable.value_or(false))
      registered = Registered::kYes;
    else if (!counters.mergeable)
      registered = smaps.look(roots.proc + "/" + process.seen, process.status);
    if (registered == Registered::kNo) return;
    (registered == Registered::kYes ? memory.mergeable : memory.not_looked_at)
        .push_back(
            {pid, command_of(roots, process), merged || (shared && !counters.merging_pages)});
  });
  return memory;
}

std::vector<ForeignProcess> find_foreign_huge(const Roots& roots, const ForeignLimits& limits) {
  std::vector<ForeignProcess> processes;
  SmapsReader smaps(roots, limits, kMadvHugepage, "thp.khugepaged.max_ptes_none");
  for_each_foreign(roots, [&](int pid, const SeenProcess& process) {
    if (smaps.look(roots.proc + "/" + process.seen, process.status) != Registered::kNo)
      processes.push_back({pid, command_of(roots, process), false});
  });
  return processes;
}

std::vector<ForeignProcess> find_foreign_merged(const Roots& roots) {
  // run=2 has unmerged all, whatever ksm_zero_pages says: kernels miscount it where processes fork.
  const bool unmerged = read_ksm_figure(roots, "run") == 2U;
  if (read_ksm_figure(roots, "pages_shared").value_or(0) == 0 &&
      (unmerged || read_ksm_figure(roots, "ksm_zero_pages").value_or(0) == 0))
    return {};
  auto [processes, not_looked_at] = find_foreign_mergeable(roots, true);
  processes.insert(processes.end(), not_looked_at.begin(), not_looked_at.end());
  std::erase_if(processes, [](const ForeignProcess& process) { return !process.merged; });
  if (const auto whom = whom_not_seen(roots); processes.empty() && !whom.empty())
    processes.push_back({0,
                         fmt::format("processes {} (if there are none: echo 2 "
                                     ">/sys/kernel/mm/ksm/run)",
                                     whom),
                         true});
  return processes;
}

std::string process_names(const std::vector<ForeignProcess>& processes) {
  std::string text;
  for (std::size_t i = 0; i < processes.size() && i < 3; ++i) {
    const auto& [pid, command, merged] = processes[i];
    text += (i == 0 ? "" : ", ") + (pid == 0 ? command : fmt::format("{} ({})", pid, command));
  }
  if (processes.size() > 3) text += fmt::format(" and {} more", processes.size() - 3);
  return text;
}

Outcome<void> refuse_foreign_mergeable(const Roots& roots) {
  const auto foreign = find_foreign_mergeable(roots, false).mergeable;
  if (foreign.empty()) return {};
  return fail(ExitCode::kCannotRun,
              "KSM works on memory of {} at the same time, so what it counts is not of this table "
              "alone: stop them",
              process_names(foreign));
}

}  // namespace zp
