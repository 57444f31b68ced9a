// SPDX-License-Identifier: MIT
#include "harness/host/available_memory.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "harness/host/control_groups.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

struct GroupFiles {
  std::array<const char*, 2> limits;
  const char* usage;
  const char* reclaimable;  // key in memory.stat
};

// Of the two versions of control groups; a group has those of one.
constexpr std::array kGroupFiles{
    GroupFiles{{"memory.max", "memory.high"}, "memory.current", "inactive_file"},
    GroupFiles{{"memory.limit_in_bytes", "memory.soft_limit_in_bytes"},
               "memory.usage_in_bytes",
               "total_inactive_file"}};

// What a group may still use; nothing where it has no limit.
std::optional<std::uint64_t> left_in(const std::filesystem::path& group, const GroupFiles& files) {
  std::optional<std::uint64_t> limit;
  for (const char* name : files.limits)
    if (const auto found = parse_number(read_trimmed(group / name).value_or("")))  // or "max"
      limit = std::min(limit.value_or(*found), *found);
  const auto usage = parse_number(read_trimmed(group / files.usage).value_or(""));
  if (!limit || !usage) return std::nullopt;
  const auto stat = read_trimmed(group / "memory.stat").value_or("");
  const std::uint64_t used =
      *usage - std::min(*usage, number_field(stat, files.reclaimable).value_or(0));
  return *limit - std::min(*limit, used);
}

}  // namespace

std::optional<std::uint64_t> available_memory_bytes(const Roots& roots) {
  std::optional<std::uint64_t> available;
  const auto meminfo = read_trimmed(roots.proc + "/meminfo").value_or("");
  if (const auto kib = number_field(meminfo, "MemAvailable:")) available = *kib * 1024;
  for (const std::string& group : group_directories(roots, "memory"))
    for (const GroupFiles& files : kGroupFiles)
      if (const auto left = left_in(group, files))
        available = std::min(available.value_or(*left), *left);
  return available;
}

std::optional<std::uint64_t> node_memory_bytes(const Roots& roots, int node) {
  // "Node 1 MemFree:        14448052 kB"
  const auto meminfo =
      read_trimmed(fmt::format("{}/devices/system/node/node{}/meminfo", roots.sys, node))
          .value_or("");
  const auto kib = [&](const char* key) {
    return number_field(meminfo, fmt::format("Node {} {}:", node, key));
  };
  const auto free = kib("MemFree");
  if (!free) return std::nullopt;
  std::uint64_t most = *free;
  for (const char* key : {"Active(file)", "Inactive(file)", "SReclaimable"})
    most += kib(key).value_or(0);
  return most * 1024;
}

Outcome<void> check_memory(const Roots& roots, std::uint64_t needed_bytes,
                           std::optional<int> node) {
  // What the suite itself may need besides the tables (design: table + 64 MiB).
  constexpr std::uint64_t kOwnBytes = 64ULL << 20;
  const std::uint64_t needed = needed_bytes + kOwnBytes;
  const auto available = available_memory_bytes(roots);
  if (available && needed > *available)
    return fail(ExitCode::kCannotRun, "needs {} of memory, {} is available", human_size(needed),
                human_size(*available));
  const auto there = node ? node_memory_bytes(roots, *node) : std::nullopt;
  if (there && needed > *there)
    return fail(ExitCode::kCannotRun, "needs {} of memory, {} is available on node {}",
                human_size(needed), human_size(*there), *node);
  return {};
}

}  // namespace zp
