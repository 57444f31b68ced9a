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
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

bool interrupted() {
  return caught_signal != 0;
}

ExitCode interrupt_exit_code() {
  return caught_signal == SIGINT ? ExitCode::kInterrupted : ExitCode::kTerminated;
}

}  // namespace zp
