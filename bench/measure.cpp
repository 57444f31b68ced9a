// SPDX-License-Identifier: MIT
#include "bench/measure.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <barrier>
#include <memory>

#include "bench/counting.hpp"
#include "bench/disturbance.hpp"
#include "harness/host/facts.hpp"
#include "harness/host/page_size.hpp"
#include "harness/host/topology.hpp"
#include "harness/model/geometry.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/interrupt.hpp"
#include "harness/trace/window.hpp"
#include "harness/walk/kernels.hpp"

namespace zp {
namespace {

// Walks over a small table are repeated inside one iteration, so that taking the time (about 25 ns)
// stays below a thousandth of it.
constexpr std::uint64_t kLeastReadsPerIteration = 1 << 16;

// A modelled level settles one walk after the one above it (harness/model/steady.hpp): what a
// plugin follows is counted from the same state on as what the model alongside the walk counts.
constexpr std::size_t kTracedWarmWalks = model::kMaxCaches + 1;

// Everything one cell's trials have in common.
class CellRun {
 public:
  CellRun(const Cell& cell, const Options& options, Instruments instruments,
          std::uint64_t rotate_bytes, Clock::time_point pass_start)
      : cell_(cell),
        name_(to_name(cell, system_page_bytes())),
        options_(options),
        current_(instruments.current),
        row_model_(instruments.row_model),
        progress_(instruments.progress),
        // Every pass goes on where the one before it ended.
        counting_(instruments.counters, cell.threads,
                  static_cast<std::uint64_t>(options.pass - 1) *
                      static_cast<std::uint64_t>(options.repetitions)),
        rotate_bytes_(rotate_bytes),
        pass_start_(pass_start),
        watch_(Roots{}),
        threads_(static_cast<std::size_t>(cell.threads)),
        prepared_barrier_(cell.threads) {}

  // What is thrown in a thread of the library's would end the process, knobs changed.
  void trial(benchmark::State& state) {
    try {
      guarded_trial(state);
    } catch (const std::exception& error) {
      skip(state, words_of(error));
    }
  }

 private:
  // Skipped before its loop a repetition has no iterations, and where two others have some the
  // library ends the process (ComputeStats: all must have the same). So the loop is entered, for
  // none.
  static void skip(benchmark::State& state, const std::string& why) {
    state.SkipWithError(why.c_str());
    if (state.iterations() == 0)
      for (auto _ : state) {
      }
  }

  struct ThreadPart {  // of a trial
    double cpu_s = 0, wall_s = 0;
    std::uint64_t involuntary_switches = 0;
  };

  // The others wait for it, whatever becomes of it.
  void prepare() {
    try {
      progress_.say(name_);
      prepared_ = current_.prepare(cell_);
      counting_.begin_trial();
    } catch (const std::exception& error) {
      prepared_ = fail(ExitCode::kCannotRun, "{}", words_of(error));
    }
  }

  void guarded_trial(benchmark::State& state) {
    // The first thread makes the table and takes the census; the others wait for it.
    if (state.thread_index() == 0) prepare();
    prepared_barrier_.arrive_and_wait();
    if (!prepared_) return skip(state, row_message(prepared_.error()));
    const auto& cpus = current_.cpus();
    const auto index = static_cast<std::size_t>(state.thread_index());
    if (auto pinned = pin_thread_to_cpu(cpus[index % cpus.size()]); !pinned)
      return skip(state, row_message(pinned.error()));
    const Walk walk = walk_of_thread(static_cast<unsigned>(index));
    const std::uint64_t wanted = expected_sum(walk, current_.table().contents);
    const std::uint64_t walks = walks_per_iteration(walk);
    auto counted = counting_.open(index);
    const bool traced = options_.trace && index == 0;
    if (traced)
      trace::Window::start(to_name(cell_, walk.page_bytes), walk.base, cell_.table_bytes,
                           walk.page_bytes);
    bool right = run_walk(walk) == wanted;  // and warms caches and TLB
    if (traced) {
      for (std::size_t i = 0; i < kTracedWarmWalks; ++i) right &= run_walk(walk) == wanted;
      trace::Window::count();
    }

    std::uint64_t iterations = 0;
    Clock::time_point start, stop;
    ThreadAccount account_at_start;
    ThreadPart& part = threads_[index];
    part = {};
    if (index == 0) watch_.start(cpus);
    for (auto _ : state) {
      if (interrupted()) break;
      if (iterations++ == 0) {  // after the threads were let go together
        account_at_start = ThreadAccount::now();
        counted.start();
        start = Clock::now();
      }
      for (std::uint64_t i = 0; i < walks; ++i) {
        std::uint64_t sum = run_walk(walk);
        benchmark::DoNotOptimize(sum);
        right &= sum == wanted;
      }
      stop = Clock::now();
      // Before the loop ends: there the threads wait for each other.
      if (iterations == static_cast<std::uint64_t>(state.max_iterations)) {
        counted.stop();
        const ThreadAccount account = ThreadAccount::now();
        part = {account.cpu_s - account_at_start.cpu_s, seconds_between(start, stop),
                account.involuntary_switches - account_at_start.involuntary_switches};
      }
    }
    if (traced) trace::Window::stop();
    if (interrupted()) return state.SkipWithError(kInterruptedMessage.data());
    if (!right) state.SkipWithError(fmt::format("{} the placement holds", kWrongWords).c_str());
    report(state, walk.reads * walks * iterations, seconds_between(start, stop));
    if (state.thread_index() != 0 || iterations == 0) return;
    const Disturbance disturbance = disturbance_of_threads();
    if (auto refused = why_refused(disturbance, cell_.placement))
      return state.SkipWithError(refused->c_str());
    for (const auto& [key, value] : figures_of(disturbance)) state.counters[key] = value;
    report_census(state, start, is_disturbed(disturbance));
    report_counts(state, iterations, seconds_between(start, stop));
    report_model(state, walk);
  }

  // The threads have left the timed loop together: what each noted of itself is there.
  Disturbance disturbance_of_threads() const {
    Disturbance disturbance = watch_.stop();
    double cpu_s = 0, wall_s = 0;
    for (const ThreadPart& part : threads_) {
      cpu_s += part.cpu_s;
      wall_s += part.wall_s;
      disturbance.involuntary_switches += part.involuntary_switches;
    }
    if (wall_s <= 0) return disturbance;
    disturbance.cpu_share = std::min(1.0, cpu_s / wall_s);
    if (options_.min_time_s > 0)
      disturbance.min_time_share = wall_s / cell_.threads / options_.min_time_s;
    return disturbance;
  }

  static std::uint64_t walks_per_iteration(const Walk& walk) {
    return std::max<std::uint64_t>(
        1, kLeastReadsPerIteration / std::max<std::uint64_t>(1, walk.reads));
  }

  [[nodiscard]] Walk walk_of_thread(unsigned index) const {
    Walk walk;
    walk.base = current_.table().table.base();
    walk.stride_bytes = cell_.stride_bytes;
    walk.reads = cell_.table_bytes / cell_.stride_bytes;
    walk.page_bytes = system_page_bytes();
    walk.rotate_bytes = cell_.offset == Offset::kRotated ? rotate_bytes_ : 0;
    walk.order = cell_.walk;
    walk.seed = options_.seed;
    walk.pages = current_.chosen_pages();
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

  void report_census(benchmark::State& state, Clock::time_point start, bool disturbed) {
    const auto census = current_.finish(cell_);
    if (!census) return state.SkipWithError(census.error().message.c_str());
    state.SetLabel(std::string(census->strong ? kStrongCensus : kWeakCensus) +
                   std::string(disturbed ? kDisturbedLabel : ""));
    state.counters["start_s"] = seconds_between(pass_start_, start);
    if (!census->strong) return;
    if (!current_.chosen_pages().empty())
      state.counters["pages_read"] = static_cast<double>(current_.chosen_pages().size());
    for (const auto& [key, value] : current_.figures_of(*census)) state.counters[key] = value;
  }

  // Of all threads, by the first: the others have stopped, too, when the timed loop is left.
  void report_counts(benchmark::State& state, std::uint64_t iterations, double seconds) {
    std::uint64_t reads = 0;
    for (unsigned i = 0; i < static_cast<unsigned>(cell_.threads); ++i) {
      const Walk walk = walk_of_thread(i);
      reads += walk.reads * walks_per_iteration(walk) * iterations;
    }
    for (const auto& [key, count] : counting_.per_read(static_cast<double>(reads)))
      state.counters[key] = count;
    if (const std::string problem = counting_.problem(); !problem.empty() && !said_problem_) {
      said_problem_ = true;
      progress_.say(fmt::format("a trial without counts: {}", problem), true);
    }
    // Trials that are shorter only look for the number of iterations (until the first long enough).
    counts_are_reported_ |= seconds >= options_.min_time_s;
    if (counts_are_reported_) counting_.next_group();
  }

  // The same for every trial on a table: taken once.
  void report_model(benchmark::State& state, const Walk& walk) {
    if (!row_model_.any()) return;
    if (modelled_table_ != current_.table_number()) {
      modelled_table_ = current_.table_number();
      modelled_figures_ =
          row_model_.figures(cell_, current_.table().table, current_.table_number(), walk);
      if (!modelled_figures_ && !interrupted())
        progress_.say("no model: " + modelled_figures_.error().message, true);
    }
    if (!modelled_figures_) {
      if (interrupted()) state.SkipWithError(kInterruptedMessage.data());
      return;
    }
    for (const auto& [key, value] : *modelled_figures_) state.counters[key] = value;
  }

  const Cell& cell_;
  const std::string name_;
  const Options& options_;
  CurrentTable& current_;
  RowModel& row_model_;
  Progress& progress_;
  CellCounting counting_;
  bool counts_are_reported_ = false, said_problem_ = false;
  std::uint64_t modelled_table_ = 0;  // tables are numbered from 1
  Outcome<Figures> modelled_figures_;
  std::uint64_t rotate_bytes_;
  Clock::time_point pass_start_;
  DisturbanceWatch watch_;
  std::vector<ThreadPart> threads_;
  std::barrier<> prepared_barrier_;
  Outcome<void> prepared_;
};

}  // namespace

void register_cells(const std::vector<Cell>& cells, const Options& options,
                    Instruments instruments) {
  const auto pass_start = Clock::now();
  const auto l1d = data_cache(Roots{}, 1);
  // A rotated read moves on by a cache line.
  const std::uint64_t line_bytes = l1d && l1d->line_bytes != 0 ? l1d->line_bytes : 64;
  for (const Cell& cell : cells) {
    auto run = std::make_shared<CellRun>(cell, options, instruments, line_bytes, pass_start);
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
