// SPDX-License-Identifier: MIT
// Event counts of a cell's trials, and what is said about them. One group of events is counted in
// one trial; repetitions and passes take turns.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/counters/counters.hpp"
#include "harness/host/facts.hpp"

namespace zp {

class CellCounting {
 public:
  // `counters` must outlive this. `first_group`: where this pass begins to take turns.
  CellCounting(const Counters& counters, int threads, std::uint64_t first_group);

  // By one thread, before the others open.
  void begin_trial();

  // The part of one thread: open before the timed walk, start and stop right around it. All of it
  // does nothing where there is nothing to count.
  class Thread {
   public:
    void start();
    void stop();

   private:
    friend class CellCounting;
    Thread(CellCounting* cell, std::size_t index, std::unique_ptr<EventGroup> group)
        : cell_(cell), index_(index), group_(std::move(group)) {}
    CellCounting* cell_;
    std::size_t index_;
    std::unique_ptr<EventGroup> group_;
  };
  Thread open(std::size_t index);

  // By one thread after all have stopped. `reads`: of all threads. Keys and counts per read; none
  // of a thread that could not count, as a sum without it would be too small.
  std::vector<std::pair<std::string, double>> per_read(double reads) const;

  // Why the last trial has no counts although some were planned; empty when it has.
  [[nodiscard]] std::string problem() const;

  // The trial is a repetition that will be reported: the next one counts the next group.
  void next_group() { ++reported_; }

 private:
  struct Slot {
    std::optional<std::vector<std::uint64_t>> values;
    std::string error;
  };

  const Counters& counters_;
  std::uint64_t first_group_, reported_ = 0;
  const PlannedGroup* group_ = nullptr;
  std::vector<Slot> slots_;  // one per thread
};

// For the JSON context: counters.source, .event.KEY, .overhead.KEY, .missing.KEY, .groups.
Facts counter_facts(const Counters& counters);

// A warning where one pass does not count every group.
std::optional<std::string> too_few_repetitions(const Counters& counters, int repetitions);

// What is counted here and why not the rest, for people.
std::string counter_list(const Counters& counters);

}  // namespace zp
