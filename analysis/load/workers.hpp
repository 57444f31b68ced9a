// SPDX-License-Identifier: MIT
// Work on all cores, where threads are to be had.
#pragma once

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace zp::analysis {

// Calls work(worker, workers) once for each worker, of which there are no more than cores or
// `most`. Where the system has no thread left the callers' own does that share. An exception of one
// of them is thrown here, after all are done.
template <class Work>
void with_workers(std::size_t most, Work work) {
  const auto cores = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  const auto workers = std::max<std::size_t>(1, std::min(cores, most));
  std::vector<std::exception_ptr> failures(workers);
  const auto guarded = [&](std::size_t worker) {
    try {
      work(worker, workers);
    } catch (...) {
      failures[worker] = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(workers);
  std::vector<std::size_t> left{0};
  for (std::size_t worker = 1; worker < workers; ++worker) {
    try {
      threads.emplace_back(guarded, worker);
    } catch (const std::exception&) {  // no thread, or no memory for one
      left.push_back(worker);
    }
  }
  for (const auto worker : left) guarded(worker);
  for (auto& thread : threads) thread.join();
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace zp::analysis
