// SPDX-License-Identifier: MIT
#include "harness/ksm/foreign.hpp"

#include <unistd.h>

#include <filesystem>
#include <optional>

#include "harness/ksm/knobs.hpp"
#include "harness/ksm/process_counters.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"
#include "harness/support/terminal.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

enum class Registered { kNo, kYes, kNotLookedAt };

// "mg" among the VmFlags of smaps: MADV_MERGEABLE was asked for (fs/proc/task_mmu.c, since 3.8).
class SmapsReader {
 public:
  SmapsReader(const Roots& roots, const ForeignLimits& limits)
      : limits_(limits),
        may_merge_(::access(knob_path(roots, *find_knob("ksm.run")).c_str(), W_OK) == 0) {}

  Registered look(const std::string& directory, const std::string& status) {
    if (number_field(status, "VmPTE:").value_or(0) > limits_.page_tables_kib)
      return Registered::kNotLookedAt;
    if (seconds_ >= limits_.seconds) return Registered::kNotLookedAt;
    const auto start = Clock::now();
    Registered found = Registered::kNo;
    std::uint64_t bytes = 0;
    const auto read = for_each_line(directory + "/smaps", [&](std::string_view line) {
      bytes += line.size() + 1;
      if (line.starts_with("VmFlags:") && line.find(" mg") != line.npos) found = Registered::kYes;
      if (found == Registered::kNo &&
          (bytes >= limits_.smaps_bytes || seconds_ + seconds_since(start) >= limits_.seconds))
        found = Registered::kNotLookedAt;
      return found == Registered::kNo;
    });
    // It has memory, and may not be read: root without CAP_SYS_PTRACE.
    if (!read && may_merge_ && number_field(status, "VmPTE:")) found = Registered::kNotLookedAt;
    seconds_ += seconds_since(start);
    return found;
  }

 private:
  ForeignLimits limits_;
  bool may_merge_;  // who may not has nothing to leave alone
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

// In the first PID namespace every process is seen (include/linux/proc_ns.h, PROC_PID_INIT_INO).
bool sees_every_process(const Roots& roots) {
  std::error_code failed;
  const auto space = std::filesystem::read_symlink(roots.proc + "/self/ns/pid", failed);
  return failed || space == "pid:[4026531836]";
}

}  // namespace

ForeignMemory find_foreign_mergeable(const Roots& roots, bool shared, const ForeignLimits& limits) {
  ForeignMemory memory;
  if (!read_ksm_figure(roots, "run")) return memory;
  SmapsReader smaps(roots, limits);
  const int own = own_pid(roots);
  std::error_code failed;
  auto entry = std::filesystem::directory_iterator(roots.proc, failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename(), directory = entry->path();
    const auto pid = pid_of(name);
    if (!pid || *pid == own) continue;
    // What this process started itself (a guest, a forked copy) is not foreign.
    const std::string status = read_text_file(directory + "/status").value_or("");
    if (number_field(status, "PPid:") == static_cast<std::uint64_t>(own)) continue;
    const auto counters = read_ksm_counters(roots, name);
    const bool merged = counters.merging_pages.value_or(0) + counters.zero_pages.value_or(0) != 0;
    Registered registered = Registered::kNo;
    if (merged || counters.rmap_items.value_or(0) != 0 || counters.mergeable.value_or(false))
      registered = Registered::kYes;
    else if (!counters.mergeable)
      registered = smaps.look(directory, status);
    if (registered == Registered::kNo) continue;
    ForeignProcess process{*pid, terminal_text(read_trimmed(directory + "/comm").value_or("?")),
                           merged || (shared && !counters.merging_pages)};
    (registered == Registered::kYes ? memory.mergeable : memory.not_looked_at)
        .push_back(std::move(process));
  }
  return memory;
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
  if (processes.empty() && !sees_every_process(roots))
    processes.push_back({0,
                         "processes that this PID namespace does not show (if there are none: echo "
                         "2 >/sys/kernel/mm/ksm/run)",
                         true});
  return processes;
}

std::string describe(const std::vector<ForeignProcess>& processes) {
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
              describe(foreign));
}

}  // namespace zp
