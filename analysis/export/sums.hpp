// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "harness/support/error.hpp"

namespace zp::analysis {

// SHA-256 of files in order, taken by other threads while their reader does something else.
class Sums {
 public:
  explicit Sums(std::vector<std::string> paths);
  ~Sums();
  Sums(const Sums&) = delete;
  Sums& operator=(const Sums&) = delete;

  // Of the file at that place; waits for it.
  const Outcome<std::string>& at(std::size_t place);

 private:
  using Lock = std::unique_lock<std::mutex>;
  void take_next(Lock& lock);

  const std::vector<std::string> paths_;
  std::mutex mutex_;
  std::condition_variable taken_;
  std::vector<std::optional<Outcome<std::string>>> sums_;
  std::size_t next_ = 0;  // the first file that nobody has begun
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace zp::analysis
