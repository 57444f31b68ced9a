// SPDX-License-Identifier: MIT
#include "bench/doctor.hpp"

#include <algorithm>
#include <iterator>

#include "bench/context.hpp"
#include "bench/counting.hpp"
#include "bench/current_table.hpp"
#include "bench/probing.hpp"
#include "harness/host/available_memory.hpp"
#include "harness/host/topology.hpp"
#include "harness/ksm/journal.hpp"
#include "harness/ksm/session.hpp"
#include "harness/memory/placement.hpp"
#include "harness/support/json.hpp"
#include "harness/support/units.hpp"
#include "harness/support/wrap.hpp"

namespace zp {

namespace {

bool is_of_host(const std::string& key) {
  return key.starts_with("kernel.r") || key.starts_with("cpu.") || key.starts_with("machine.") ||
         key.starts_with("cache.") || key == "arch" || key == "page_size_bytes" ||
         key == "numa.nodes" || key.starts_with("zero_page.") || key == "census";
}

struct Verdict {
  std::string name, description;
  std::optional<std::string> why_not;
};

// What holds for every placement counts for each of them.
std::vector<Verdict> verdicts(const Roots& roots) {
  const auto none = why_no_row(roots);
  std::vector<Verdict> list;
  for (const PlacementEntry& entry : placement_catalogue())
    list.push_back({std::string(entry.name) + (entry.suffix == Suffix::kNone ? "" : ":N"),
                    std::string(entry.description),
                    none ? none
                         : why_not_here({entry.kind, entry.suffix == Suffix::kColours ? 1U : 0U,
                                         entry.suffix == Suffix::kSharers ? kMinSharers : 0U},
                                        roots)});
  return list;
}

// Errors of taking the lock but that somebody holds it: measuring would end there.
std::optional<std::string> why_no_lock(const Roots& roots) {
  const auto lock = HostLock::acquire(roots);
  return lock ? std::nullopt : std::optional(lock.error().message);
}

template <class Pairs>
std::string object(const Pairs& pairs) {
  std::string text;
  for (const auto& [key, value] : pairs)
    text += fmt::format("{}\n    {}: {}", text.empty() ? "" : ",", json_quoted(key),
                        json_quoted(value));
  return "{" + text + "\n  }";
}

std::string line_of(std::string_view key, const std::string& value) {
  return fmt::format("  {:<28} {}\n", key, hanging(value, 31));
}

// Of a journal that --restore can't read, why; it may still name changed knobs.
std::optional<std::string> journal_left(const Roots& roots) {
  const auto journal = Journal(roots).read();
  if (!journal) return journal.error().message;
  if (journal->values.empty()) return std::nullopt;
  return "A killed run left knobs changed: zpbench --restore puts them back.";
}

// What a run would warn of that has a thread on every CPU, too.
Facts warnings(const Roots& roots) {
  Facts all = host_warnings(roots, Processes::kNamed);
  if (const auto cpus = cpus_of_node(first_node()))
    std::ranges::move(thread_warnings(roots, cpus->size(), *cpus), std::back_inserter(all));
  return all;
}

}  // namespace

std::string doctor_json(const Roots& roots, const Counters& counters, const SelfTest& tested) {
  Facts host = collect_context(roots, Options{});
  std::erase_if(host, [](const auto& fact) { return !is_of_host(fact.first); });
  std::string text = "{\n  \"schema\": \"zpbench-doctor-1\",\n  \"host\": " + object(host);
  if (const auto available = available_memory_bytes(roots))
    text += fmt::format(",\n  \"memory_available_bytes\": {}", *available);
  text += ",\n  \"knobs\": " + object(read_all_knobs(roots)) + ",\n  \"placements\": [";
  std::string list;
  for (const Verdict& verdict : verdicts(roots)) {
    list += fmt::format("{}\n    {{\"name\": {}, \"here\": {}", list.empty() ? "" : ",",
                        json_quoted(verdict.name), !verdict.why_not);
    if (verdict.why_not) list += ", \"reason\": " + json_quoted(*verdict.why_not);
    list += "}";
  }
  text += list + "\n  ],\n  \"counters\": " + object(counter_facts(counters));
  if (tested) text += ",\n  \"self_test\": " + self_test_json(*tested);
  if (const auto why = why_no_lock(roots)) text += ",\n  \"lock\": " + json_quoted(*why);
  text += fmt::format(",\n  \"knobs_left_changed\": {}", journal_left(roots).has_value());
  return text + ",\n  \"warnings\": " + object(warnings(roots)) + "\n}\n";
}

std::string doctor_report(const Roots& roots, const Counters& counters, const SelfTest& tested,
                          bool probe) {
  const Facts facts = collect_context(roots, Options{});
  std::string text = "Host\n";
  for (const auto& [key, value] : facts) {
    if (is_of_host(key)) text += line_of(key, value);
  }
  if (const auto available = available_memory_bytes(roots))
    text += line_of("memory available", human_size(*available));
  text += "\nKnobs now\n";
  for (const auto& [name, value] : read_all_knobs(roots)) text += line_of(name, value);
  text += "\nPlacements\n";
  for (const auto& [name, description, why_not] : verdicts(roots))
    text += fmt::format("  {:<18}{:<4}{}\n", name, why_not ? "no" : "yes",
                        hanging(why_not.value_or(description), 24));
  if (const auto why = why_no_lock(roots))
    text += "\n" + hanging("Measuring now is not possible: " + *why, 0) + "\n";
  if (probe) text += "\nProbe (zpbench --probe says more)\n";
  // Its load would be in the figures of who measures.
  const Facts probed = !probe ? Facts{}
                       : HostLock::held_by_another(roots)
                           ? Facts{{"probe.missing", "left out while another holds the lock"}}
                           : probe_in_run(roots, false).facts;
  for (const auto& [key, value] : probed) text += line_of(key, value);
  text += "\n" + counter_list(counters);
  if (tested) text += "\n" + self_test_report(*tested);
  if (const auto left = journal_left(roots)) text += "\n" + hanging(*left, 0) + "\n";
  for (const auto& [kind, warning] : warnings(roots))
    text += "\nWarning: " + hanging(warning, 9) + "\n";
  return text;
}

}  // namespace zp
