// SPDX-License-Identifier: MIT
#include "analysis/export/sums.hpp"

#include <algorithm>
#include <exception>

#include "analysis/load/sha256.hpp"

namespace zp::analysis {

Sums::Sums(std::vector<std::string> paths) : paths_(std::move(paths)), sums_(paths_.size()) {
  const auto cores = std::max<std::size_t>(2, std::thread::hardware_concurrency());
  const auto threads = std::min(cores - 1, paths_.size());
  threads_.reserve(threads);
  try {
    while (threads_.size() < threads)
      threads_.emplace_back([this] {
        Lock lock(mutex_);
        while (!stop_ && next_ < paths_.size()) take_next(lock);
      });
  } catch (const std::exception&) {  // no thread to be had: at() does the work
  }
}

Sums::~Sums() {
  {
    const Lock lock(mutex_);
    stop_ = true;
  }
  for (auto& thread : threads_) thread.join();
}

const Outcome<std::string>& Sums::at(std::size_t place) {
  Lock lock(mutex_);
  while (next_ <= place) take_next(lock);
  taken_.wait(lock, [&] { return sums_[place].has_value(); });
  return *sums_[place];
}

// `lock` is held before and after.
void Sums::take_next(Lock& lock) {
  const auto place = next_++;
  lock.unlock();
  Outcome<std::string> sum;
  try {
    sum = sha256_of_file(paths_[place]);
  } catch (const std::exception& error) {
    sum = fail(ExitCode::kCannotRun, "{}: {}", paths_[place], error.what());
  }
  lock.lock();
  sums_[place] = std::move(sum);
  taken_.notify_all();
}

}  // namespace zp::analysis
