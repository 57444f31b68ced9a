// SPDX-License-Identifier: MIT
#include "harness/host/boot_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace zp {
namespace {

// Documentation/admin-guide/kernel-parameters.txt. A name that ends in '*' stands for all that
// begin so.
constexpr std::array<std::string_view, 65> kShown{
    // memory
    "transparent_hugepage*", "thp_*", "hugepages*", "hugepagesz", "default_hugepagesz", "hugetlb_*",
    "ksm*", "slab_*", "slub_*", "init_on_alloc", "init_on_free", "page_poison", "page_alloc.*",
    "page_owner", "debug_pagealloc", "debug_guardpage_minorder", "kasan*", "kfence.*", "kmemleak",
    "mem", "memmap", "movablecore", "kernelcore", "movable_node", "numa*", "cgroup_disable",
    "swapaccount", "nokaslr", "kaslr", "zswap.*", "highmem", "cma",
    // mitigations
    "mitigations", "pti", "nopti", "kpti", "nospectre_*", "spectre_*", "spec_*", "l1tf", "mds",
    "tsx*", "mmio_stale_data", "retbleed", "srbds", "gather_data_sampling",
    "reg_file_data_sampling", "nosmap", "nosmep",
    // CPUs, their speed and what runs on them
    "isolcpus", "nohz*", "rcu_nocbs", "rcu_nocb_poll", "irqaffinity", "maxcpus", "nr_cpus",
    "possible_cpus", "nosmt", "smt", "idle", "intel_idle.*", "processor.*", "cpufreq*",
    "intel_pstate", "amd_pstate*"};
// Longer ones are not of this kind.
constexpr std::size_t kLongest = 80;

bool is_shown(std::string_view word) {
  const auto name = word.substr(0, word.find('='));
  return word.size() <= kLongest && std::ranges::any_of(kShown, [name](std::string_view known) {
           return known.ends_with('*') ? name.starts_with(known.substr(0, known.size() - 1))
                                       : name == known;
         });
}

// Up to the next white space; quotes keep it (kernel/params.c, next_arg).
std::string_view next_word(std::string_view line, std::size_t begin) {
  bool quoted = false;
  std::size_t end = begin;
  for (; end < line.size(); ++end) {
    if (line[end] == '"') quoted = !quoted;
    if (!quoted && std::string_view(" \t\n").find(line[end]) != std::string_view::npos) break;
  }
  return line.substr(begin, end - begin);
}

}  // namespace

std::string shown_boot_parameters(std::string_view command_line) {
  std::string shown;
  std::size_t others = 0;
  bool of_kernel = true;
  for (std::size_t begin = 0; begin < command_line.size();) {
    const auto word = next_word(command_line, begin);
    begin += word.size() + 1;
    if (word.empty()) continue;
    if (word == "--" && of_kernel) {
      of_kernel = false;
    } else if (of_kernel && is_shown(word)) {
      shown.append(shown.empty() ? "" : " ").append(word);
    } else {
      ++others;
    }
  }
  if (others == 0) return shown;
  return fmt::format("{}{}({} {} not shown)", shown, shown.empty() ? "" : " ", others,
                     others == 1 ? "other" : "others");
}

}  // namespace zp
