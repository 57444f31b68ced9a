// SPDX-License-Identifier: MIT
// A program that this one starts, and that never outlives it.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "harness/support/error.hpp"

namespace zp {

// As fork(2), but the child (0) ends when the thread that started it does, in whatever way
// (PR_SET_PDEATHSIG). Allocates nothing in the child. Errors: kCannotRun.
Outcome<pid_t> fork_child();

// Whether fork_child() made that child; one that this process had before an exec it did not.
bool was_forked_here(pid_t pid);

// Killed (SIGKILL) and waited for when its owner goes out of scope, and as fork_child() says.
class Child {
 public:
  // `arguments[0]` is the program's path. `output` becomes its stdout and stderr; stdin is empty.
  // Between fork and exec `before_exec` runs, which must be safe there (no allocation).
  static Outcome<Child> start(
      const std::vector<std::string>& arguments, int output,
      const std::function<void()>& before_exec = [] {});

  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  Child& operator=(Child&&) = delete;
  ~Child() { kill(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  bool running();
  void send(int signal) const;
  void kill();

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_;  // 0: ended, and waited for
};

}  // namespace zp
