// SPDX-License-Identifier: MIT
#include "harness/host/debugfs.hpp"

#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>

#include "harness/host/system_calls.hpp"

namespace zp {

Outcome<Fd> open_debugfs_file(const std::string& name) {
  const auto refused = [](const char* call) {
    return fail(ExitCode::kCannotRun, "no debugfs: {}", describe_call(Roots{}, call, errno));
  };
  const Fd context(::fsopen("debugfs", FSOPEN_CLOEXEC));
  if (!context) return refused("fsopen");
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return refused("fsconfig");
  const Fd mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!mount) return refused("fsmount");
  Fd file(::openat(mount.get(), name.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file)
    return fail(ExitCode::kCannotRun, "cannot write {} in debugfs: {}{}", name, errno_text(errno),
                errno == EPERM ? " (a kernel that is locked down: kernel_lockdown(7)?)" : "");
  return file;
}

}  // namespace zp
