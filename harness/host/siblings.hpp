// SPDX-License-Identifier: MIT
// Which CPUs share a core (SMT).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/host/roots.hpp"

namespace zp {

// "0-2,8" -> {0, 1, 2, 8}, as sysfs writes CPUs. Empty for any other text.
std::vector<int> parse_cpu_list(const std::string& text);

// Of these CPUs one on each core: the first of its siblings.
std::vector<int> one_cpu_per_core(const Roots& roots, const std::vector<int>& cpus);

// All of these CPUs, in an order in which threads share cores as late as they can.
std::vector<int> cores_first(const Roots& roots, const std::vector<int>& cpus);

// The first two of these CPUs that share a core; nothing where each has its own.
std::optional<std::pair<int, int>> smt_siblings(const Roots& roots, const std::vector<int>& cpus);

}  // namespace zp
