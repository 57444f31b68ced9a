// SPDX-License-Identifier: MIT
#include "harness/counters/counters.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>

#include "harness/counters/cpu_family.hpp"
#include "harness/counters/papi_source.hpp"
#include "harness/counters/perf_source.hpp"
#include "harness/counters/profile.hpp"
#include "harness/counters/vced_source.hpp"
#include "harness/support/nearest.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

bool sees_pmu(CounterSource& source) {
  const std::array<std::string, 1> kCycles = {"perf::CYCLES"};
  const std::array<std::string, 1> kMainframeCycles = {"cpum_cf::CPU_CYCLES"};
  return source.open(kCycles).has_value() || source.open(kMainframeCycles).has_value();
}

template <class Source>
Outcome<std::unique_ptr<CounterSource>> make(const Roots& roots) {
  return std::make_unique<Source>(roots);
}

// Where counts come from, in the order in which they are tried.
struct CounterSourceEntry {
  std::string_view name;        // as --counter-source has it, and the context of the JSON
  std::string_view only_event;  // besides the others, for this event; empty: one for all events
  Outcome<std::unique_ptr<CounterSource>> (*make)(const Roots& roots);
};

constexpr std::array kSources{CounterSourceEntry{"papi", "", make_papi_source},
                              CounterSourceEntry{"perf", "", make<PerfSource>},
                              CounterSourceEntry{"cpuinfo", kVcedName, make<VcedSource>}};

Outcome<std::unique_ptr<CounterSource>> choose_source(const Roots& roots, std::string_view choice) {
  Outcome<std::unique_ptr<CounterSource>> source;
  for (const CounterSourceEntry& entry : kSources) {
    if (!entry.only_event.empty() || (choice != "auto" && choice != entry.name)) continue;
    source = entry.make(roots);
    if (choice == entry.name || (source && sees_pmu(**source))) break;
  }
  return source;
}

std::vector<CandidateEvent> candidates_for(const Roots& roots, const std::string& set) {
  utsname name{};
  ::uname(&name);
  const auto profile = profile_of(cpu_families(roots, name.machine));
  const auto keys = known_keys();
  std::vector<CandidateEvent> candidates;
  const auto add_key = [&](const std::string& key) {
    const std::size_t before = candidates.size();
    for (const ProfileEntry& entry : profile)
      if (key == entry.key)
        candidates.push_back({{entry.key, entry.expression}, entry.source, false});
    if (candidates.size() == before)
      candidates.push_back({{key, ""}, "the event table has none for this CPU", false});
  };
  if (set == "auto") {
    // Of the family's own keys only those this CPU has: the others are not lost here.
    for (const std::string& key : keys)
      if (std::ranges::any_of(profile, [&](const ProfileEntry& entry) { return key == entry.key; }))
        add_key(key);
    return candidates;
  }
  for (const std::string& word : split(set, ',')) {
    const bool repeated = std::ranges::any_of(
        candidates, [&](const CandidateEvent& known) { return known.event.key == word; });
    if (repeated) continue;
    if (std::ranges::find(keys, word) != keys.end())
      add_key(word);
    else
      candidates.push_back({{word, word}, "asked for by name", true});
  }
  return candidates;
}

Error with_nearest(const Error& error, const std::string& set, const Counters& counters) {
  std::vector<std::string> names = known_keys();
  for (const auto& source : counters.sources)
    for (std::string& name : source->known_names()) names.push_back(std::move(name));
  std::string text = "--counters: " + error.message;
  for (const std::string& word : split(set, ',')) {
    if (!error.message.starts_with(word)) continue;
    const std::string close = nearest<std::string>(word, names);
    if (!close.empty()) return {error.code, text + "; nearest: " + close};
  }
  return {error.code, text + " (see zpbench --counters list)"};
}

}  // namespace

std::vector<std::string_view> counter_source_choices() {
  std::vector<std::string_view> choices{"auto"};
  for (const CounterSourceEntry& entry : kSources)
    if (entry.only_event.empty()) choices.push_back(entry.name);
  return choices;
}

Outcome<Counters> choose_counters(const Roots& roots, const std::string& set,
                                  std::string_view choice) {
  Counters counters;
  counters.source = "none";
  if (set == "none") return counters;
  auto chosen = choose_source(roots, choice);
  if (!chosen) return fail(chosen);
  counters.sources.push_back(std::move(*chosen));
  const auto candidates = candidates_for(roots, set);
  for (const CounterSourceEntry& entry : kSources) {
    const bool wanted = std::ranges::any_of(candidates, [&](const CandidateEvent& candidate) {
      return !entry.only_event.empty() && candidate.event.expression == entry.only_event;
    });
    if (!wanted) continue;
    auto source = entry.make(roots);
    if (!source) return fail(source);
    counters.sources.push_back(std::move(*source));
  }

  std::vector<CounterSource*> sources;
  for (const auto& source : counters.sources) sources.push_back(source.get());
  auto plan = make_plan(sources, candidates);
  if (!plan) return tl::make_unexpected(with_nearest(plan.error(), set, counters));
  counters.plan = std::move(*plan);
  counters.source = sources_of(counters);
  return counters;
}

std::string sources_of(const Counters& counters) {
  std::string names;
  for (const auto& source : counters.sources)
    if (std::ranges::count(counters.plan.groups, source.get(), &PlannedGroup::source) != 0)
      names += fmt::format("{}{}", names.empty() ? "" : ", ", source->name());
  return names.empty() ? "none" : names;
}

}  // namespace zp
