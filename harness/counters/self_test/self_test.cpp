// SPDX-License-Identifier: MIT
#include "harness/counters/self_test/self_test.hpp"

#include <map>
#include <set>

#include "harness/counters/pmu.hpp"
#include "harness/counters/self_test/expectations.hpp"
#include "harness/host/topology.hpp"
#include "harness/support/median.hpp"
#include "harness/support/words.hpp"

namespace zp {
namespace {

struct LoopResult {
  std::vector<LoopRun> runs;
  std::string error;  // of the first run that could not be counted
};

LoopResult run_loop(const Loops& loops, Loop loop, const PlannedGroup& planned, int rounds) {
  LoopResult result;
  const auto group = planned.source->open(planned.names);
  if (!group) return {{}, group.error().message};
  for (int round = 0; round < rounds; ++round) {
    auto run = loops.run(loop, **group);
    if (!run) return {{}, run.error().message};
    result.runs.push_back(std::move(*run));
  }
  return result;
}

CounterVerdict judged(double counted, double at_least, double at_most) {
  if (counted >= at_least && counted <= at_most) return CounterVerdict::kOk;
  return counted == 0 ? CounterVerdict::kZero : CounterVerdict::kImplausible;
}

CounterVerdict verdict_of(Refusal refusal) {
  if (refusal == Refusal::kNotPermitted) return CounterVerdict::kNotPermitted;
  return refusal == Refusal::kNotAllTheTime ? CounterVerdict::kMultiplexed
                                            : CounterVerdict::kAbsent;
}

TestedEvent judge(const Loops& loops, const Expectation& expectation, const Event& event,
                  const PlannedGroup& group, const LoopResult& result) {
  TestedEvent tested{event.key};
  if (!result.error.empty()) {
    tested.reason = result.error;
    if (refusal_in(result.error) == Refusal::kNotAllTheTime)
      tested.verdict = CounterVerdict::kMultiplexed;
    return tested;
  }
  std::vector<double> cpu_ns, counts;
  for (const LoopRun& run : result.runs) cpu_ns.push_back(run.cpu_ns);
  const bool of_time = expectation.measure == Measure::kNanoseconds;
  const double unit =
      of_time ? median(cpu_ns) : static_cast<double>(loops.amount(expectation.loop));
  for (const LoopRun& run : result.runs)
    if (const auto count = evaluate(event, group.names, run.counts))
      // What is held against time is held against that of its own run, which varies.
      counts.push_back(static_cast<double>(*count) *
                       (of_time && run.cpu_ns > 0 ? unit / run.cpu_ns : 1));
  tested.loop = loops.describe(expectation.loop);
  tested.expected = unit * expectation.expected;
  tested.at_least = unit * expectation.at_least;
  tested.at_most = unit * expectation.at_most;
  if (counts.empty()) {
    tested.verdict = CounterVerdict::kImplausible;
    tested.reason = fmt::format("{}: {} is below zero", tested.loop, event.expression);
    return tested;
  }
  tested.counted = median(counts);
  tested.verdict = judged(tested.counted, tested.at_least, tested.at_most);
  return tested;
}

// By each loop that is known for it; the first one that it fails, else the first.
TestedEvent test_event(const Loops& loops, const PlannedGroup& group, const Event& event,
                       const std::map<Loop, LoopResult>& results) {
  std::optional<TestedEvent> tested;
  TestedEvent untested{event.key, CounterVerdict::kUntested, "no loop is known for it"};
  for (const Expectation& expectation : expectations_of(event)) {
    if (const auto why = loops.why_not(expectation.loop)) {
      untested.reason = *why;
      continue;
    }
    auto one = judge(loops, expectation, event, group, results.at(expectation.loop));
    if (one.failed()) return one;
    if (!tested) tested = std::move(one);
  }
  // Of a loop that shows only that nothing is counted where there is nothing, zero is no proof.
  if (tested && tested->reason.empty() && tested->at_least == 0) return untested;
  return tested.value_or(untested);
}

}  // namespace

std::string_view to_string(CounterVerdict verdict) {
  return word_for(
      verdict, {"ok", "zero", "implausible", "multiplexed", "not permitted", "absent", "untested"});
}

std::vector<TestedEvent> test_counters(const Roots& roots, const CounterPlan& plan, int rounds) {
  std::vector<TestedEvent> tested;
  const Loops loops(roots);
  const auto place = stay_on_one_cpu();  // where that can't be had, a move costs a few misses
  for (const PlannedGroup& group : plan.groups) {
    std::map<Loop, LoopResult> results;
    for (const PlannedEvent& planned : group.events)
      for (const Expectation& expectation : expectations_of(planned.event))
        if (!results.contains(expectation.loop) && !loops.why_not(expectation.loop))
          results[expectation.loop] = run_loop(loops, expectation.loop, group, rounds);
    for (const PlannedEvent& planned : group.events)
      tested.push_back(test_event(loops, group, planned.event, results));
  }
  for (const MissingEvent& missing : plan.missing)
    tested.push_back({missing.key, verdict_of(refusal_in(missing.reason)), missing.reason});
  return tested;
}

void withhold_failed(Counters& counters, const std::vector<TestedEvent>& tested) {
  std::map<std::string_view, const TestedEvent*> failed;
  for (const TestedEvent& event : tested)
    if (event.failed()) failed.emplace(event.key, &event);
  for (PlannedGroup& group : counters.plan.groups) {
    std::erase_if(group.events, [&](const PlannedEvent& planned) {
      const auto found = failed.find(planned.event.key);
      if (found == failed.end()) return false;
      counters.plan.missing.push_back(
          {planned.event.key, fmt::format("{}: failed the self-test: {}", planned.event.expression,
                                          finding_of(*found->second))});
      return true;
    });
    std::set<std::string> wanted;
    for (const PlannedEvent& planned : group.events)
      for (EventTerm& term : terms_of(planned.event)) wanted.insert(std::move(term.name));
    std::erase_if(group.names, [&](const std::string& name) { return !wanted.contains(name); });
  }
  std::erase_if(counters.plan.groups,
                [](const PlannedGroup& group) { return group.events.empty(); });
  counters.source = sources_of(counters);
}

}  // namespace zp
