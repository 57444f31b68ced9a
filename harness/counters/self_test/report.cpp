// SPDX-License-Identifier: MIT
#include <cmath>

#include "harness/counters/self_test/self_test.hpp"
#include "harness/support/json.hpp"
#include "harness/support/wrap.hpp"

namespace zp {
namespace {

bool was_counted(const TestedEvent& event) {
  return event.reason.empty();
}

// From the start: what is counted, or why not, says so.
bool is_missing(const TestedEvent& event) {
  return event.verdict == CounterVerdict::kAbsent || event.verdict == CounterVerdict::kNotPermitted;
}

// A factor that one can take in: "16 times", "0.01 times".
std::string times(double factor) {
  return factor < 10 ? fmt::format("{:.2g} times", factor) : fmt::format("{:.0f} times", factor);
}

}  // namespace

std::string finding_of(const TestedEvent& event) {
  if (!was_counted(event)) return event.reason;
  std::string text = fmt::format("{}: counted {:.0f}, ", event.loop, event.counted);
  if (event.verdict == CounterVerdict::kImplausible && event.expected > 0)
    text += times(event.counted / event.expected) + " what was ";
  return text + fmt::format("expected: {:.0f} ({:.0f} to {:.0f})", event.expected,
                            std::ceil(event.at_least), std::floor(event.at_most));
}

Facts self_test_facts(const std::vector<TestedEvent>& tested) {
  Facts facts;
  for (const TestedEvent& event : tested)
    if (!is_missing(event))
      facts.emplace_back("counters.self_test." + event.key,
                         fmt::format("{}: {}", to_string(event.verdict), finding_of(event)));
  return facts;
}

std::string self_test_report(const std::vector<TestedEvent>& tested) {
  std::string text = "Self-test of the counters\n";
  if (tested.empty()) text += "  nothing is to be counted\n";
  for (const TestedEvent& event : tested)
    text += fmt::format("  {:<22} {:<14}{}\n", event.key, to_string(event.verdict),
                        is_missing(event) ? "(why: above)" : hanging(finding_of(event), 39));
  return text;
}

std::string self_test_json(const std::vector<TestedEvent>& tested) {
  std::string list;
  for (const TestedEvent& event : tested) {
    list += fmt::format("{}\n    {{\"key\": {}, \"verdict\": {}", list.empty() ? "" : ",",
                        json_quoted(event.key), json_quoted(to_string(event.verdict)));
    if (was_counted(event))
      list += fmt::format(
          ", \"loop\": {}, \"expected\": {:.0f}, \"at_least\": {:.0f}, \"at_most\": {:.0f}, "
          "\"counted\": {:.0f}",
          json_quoted(event.loop), event.expected, std::ceil(event.at_least),
          std::floor(event.at_most), event.counted);
    else
      list += ", \"reason\": " + json_quoted(event.reason);
    list += "}";
  }
  return "[" + list + "\n  ]";
}

}  // namespace zp
