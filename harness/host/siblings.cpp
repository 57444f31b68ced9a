// SPDX-License-Identifier: MIT
#include "harness/host/siblings.hpp"

#include <algorithm>

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kMostCpus = 1 << 16;

std::optional<int> cpu_number(const std::string& text) {
  const auto number = parse_number(text);
  if (!number || *number >= kMostCpus) return std::nullopt;
  return static_cast<int>(*number);
}

// The CPUs of the core, this one among them; it alone where the kernel does not say.
std::vector<int> siblings_of(const Roots& roots, int cpu) {
  auto list = parse_cpu_list(
      read_trimmed(
          fmt::format("{}/devices/system/cpu/cpu{}/topology/thread_siblings_list", roots.sys, cpu))
          .value_or(""));
  if (std::ranges::find(list, cpu) == list.end()) list = {cpu};
  return list;
}

}  // namespace

std::vector<int> parse_cpu_list(const std::string& text) {
  std::vector<int> cpus;
  for (const std::string& part : split(text, ',')) {
    const auto dash = part.find('-');
    const auto first = cpu_number(part.substr(0, dash));
    const auto last = dash == std::string::npos ? first : cpu_number(part.substr(dash + 1));
    if (!first || !last || *first > *last) return {};
    for (int cpu = *first; cpu <= *last; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

std::vector<int> one_cpu_per_core(const Roots& roots, const std::vector<int>& cpus) {
  std::vector<int> chosen;
  for (const int cpu : cpus) {
    const std::vector<int> siblings = siblings_of(roots, cpu);
    const bool taken = std::ranges::any_of(
        chosen, [&](int other) { return std::ranges::find(siblings, other) != siblings.end(); });
    if (!taken) chosen.push_back(cpu);
  }
  return chosen;
}

std::vector<int> cores_first(const Roots& roots, const std::vector<int>& cpus) {
  std::vector<int> ordered;
  for (std::vector<int> left = cpus; !left.empty();) {
    const std::vector<int> next = one_cpu_per_core(roots, left);
    std::erase_if(left, [&](int cpu) { return std::ranges::find(next, cpu) != next.end(); });
    ordered.insert(ordered.end(), next.begin(), next.end());
  }
  return ordered;
}

std::optional<std::pair<int, int>> smt_siblings(const Roots& roots, const std::vector<int>& cpus) {
  for (const int cpu : cpus)
    for (const int other : siblings_of(roots, cpu))
      if (other != cpu && std::ranges::find(cpus, other) != cpus.end())
        return std::pair(cpu, other);
  return std::nullopt;
}

}  // namespace zp
