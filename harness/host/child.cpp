// SPDX-License-Identifier: MIT
#include "harness/host/child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <mutex>
#include <set>

#include "harness/support/file.hpp"
#include "harness/support/interrupt.hpp"

namespace zp {
namespace {

std::mutex forked_lock;
std::set<pid_t> forked;  // also those that have ended: a number that comes again is a child's again

}  // namespace

Outcome<pid_t> fork_child() {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail(ExitCode::kCannotRun, "fork: {}", errno_text(errno));
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);  // it went before it could be asked about
    return pid;
  }
  const std::lock_guard lock(forked_lock);
  forked.insert(pid);
  return pid;
}

bool was_forked_here(pid_t pid) {
  const std::lock_guard lock(forked_lock);
  return forked.count(pid) != 0;
}

Outcome<Child> Child::start(const std::vector<std::string>& arguments, int output,
                            const std::function<void()>& before_exec) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto pid = fork_child();
  if (!pid) return fail(pid);
  if (*pid != 0) return Child(*pid);
  ::setpgid(0, 0);  // a terminal's Ctrl-C is for the parent to handle
  ::dup2(nothing.get(), STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  // Signals that the parent ignores would stay ignored.
  for (const int signal : ending_signals()) std::signal(signal, SIG_DFL);
  std::signal(SIGXFSZ, SIG_DFL);
  before_exec();
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

bool Child::running() {
  if (pid_ == 0) return false;
  if (::waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  pid_ = 0;
  return false;
}

void Child::send(int signal) const {
  if (pid_ != 0) ::kill(pid_, signal);
}

void Child::kill() {
  if (pid_ == 0) return;
  send(SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

}  // namespace zp
