// SPDX-License-Identifier: MIT
#include "bench/closing_table.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "harness/support/file.hpp"

extern "C" char** environ;

namespace zp {

void print_closing_table(const std::string& json) {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  std::string program = (self.parent_path() / "zpanalyze").string();
  if (failed || ::access(program.c_str(), X_OK) != 0) return;
  const Fd results(::memfd_create("zpbench-results", MFD_CLOEXEC));
  if (results.get() < 0 ||
      ::pwrite(results.get(), json.data(), json.size(), 0) != static_cast<ssize_t>(json.size()))
    return;
  print_to(stdout, "\n");
  if (auto flushed = flush_stdout(); !flushed) return;  // main() says it
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, results.get(), STDIN_FILENO);
  // What it would warn of was said by this program.
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string command = "table", file = "/dev/stdin";
  char* arguments[] = {program.data(), command.data(), file.data(), nullptr};
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  while (error == 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace zp
