// SPDX-License-Identifier: MIT
// What is known of machine and kernel, as the keys of the JSON context (results/README.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/host/roots.hpp"

namespace zp {

using Facts = std::vector<std::pair<std::string, std::string>>;

// What is unknown is left out, except where "unknown" is itself the finding (the governor).
Facts host_facts(const Roots& roots);

struct DataCache {
  std::uint64_t size_bytes = 0, line_bytes = 0, ways = 0;
};

// Level 1 to 3, data or unified, of CPU 0: sysfs, or the "cacheN" lines of /proc/cpuinfo on s390x.
std::optional<DataCache> data_cache(const Roots& roots, int level);

}  // namespace zp
