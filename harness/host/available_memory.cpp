// SPDX-License-Identifier: MIT
#include "harness/host/available_memory.hpp"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "harness/host/control_groups.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

struct GroupFiles {
  std::vector<const char*> limits;
  const char* usage;
  const char* reclaimable;  // key in memory.stat
};

// Walks from the process's group up to the root of the hierarchy.
void lower_by_groups(const std::filesystem::path& root, std::string group, const GroupFiles& files,
                     std::optional<std::uint64_t>& available) {
  for (;;) {
    const std::filesystem::path directory =
        root / group.substr(std::min<std::size_t>(1, group.size()));
    std::optional<std::uint64_t> limit;
    for (const char* name : files.limits)
      if (const auto found = parse_number(read_trimmed(directory / name).value_or("")))  // or "max"
        limit = std::min(limit.value_or(*found), *found);
    const auto usage = parse_number(read_trimmed(directory / files.usage).value_or(""));
    if (limit && usage) {
      const auto stat = read_trimmed(directory / "memory.stat").value_or("");
      const std::uint64_t used =
          *usage - std::min(*usage, number_field(stat, files.reclaimable).value_or(0));
      const std::uint64_t left = *limit - std::min(*limit, used);
      available = std::min(available.value_or(left), left);
    }
    if (group.empty() || group == "/") return;
    group = std::filesystem::path(group).parent_path();
  }
}

}  // namespace

std::optional<std::uint64_t> available_memory_bytes(const Roots& roots) {
  std::optional<std::uint64_t> available;
  const auto meminfo = read_trimmed(roots.proc + "/meminfo").value_or("");
  if (const auto kib = number_field(meminfo, "MemAvailable:")) available = *kib * 1024;
  for (const ControlGroup& group : own_control_groups(roots)) {
    const auto& controllers = group.controllers;
    if (controllers.empty()) {
      // The second hierarchy lies beside the first ones where a machine has both.
      for (const char* root : {"/fs/cgroup", "/fs/cgroup/unified"})
        lower_by_groups(roots.sys + root, group.path,
                        {{"memory.max", "memory.high"}, "memory.current", "inactive_file"},
                        available);
    } else if (std::find(controllers.begin(), controllers.end(), "memory") != controllers.end())
      lower_by_groups(roots.sys + "/fs/cgroup/memory", group.path,
                      {{"memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.high"},
                       "memory.usage_in_bytes",
                       "total_inactive_file"},
                      available);
  }
  return available;
}

Outcome<void> check_memory(const Roots& roots, std::uint64_t needed_bytes) {
  // What the suite itself may need besides the tables (design: table + 64 MiB).
  constexpr std::uint64_t kOwnBytes = 64ULL << 20;
  const auto available = available_memory_bytes(roots);
  if (!available || needed_bytes + kOwnBytes <= *available) return {};
  return fail(ExitCode::kCannotRun, "needs {} of memory, {} is available",
              human_size(needed_bytes + kOwnBytes), human_size(*available));
}

}  // namespace zp
