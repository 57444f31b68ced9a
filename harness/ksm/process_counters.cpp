// SPDX-License-Identifier: MIT
#include "harness/ksm/process_counters.hpp"

#include <charconv>
#include <string_view>

#include "harness/support/file.hpp"

namespace zp {
namespace {

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc()) return std::nullopt;
  return number;
}

// The number after "key " at the start of a line.
std::optional<std::uint64_t> field(const std::string& text, std::string_view key) {
  const std::string wanted = fmt::format("\n{} ", key);
  const auto at = ("\n" + text).find(wanted);
  if (at == std::string::npos) return std::nullopt;
  return number_in(std::string_view(text).substr(at + wanted.size() - 1));
}

}  // namespace

ProcessKsmCounters read_ksm_counters(const Roots& roots, const std::string& process) {
  const std::string directory = roots.proc + "/" + process;
  ProcessKsmCounters counters;
  if (const auto stat = read_text_file(directory + "/ksm_stat")) {
    counters.merging_pages = field(*stat, "ksm_merging_pages");
    counters.zero_pages = field(*stat, "ksm_zero_pages");
    counters.rmap_items = field(*stat, "ksm_rmap_items");
  }
  if (!counters.merging_pages)
    if (const auto merging = read_trimmed(directory + "/ksm_merging_pages"))
      counters.merging_pages = number_in(*merging);
  return counters;
}

}  // namespace zp
