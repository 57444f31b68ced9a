// SPDX-License-Identifier: MIT
// Where counts come from. Names, opening and reading may be slow; start() and stop() are right
// around the timed walk.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/support/error.hpp"

namespace zp {

// Events that count together, of the thread that opened them, which alone may use the group.
class EventGroup {
 public:
  EventGroup() = default;
  EventGroup(const EventGroup&) = delete;
  EventGroup& operator=(const EventGroup&) = delete;
  virtual ~EventGroup() = default;

  virtual Outcome<void> start() = 0;
  virtual Outcome<void> stop() = 0;

  // What was counted from start() to stop(), in the order of the names; once for each such pair,
  // and before the next one. Errors: kCannotRun when the hardware did not count all the time, so
  // that a value would have to be scaled.
  virtual Outcome<std::vector<std::uint64_t>> read() = 0;
};

class CounterSource {
 public:
  CounterSource() = default;
  CounterSource(const CounterSource&) = delete;
  CounterSource& operator=(const CounterSource&) = delete;
  virtual ~CounterSource() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;

  // Opens the events for the calling thread; any thread may call. Errors: kUsage for a name that
  // nobody knows; kCannotRun, with errno and cause in words, for what can't be counted here, or not
  // all at once.
  virtual Outcome<std::unique_ptr<EventGroup>> open(std::span<const std::string> names) = 0;

  // Counts what the calling thread does; else what the whole machine does.
  [[nodiscard]] virtual bool per_thread() const { return true; }

  // Names to suggest when one is unknown.
  [[nodiscard]] virtual std::vector<std::string> known_names() const = 0;
};

}  // namespace zp
