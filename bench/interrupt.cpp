// SPDX-License-Identifier: MIT
#include "bench/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace zp {
namespace {

std::atomic<int> caught_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free, "set from a signal handler");

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int signal) { caught_signal = signal; };
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGPIPE})
    ::sigaction(signal, &action, nullptr);
  // Under nohup a hangup is to be ignored. SIGINT is not looked at that way: a shell script's
  // background jobs begin with it ignored.
  struct sigaction hangup {};
  if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
    ::sigaction(SIGHUP, &action, nullptr);
}

bool interrupted() {
  return caught_signal != 0;
}

ExitCode interrupt_exit_code() {
  return caught_signal == SIGINT || caught_signal == SIGQUIT ? ExitCode::kInterrupted
                                                             : ExitCode::kTerminated;
}

}  // namespace zp
