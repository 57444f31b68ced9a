// SPDX-License-Identifier: MIT
// Which parts of a name are columns. Internal to analysis/export.
#pragma once

#include <optional>
#include <string_view>

#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {

// Of another program's names Google Benchmark's own part alone says what it is.
inline std::optional<std::string_view> exported_part(const BenchmarkName& name,
                                                     std::string_view key, bool ours) {
  return ours || key == "threads" ? name.find(key) : std::nullopt;
}

}  // namespace zp::analysis
