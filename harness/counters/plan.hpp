// SPDX-License-Identifier: MIT
// What will be counted here: every event tried on the hardware, and those that can count together
// put into one group. Groups are counted one after the other, in different trials, so nothing is
// ever multiplexed.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/counters/event.hpp"
#include "harness/counters/source.hpp"

namespace zp {

struct PlannedEvent {
  Event event;
  std::string about;           // the profile's source
  std::uint64_t overhead = 0;  // counted between start() and stop() with nothing in between
};

struct PlannedGroup {
  CounterSource* source = nullptr;
  std::vector<std::string> names;  // what the source opens, each once
  std::vector<PlannedEvent> events;
};

struct MissingEvent {
  std::string key;
  std::string reason;
};

struct CounterPlan {
  std::vector<PlannedGroup> groups;
  std::vector<MissingEvent> missing;
};

struct CandidateEvent {
  Event event;  // an empty expression: there is none, and `about` says why
  std::string about;
  bool typed = false;  // the name is the user's own
};

// Of each key, the first candidate (in the order given, and for each the sources in their order)
// that counts is taken; a key without one is missing, for the reason its first candidate had.
// Errors: kUsage for a typed name that no source knows.
Outcome<CounterPlan> make_plan(std::span<CounterSource* const> sources,
                               std::span<const CandidateEvent> candidates);

}  // namespace zp
