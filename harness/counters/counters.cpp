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

Outcome<std::unique_ptr<CounterSource>> choose_source(const Roots& roots, SourceChoice choice) {
  if (choice != SourceChoice::kPerf) {
    auto papi = make_papi_source(roots);
    if (choice == SourceChoice::kPapi || (papi && sees_pmu(**papi))) return papi;
  }
  return std::make_unique<PerfSource>(roots);
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
    // Of the family's own keys only those this CPU has: the others are no loss here.
    for (const std::string& key : keys)
      if (std::any_of(profile.begin(), profile.end(),
                      [&](const ProfileEntry& entry) { return key == entry.key; }))
        add_key(key);
    return candidates;
  }
  for (const std::string& word : split(set, ',')) {
    const bool repeated =
        std::any_of(candidates.begin(), candidates.end(),
                    [&](const CandidateEvent& known) { return known.event.key == word; });
    if (repeated) continue;
    if (std::find(keys.begin(), keys.end(), word) != keys.end())
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

Outcome<Counters> choose_counters(const Roots& roots, const std::string& set, SourceChoice choice) {
  Counters counters;
  counters.source = "none";
  if (set == "none") return counters;
  auto chosen = choose_source(roots, choice);
  if (!chosen) return tl::make_unexpected(chosen.error());
  counters.sources.push_back(std::move(*chosen));
  const auto candidates = candidates_for(roots, set);
  const bool vced = std::any_of(candidates.begin(), candidates.end(), [](const auto& candidate) {
    return candidate.event.expression == kVcedName;
  });
  if (vced) counters.sources.push_back(std::make_unique<VcedSource>(roots));

  std::vector<CounterSource*> sources;
  for (const auto& source : counters.sources) sources.push_back(source.get());
  auto plan = make_plan(sources, candidates);
  if (!plan) return tl::make_unexpected(with_nearest(plan.error(), set, counters));
  counters.plan = std::move(*plan);
  std::string names;
  for (const auto& source : counters.sources)
    if (std::any_of(counters.plan.groups.begin(), counters.plan.groups.end(),
                    [&](const PlannedGroup& group) { return group.source == source.get(); }))
      names += fmt::format("{}{}", names.empty() ? "" : ", ", source->name());
  if (!names.empty()) counters.source = names;
  return counters;
}

}  // namespace zp
