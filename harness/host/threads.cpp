// SPDX-License-Identifier: MIT
#include "harness/host/threads.hpp"

#include <sched.h>

#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace zp {

Outcome<void> check_threads(int count) {
  if (::sched_getscheduler(0) == SCHED_DEADLINE)
    return fail(ExitCode::kCannotRun,
                "a task of SCHED_DEADLINE may neither start threads nor choose its CPU: leave out "
                "chrt --deadline");
  std::mutex gate;
  std::vector<std::jthread> threads;
  const std::unique_lock closed(gate);  // opened before the threads are joined
  try {
    while (static_cast<int>(threads.size()) < count)
      threads.emplace_back([&gate] { const std::lock_guard passed(gate); });
  } catch (const std::system_error& error) {
    return fail(ExitCode::kCannotRun,
                "cannot start {} threads, only {} at a time ({}): take fewer --threads, or raise "
                "the limit (ulimit -u, -v; a container's pids)",
                count + 1, threads.size() + 1, error.code().message());
  }
  return {};
}

}  // namespace zp
