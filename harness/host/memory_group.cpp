// SPDX-License-Identifier: MIT
#include "harness/host/memory_group.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <thread>

#include "harness/host/control_groups.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "zpbench-";

std::string own_name() {
  return fmt::format("{}{}", kPrefix, ::getpid());
}

Outcome<void> join(const fs::path& group) {
  return write_kernel_file(group / "cgroup.procs", std::to_string(::getpid()));
}

Outcome<MemoryGroup> first_version_group(const Roots& roots) {
  const auto groups = own_control_groups(roots);
  const auto own = std::ranges::find_if(groups, [](const ControlGroup& group) {
    return std::ranges::count(group.controllers, "memory") != 0;
  });
  if (own == groups.end())
    return fail(ExitCode::kCannotRun, "the memory controller of cgroup v1 is not there");
  const fs::path home = roots.sys + "/fs/cgroup/memory" + own->path;
  return MemoryGroup{home, home / own_name(), true};
}

}  // namespace

Outcome<MemoryGroup> second_version_group(const Roots& roots) {
  const auto groups = own_control_groups(roots);
  const auto own =
      std::ranges::find_if(groups, [](const auto& group) { return group.controllers.empty(); });
  if (own == groups.end()) return fail(ExitCode::kCannotRun, "this machine has no cgroup v2");
  const fs::path root = roots.sys + "/fs/cgroup";
  const fs::path home = root / fs::path(own->path).relative_path();
  const fs::path parent = own->path == "/" ? root : home.parent_path();
  const auto on = split(read_trimmed(parent / "cgroup.subtree_control").value_or(""), ' ');
  if (std::ranges::find(on, "memory") == on.end())
    return fail(ExitCode::kCannotRun, "the memory controller of cgroup v2 is not on in {}",
                parent.string());
  return MemoryGroup{home, parent / own_name()};
}

Outcome<MemoryGroup> any_version_group(const Roots& roots) {
  auto second = second_version_group(roots);
  if (second) return second;
  auto first = first_version_group(roots);
  if (first) return first;
  return fail(ExitCode::kCannotRun, "{}; {}", second.error().message, first.error().message);
}

Outcome<void> enter_memory_group(const MemoryGroup& group) {
  if (::mkdir(group.group.c_str(), 0755) != 0)
    return fail(ExitCode::kCannotRun, "{}: {}", group.group, errno_text(errno));
  return join(group.group);
}

Outcome<void> leave_memory_group(const MemoryGroup& group) {
  return join(group.home);
}

bool is_our_memory_group(const std::string& directory) {
  const std::string name = fs::path(directory).filename();
  return directory.starts_with('/') && name.starts_with(kPrefix) && name.size() > kPrefix.size() &&
         name.find_first_not_of("0123456789", kPrefix.size()) == std::string::npos;
}

Outcome<void> remove_memory_group(const std::string& directory) {
  constexpr int kTries = 50;
  constexpr auto kPause = std::chrono::milliseconds(20);
  for (int left = kTries; ::rmdir(directory.c_str()) != 0; --left) {
    if (errno == ENOENT) break;
    // One that was killed is in its group until it has ended.
    if (errno != EBUSY || left == 1)
      return fail(ExitCode::kCannotRun, "cannot remove {}: {}", directory, errno_text(errno));
    std::this_thread::sleep_for(kPause);
  }
  return {};
}

Outcome<void> forbid_swap(const MemoryGroup& group) {
  const std::string path =
      group.group + (group.first_version ? "/memory.swappiness" : "/memory.swap.max");
  return ::access(path.c_str(), F_OK) == 0 ? write_kernel_file(path, "0") : Outcome<void>{};
}

Outcome<void> reclaim_memory(const MemoryGroup& group, std::uint64_t bytes) {
  const std::string path =
      group.group + (group.first_version ? "/memory.force_empty" : "/memory.reclaim");
  const std::string text = group.first_version ? "1" : std::to_string(bytes);
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file && errno == ENOENT)
    return fail(ExitCode::kCannotRun, "this kernel has no memory.reclaim (Linux 5.19): {}", path);
  // EAGAIN: less than that.
  if (file && (::write(file.get(), text.data(), text.size()) >= 0 || errno == EAGAIN)) return {};
  return fail(ExitCode::kCannotRun, "cannot write {} to {}: {}", text, path, errno_text(errno));
}

}  // namespace zp
