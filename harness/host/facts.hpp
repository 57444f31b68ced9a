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

  // How many frames in a row one way holds. Frames with the same number modulo that are of one page
  // colour: their lines share sets. Absent where the ways are unknown, where a way is smaller than
  // a page, and where no bits of the address can name the set.
  [[nodiscard]] std::optional<std::uint64_t> page_colours(std::uint64_t page_bytes) const;

  friend bool operator==(const DataCache&, const DataCache&) = default;
};

// Of the first CPU that rows are measured on; where that can't be told, of the first that is
// online.
std::string cpu_directory(const Roots& roots);

// Level 1 to 3, data or unified, of that CPU: sysfs, or the "cacheN" lines of /proc/cpuinfo on
// s390x.
std::optional<DataCache> data_cache(const Roots& roots, int level);

// At each level; true where the kernel says nothing of them.
bool have_same_caches(const Roots& roots, int a, int b);

}  // namespace zp
