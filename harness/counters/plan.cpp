// SPDX-License-Identifier: MIT
#include "harness/counters/plan.hpp"

#include <algorithm>

namespace zp {
namespace {

std::vector<std::string> joined(std::vector<std::string> names,
                                const std::vector<std::string>& more) {
  for (const std::string& name : more)
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  return names;
}

std::vector<std::string> names_of(const Event& event) {
  std::vector<std::string> names;
  for (EventTerm& term : terms_of(event)) names.push_back(std::move(term.name));
  return joined({}, names);
}

// Opening is not proof enough: a kernel may take a group that the hardware then never counts.
Outcome<std::vector<std::uint64_t>> count_nothing(CounterSource& source,
                                                  std::span<const std::string> names) {
  const auto group = source.open(names);
  if (!group) return fail(group);
  if (auto started = (*group)->start(); !started) return fail(started);
  if (auto stopped = (*group)->stop(); !stopped) return fail(stopped);
  return (*group)->read();
}

void measure_overhead(PlannedGroup& group) {
  constexpr int kTries = 9;
  std::vector<std::vector<std::uint64_t>> tries(group.events.size());
  for (int i = 0; i < kTries; ++i) {
    const auto values = count_nothing(*group.source, group.names);
    if (!values) return;
    for (std::size_t e = 0; e < group.events.size(); ++e)
      if (const auto value = evaluate(group.events[e].event, group.names, *values))
        tries[e].push_back(*value);
  }
  for (std::size_t e = 0; e < group.events.size(); ++e) {
    if (tries[e].empty()) continue;
    std::ranges::sort(tries[e]);
    group.events[e].overhead = tries[e][tries[e].size() / 2];
  }
}

void add(CounterPlan& plan, CounterSource& source, PlannedEvent event) {
  const auto names = names_of(event.event);
  for (PlannedGroup& group : plan.groups) {
    if (group.source != &source) continue;
    auto together = joined(group.names, names);
    if (!count_nothing(source, together)) continue;
    group.names = std::move(together);
    group.events.push_back(std::move(event));
    return;
  }
  plan.groups.push_back({&source, names, {std::move(event)}});
}

}  // namespace

Outcome<CounterPlan> make_plan(std::span<CounterSource* const> sources,
                               std::span<const CandidateEvent> candidates) {
  CounterPlan plan;
  for (std::size_t first = 0, end = 0; first < candidates.size(); first = end) {
    const std::string& key = candidates[first].event.key;
    std::optional<Error> refusal;  // the first one that is not just an unknown name
    std::optional<Error> unknown;
    bool planned = false;
    for (end = first; end < candidates.size() && candidates[end].event.key == key; ++end) {
      const CandidateEvent& candidate = candidates[end];
      if (planned) continue;
      if (candidate.event.expression.empty()) {
        if (!refusal) refusal = Error{ExitCode::kCannotRun, candidate.about};
        break;
      }
      for (CounterSource* source : sources) {
        const auto counted = count_nothing(*source, names_of(candidate.event));
        if (counted) {
          add(plan, *source, {candidate.event, candidate.about});
          planned = true;
          break;
        }
        auto& kept = counted.error().code == ExitCode::kUsage ? unknown : refusal;
        if (!kept) kept = counted.error();
      }
    }
    while (end < candidates.size() && candidates[end].event.key == key) ++end;
    if (planned) continue;
    if (!refusal && candidates[first].typed) return tl::make_unexpected(*unknown);
    plan.missing.push_back({key, (refusal ? refusal : unknown)->message});
  }
  for (PlannedGroup& group : plan.groups) measure_overhead(group);
  return plan;
}

}  // namespace zp
