// SPDX-License-Identifier: MIT
// Whether the counters can be believed: each event counts loops whose figure is known.
#pragma once

#include <string>
#include <vector>

#include "harness/counters/counters.hpp"
#include "harness/host/facts.hpp"

namespace zp {

enum class CounterVerdict {
  kOk,
  kZero,          // nothing, where something was to be counted
  kImplausible,   // too much or too little
  kMultiplexed,   // the hardware did not count it all the time
  kNotPermitted,  // somebody forbids it: `reason`
  kAbsent,        // not counted here, for another reason
  kUntested,      // no loop of a known figure, here or at all
};

std::string_view to_string(CounterVerdict verdict);

struct TestedEvent {
  std::string key;
  CounterVerdict verdict = CounterVerdict::kUntested;
  std::string reason = {};  // of the last four

  // Of the first three: the loop in words, the figure expected and its bounds.
  std::string loop = {};
  double expected = 0, at_least = 0, at_most = 0;
  double counted = 0;  // the median

  // A row must not carry what it counts.
  [[nodiscard]] bool failed() const {
    return verdict == CounterVerdict::kZero || verdict == CounterVerdict::kImplausible ||
           verdict == CounterVerdict::kMultiplexed;
  }
};

// "a read of each of 1024 cold pages: counted 16384, 16 times the 1024 expected (128 to 8192)", or
// the reason.
std::string finding_of(const TestedEvent& event);

// Every event of the plan, those that are missing with their reason. Each loop is run `rounds`
// times for each group, on the calling thread.
std::vector<TestedEvent> test_counters(const Roots& roots, const CounterPlan& plan, int rounds);

// The short form takes a few hundredths of a second per group.
inline constexpr int kRoundsOfARun = 3, kRoundsOfDoctor = 9;

// Takes what failed out of the plan: it is missing, and the reason says what was counted.
void withhold_failed(Counters& counters, const std::vector<TestedEvent>& tested);

// For the JSON context: counters.self_test.KEY of every event that was tried.
Facts self_test_facts(const std::vector<TestedEvent>& tested);

// For people; and a JSON array.
std::string self_test_report(const std::vector<TestedEvent>& tested);
std::string self_test_json(const std::vector<TestedEvent>& tested);

}  // namespace zp
