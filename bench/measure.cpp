// SPDX-License-Identifier: MIT
#include "bench/measure.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <barrier>
#include <memory>

#include "bench/interrupt.hpp"
#include "harness/host/facts.hpp"
#include "harness/host/page_size.hpp"
#include "harness/host/topology.hpp"
#include "harness/walk/kernels.hpp"

namespace zp {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// Walks over a small table are repeated inside one iteration, so that taking the time (about 25 ns)
// stays below a thousandth of it.
constexpr std::uint64_t kLeastReadsPerIteration = 1 << 16;

// What a row without a measurement says: whether it was interrupted, can't be made here, or is
// wrong.
std::string row_message(const Error& error) {
  if (interrupted()) return std::string(kInterruptedMessage);
  const bool cannot = error.code == ExitCode::kCannotRun || error.code == ExitCode::kUsage;
  return (cannot ? std::string(kSkippedPrefix) : "") + error.message;
}

// Everything one cell's trials have in common.
class CellRun {
 public:
  CellRun(const Cell& cell, Lab& lab, std::uint64_t seed, std::uint64_t rotate_bytes,
          Clock::time_point pass_start)
      : cell_(cell),
        lab_(lab),
        seed_(seed),
        rotate_bytes_(rotate_bytes),
        pass_start_(pass_start),
        prepared_barrier_(cell.threads) {}

  void trial(benchmark::State& state) {
    // The first thread makes the table and takes the census; the others wait for it.
    if (state.thread_index() == 0) prepared_ = lab_.prepare(cell_);
    prepared_barrier_.arrive_and_wait();
    if (!prepared_) return state.SkipWithError(row_message(prepared_.error()).c_str());
    const auto& cpus = lab_.cpus();
    const auto index = static_cast<std::size_t>(state.thread_index());
    if (auto pinned = pin_thread_to_cpu(cpus[index % cpus.size()]); !pinned)
      return state.SkipWithError(pinned.error().message.c_str());
    const Walk walk = walk_of_thread(static_cast<unsigned>(index));
    const std::uint64_t wanted = expected_sum(walk, lab_.table().contents);
    const std::uint64_t walks = std::max<std::uint64_t>(
        1, kLeastReadsPerIteration / std::max<std::uint64_t>(1, walk.reads));
    bool right = run_walk(walk) == wanted;  // and warms caches and TLB

    std::uint64_t iterations = 0;
    Clock::time_point start, stop;
    for (auto _ : state) {
      if (interrupted()) break;
      if (iterations++ == 0) start = Clock::now();  // after the threads were let go together
      for (std::uint64_t i = 0; i < walks; ++i) {
        std::uint64_t sum = run_walk(walk);
        benchmark::DoNotOptimize(sum);
        right &= sum == wanted;
      }
      stop = Clock::now();
    }
    if (interrupted()) return state.SkipWithError(kInterruptedMessage.data());
    if (!right) state.SkipWithError("the words read are not those the placement holds");
    report(state, walk.reads * walks * iterations, seconds_between(start, stop));
    if (state.thread_index() == 0) report_census(state, start);
  }

 private:
  [[nodiscard]] Walk walk_of_thread(unsigned index) const {
    Walk walk;
    walk.base = lab_.table().table.base();
    walk.stride_bytes = cell_.stride_bytes;
    walk.reads = cell_.table_bytes / cell_.stride_bytes;
    walk.page_bytes = system_page_bytes();
    walk.rotate_bytes = cell_.rotated ? rotate_bytes_ : 0;
    walk.order = cell_.walk;
    walk.seed = seed_;
    return cell_.share == Share::kSplit
               ? share_of(walk, index, static_cast<unsigned>(cell_.threads))
               : walk;
  }

  // Counters of all threads are added up: rates as they are, times per read averaged.
  static void report(benchmark::State& state, std::uint64_t reads, double seconds) {
    if (reads == 0 || seconds <= 0) return;
    const auto count = static_cast<double>(reads);
    state.counters["ns_per_read"] = {seconds * 1e9 / count, benchmark::Counter::kAvgThreads};
    state.counters["items_per_second"] = count / seconds;
    state.counters["bytes_per_second"] = count * sizeof(std::uint64_t) / seconds;
  }

  void report_census(benchmark::State& state, Clock::time_point start) {
    const auto census = lab_.finish(cell_);
    if (!census) return state.SkipWithError(census.error().message.c_str());
    state.SetLabel(census->strong ? "census: strong" : "census: weak");
    state.counters["start_s"] = seconds_between(pass_start_, start);
    if (!census->strong) return;
    const auto pages = static_cast<double>(census->pages);
    state.counters["frames"] = static_cast<double>(census->frames);
    if (census->colours_seen)
      state.counters["colours_seen"] = static_cast<double>(*census->colours_seen);
    state.counters["zero_page_share"] = static_cast<double>(census->zero_pages) / pages;
    state.counters["ksm_share"] = static_cast<double>(census->ksm_pages) / pages;
    state.counters["huge_share"] = static_cast<double>(census->huge_pages) / pages;
  }

  const Cell& cell_;
  Lab& lab_;
  std::uint64_t seed_, rotate_bytes_;
  Clock::time_point pass_start_;
  std::barrier<> prepared_barrier_;
  Outcome<void> prepared_;
};

}  // namespace

void register_cells(const std::vector<Cell>& cells, const Options& options, Lab& lab) {
  const auto pass_start = Clock::now();
  const auto l1d = data_cache(Roots{}, 1);
  // A rotated read moves on by a cache line.
  const std::uint64_t line_bytes = l1d && l1d->line_bytes != 0 ? l1d->line_bytes : 64;
  for (const Cell& cell : cells) {
    auto run = std::make_shared<CellRun>(cell, lab, options.seed, line_bytes, pass_start);
    benchmark::RegisterBenchmark(to_name(cell, system_page_bytes()).c_str(),
                                 [run](benchmark::State& state) { run->trial(state); })
        ->Threads(cell.threads)
        ->Repetitions(options.repetitions)
        ->MinTime(options.min_time_s)
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace zp
