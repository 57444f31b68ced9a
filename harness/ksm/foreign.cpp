// SPDX-License-Identifier: MIT
#include "harness/ksm/foreign.hpp"

#include <unistd.h>

#include <charconv>
#include <filesystem>

#include "harness/ksm/knobs.hpp"
#include "harness/ksm/process_counters.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

// "mg" among the VmFlags of smaps: MADV_MERGEABLE was asked for (fs/proc/task_mmu.c, since 3.8).
bool has_mergeable_memory(const std::string& directory) {
  const auto smaps = read_text_file(directory + "/smaps");
  return smaps && smaps->find(" mg ") != std::string::npos;
}

// What this process started itself (a guest, a forked copy) is its own affair.
bool is_own_child(const std::string& directory) {
  const auto status = read_text_file(directory + "/status");
  return status && number_field(*status, "PPid:") == static_cast<std::uint64_t>(::getpid());
}

}  // namespace

std::vector<ForeignProcess> find_foreign_mergeable(const Roots& roots, bool shared) {
  std::vector<ForeignProcess> processes;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(roots.proc, ignored)) {
    const std::string name = entry.path().filename();
    int pid = 0;
    const auto [rest, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failed != std::errc() || rest != name.data() + name.size() || pid == ::getpid()) continue;
    if (is_own_child(entry.path())) continue;
    const auto counters = read_ksm_counters(roots, name);
    const std::uint64_t merged =
        counters.merging_pages.value_or(0) + counters.zero_pages.value_or(0);
    if (merged == 0 && !has_mergeable_memory(entry.path())) continue;
    processes.push_back({pid, read_trimmed(entry.path() / "comm").value_or("?"),
                         merged != 0 || (shared && !counters.merging_pages)});
  }
  return processes;
}

std::vector<ForeignProcess> find_foreign_merged(const Roots& roots) {
  if (read_ksm_figure(roots, "pages_shared").value_or(0) +
          read_ksm_figure(roots, "ksm_zero_pages").value_or(0) ==
      0)
    return {};
  auto processes = find_foreign_mergeable(roots, true);
  std::erase_if(processes, [](const ForeignProcess& process) { return !process.merged; });
  return processes;
}

std::string describe(const std::vector<ForeignProcess>& processes) {
  std::string text;
  for (std::size_t i = 0; i < processes.size() && i < 3; ++i)
    text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", processes[i].pid, processes[i].command);
  if (processes.size() > 3) text += fmt::format(" and {} more", processes.size() - 3);
  return text;
}

}  // namespace zp
