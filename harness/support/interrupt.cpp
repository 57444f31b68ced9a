// SPDX-License-Identifier: MIT
#include "harness/support/interrupt.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <ctime>
#include <vector>

namespace zp {
namespace {

std::atomic<int> caught_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free, "set from a signal handler");

// The first one counts: it is why the run ends.
void remember(int signal) {
  int none = 0;
  caught_signal.compare_exchange_strong(none, signal);
}

// "ulimit -t" sets both limits on CPU time, and at the hard one the kernel kills: SIGXCPU comes a
// while before, which all threads use up together.
void ask_for_cpu_limit_signal() {
  constexpr rlim_t kSeconds = 10;
  rlimit limit{};
  if (::getrlimit(RLIMIT_CPU, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return;
  const rlim_t before = limit.rlim_max - std::min(kSeconds, limit.rlim_max / 2);
  if (limit.rlim_cur <= before) return;
  limit.rlim_cur = before;
  ::setrlimit(RLIMIT_CPU, &limit);
}

}  // namespace

std::span<const int> ending_signals() {
  static const std::vector<int> signals = [] {
    std::vector<int> list{SIGHUP,    SIGINT,  SIGQUIT, SIGPIPE,   SIGALRM, SIGTERM,
                          SIGUSR1,   SIGUSR2, SIGPROF, SIGVTALRM, SIGXCPU, SIGIO,
#ifdef SIGPWR
                          SIGPWR,
#endif
#ifdef SIGSTKFLT
                          SIGSTKFLT,
#endif
#ifdef SIGEMT
                          SIGEMT
#endif
    };
    for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) list.push_back(signal);
    return list;
  }();
  return signals;
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = remember;
  sigset_t caught;
  ::sigemptyset(&caught);
  for (const int signal : ending_signals()) {
    struct sigaction before {};
    const bool ignored = ::sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN;
    if (ignored && signal != SIGINT && signal != SIGQUIT && signal != SIGPIPE) continue;
    ::sigaction(signal, &action, nullptr);
    ::sigaddset(&caught, signal);
  }
  // Who started this may have blocked them, and that is inherited.
  ::pthread_sigmask(SIG_UNBLOCK, &caught, nullptr);
  ask_for_cpu_limit_signal();
}

bool interrupted() {
  return caught_signal != 0;
}

ExitCode interrupt_exit_code() {
  return static_cast<ExitCode>(128 + caught_signal);
}

void ignore_file_size_signal() {
  std::signal(SIGXFSZ, SIG_IGN);
}

SignalsHeldBack::SignalsHeldBack() {
  sigset_t all;
  ::sigfillset(&all);
  // A fault's own signal can't wait.
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS})
    ::sigdelset(&all, signal);
  ::pthread_sigmask(SIG_BLOCK, &all, &before_);
}

SignalsHeldBack::~SignalsHeldBack() {
  if (::sigismember(&before_, SIGXFSZ) == 0) {
    sigset_t file_size;
    ::sigemptyset(&file_size);
    ::sigaddset(&file_size, SIGXFSZ);
    constexpr timespec kNow{};
    while (::sigtimedwait(&file_size, nullptr, &kNow) > 0) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace zp
