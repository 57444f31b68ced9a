// SPDX-License-Identifier: MIT
#include "bench/family_run.hpp"

#include <benchmark/benchmark.h>

#include <memory>

#include "bench/counting.hpp"
#include "bench/disturbance.hpp"
#include "harness/host/available_memory.hpp"
#include "harness/host/topology.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/interrupt.hpp"

namespace zp {
namespace {

// A family's threads, and what it records, may not be had.
template <class Measure>
Outcome<Figures> guarded(Measure&& measure) {
  try {
    return measure();
  } catch (const std::exception& error) {
    return fail(ExitCode::kCannotRun, "{}", words_of(error));
  }
}

// What one cell's repetitions have in common.
class FamilyRun {
 public:
  FamilyRun(const FamilyCell& cell, const Options& options, Instruments instruments)
      : cell_(cell),
        current_(instruments.current),
        progress_(instruments.progress),
        counting_(instruments.counters, 1,
                  static_cast<std::uint64_t>(options.pass - 1) *
                      static_cast<std::uint64_t>(options.repetitions)) {}

  void repetition(benchmark::State& state) {
    progress_.say(cell_.name);
    Outcome<Figures> figures;
    label_.clear();
    at_rest_ = false;
    watch_.start(cpus_);
    for (auto _ : state) {
      if (interrupted())
        figures = fail(interrupt_exit_code(), "{}", kInterruptedMessage);
      else
        figures = guarded([&] { return cell_.on_table ? on_table() : alone(); });
    }
    Disturbance disturbance = watch_.stop();
    if (!figures) return state.SkipWithError(row_message(figures.error()).c_str());
    if (at_rest_)
      if (auto refused = why_refused(disturbance, cell_.placement))
        return state.SkipWithError(refused->c_str());
    if (!at_rest_) disturbance.major_faults_per_second.reset();  // may be what it is about
    note_workers(disturbance, *figures);
    for (const auto& [key, value] : *figures) state.counters[key] = value;
    for (const auto& [key, value] : waits_of(disturbance)) state.counters[key] = value;
    if (was_kept_waiting(disturbance)) label_ += kDisturbedLabel;
    if (!label_.empty()) state.SetLabel(label_);
  }

 private:
  // With KSM to itself.
  Outcome<Figures> alone() {
    FamilyEnvironment environment{current_.lend_session(),
                                  [this](const std::string& text) { progress_.say(text); },
                                  interrupted, [this] { watch_at_rest(); }};
    if (auto fits = check_memory(environment.session.roots(), cell_.memory_bytes); !fits)
      return fail(fits);
    return cell_.measure(environment);
  }

  // Anew: ksmd had work to do as long as the table was made.
  void watch_at_rest() {
    at_rest_ = true;
    watch_.start(cpus_);
  }

  Outcome<Figures> on_table() {
    Cell table;
    table.placement = cell_.placement;
    table.table_bytes = cell_.table_bytes;
    if (auto prepared = current_.prepare(table); !prepared) return fail(prepared);
    watch_at_rest();
    counting_.begin_trial();
    auto counted = counting_.open(0);
    std::optional<Census> census;
    TableBench bench{current_.table(),
                     current_.cpus(),
                     Roots{},
                     {[&] { counted.start(); }, [&] { counted.stop(); }},
                     [&]() -> Outcome<Census> {
                       auto after = current_.finish(table);
                       if (after) census = *after;
                       return after;
                     },
                     interrupted};
    auto figures = cell_.on_table(bench);
    if (!figures) return figures;
    if (census) {
      label_ = census->strong ? kStrongCensus : kWeakCensus;
      for (auto& figure : current_.figures_of(*census)) figures->push_back(std::move(figure));
    }
    if (bench.counted != 0) {
      for (auto& figure : counting_.per_read(static_cast<double>(bench.counted)))
        figures->push_back(std::move(figure));
      counting_.next_group();
    }
    return figures;
  }

  const FamilyCell& cell_;
  CurrentTable& current_;
  Progress& progress_;
  CellCounting counting_;
  DisturbanceWatch watch_{Roots{}};
  std::vector<int> cpus_ = cpus_of_node(first_node()).value_or(std::vector<int>{});
  std::string label_;     // of the repetition
  bool at_rest_ = false;  // whether it times a table at rest, and has come to that
};

}  // namespace

void register_families(const std::vector<FamilyCell>& cells, const Options& options,
                       Instruments instruments) {
  for (const FamilyCell& cell : cells) {
    auto run = std::make_shared<FamilyRun>(cell, options, instruments);
    benchmark::RegisterBenchmark(cell.name.c_str(),
                                 [run](benchmark::State& state) { run->repetition(state); })
        ->Iterations(1)
        ->Repetitions(cell.repeated ? options.repetitions : 1)
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace zp
