// SPDX-License-Identifier: MIT
#include "bench/doctor.hpp"

#include "bench/context.hpp"
#include "bench/counting.hpp"
#include "harness/host/available_memory.hpp"
#include "harness/ksm/journal.hpp"
#include "harness/memory/placement.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {

std::string doctor_report(const Roots& roots, const Counters& counters) {
  const Facts facts = collect_context(roots, Options{});
  std::string text = "Host\n";
  for (const auto& [key, value] : facts) {
    const bool of_host = key.starts_with("kernel.r") || key.starts_with("cpu.") ||
                         key.starts_with("machine.") || key.starts_with("cache.") ||
                         key == "arch" || key == "page_size_bytes" || key == "numa.nodes" ||
                         key == "zero_page.colours" || key == "census";
    if (of_host) text += fmt::format("  {:<26}{}\n", key, wrap_words(value, 28));
  }
  if (const auto available = available_memory_bytes(roots))
    text += fmt::format("  {:<26}{}\n", "memory available", human_size(*available));
  text += "\nKnobs now\n";
  for (const auto& [name, value] : read_all_knobs(roots))
    text += fmt::format("  {:<26}{}\n", name, value);
  text += "\nPlacements\n";
  for (const PlacementEntry& entry : placement_catalogue()) {
    const auto reason = why_not_here({entry.kind, entry.takes_colours ? 1U : 0U}, roots);
    const std::string name = std::string(entry.name) + (entry.takes_colours ? ":N" : "");
    text += fmt::format("  {:<18}{:<4}{}\n", name, reason ? "no" : "yes",
                        wrap_words(reason ? *reason : std::string(entry.description), 24));
  }
  text += "\n" + describe(counters);
  const auto journal = Journal(roots).read();
  if (!journal || !journal->empty())
    text += "\n" +
            wrap_words("A killed run left knobs changed: zpbench --restore puts them back.", 0) +
            "\n";
  for (const auto& [kind, warning] : host_warnings(roots, Processes::kNamed))
    text += "\nWarning: " + wrap_words(warning, 9) + "\n";
  return text;
}

}  // namespace zp
