// SPDX-License-Identifier: MIT
#include "harness/host/memory_limit.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "harness/host/control_groups.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "zpbench-";

// Only where no process is left in them does rmdir remove anything.
void remove_empty_groups(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored))
    if (entry.path().filename().string().starts_with(kPrefix)) ::rmdir(entry.path().c_str());
}

Outcome<void> join(const fs::path& group) {
  return write_kernel_file(group / "cgroup.procs", std::to_string(::getpid()));
}

}  // namespace

Outcome<MemoryLimit> MemoryLimit::set(const Roots& roots, std::uint64_t bytes) {
  const auto groups = own_control_groups(roots);
  const auto own = std::find_if(groups.begin(), groups.end(),
                                [](const auto& group) { return group.controllers.empty(); });
  if (own == groups.end()) return fail(ExitCode::kCannotRun, "this machine has no cgroup v2");
  const fs::path root = roots.sys + "/fs/cgroup";
  const fs::path home = root / fs::path(own->path).relative_path();
  const fs::path parent = own->path == "/" ? root : home.parent_path();
  const auto on = split(read_trimmed(parent / "cgroup.subtree_control").value_or(""), ' ');
  if (std::find(on.begin(), on.end(), "memory") == on.end())
    return fail(ExitCode::kCannotRun, "the memory controller of cgroup v2 is not on in {}",
                parent.string());
  remove_empty_groups(parent);
  const fs::path group = parent / fmt::format("{}{}", kPrefix, ::getpid());
  if (::mkdir(group.c_str(), 0755) != 0)
    return fail(ExitCode::kCannotRun, "{}: {}", group.string(), errno_text(errno));
  MemoryLimit limit(home, group);
  if (auto limited = write_kernel_file(group / "memory.high", std::to_string(bytes)); !limited)
    return tl::make_unexpected(limited.error());
  if (auto joined = join(group); !joined) return tl::make_unexpected(joined.error());
  return limit;
}

MemoryLimit::MemoryLimit(std::string home, std::string group)
    : home_(std::move(home)), group_(std::move(group)) {}

MemoryLimit::MemoryLimit(MemoryLimit&& other) noexcept
    : home_(std::move(other.home_)), group_(std::exchange(other.group_, {})) {}

MemoryLimit::~MemoryLimit() {
  if (group_.empty()) return;
  // Where this fails the process stays limited, and the group is removed by the next limit.
  static_cast<void>(join(home_));
  ::rmdir(group_.c_str());
}

}  // namespace zp
