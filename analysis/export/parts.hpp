// SPDX-License-Identifier: MIT
// Which parts of a name, and of a file's context, are columns. Internal to analysis/export.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {

// Of another program's names Google Benchmark's own part alone says what it is.
inline std::optional<std::string_view> exported_part(const BenchmarkName& name,
                                                     std::string_view key, bool ours) {
  return ours || key == "threads" ? name.find(key) : std::nullopt;
}

// What rows of one name can differ in: averaged over these they are of different experiments. "AMD
// EPYC" is several years' CPUs, which their family and model tell apart.
struct ContextColumn {
  std::string_view column, key;
};
inline constexpr std::array kRunColumns{
    ContextColumn{"cpu", "cpu.model"},   ContextColumn{"cpu_family", "cpu.family"},
    ContextColumn{"host_id", "host.id"}, ContextColumn{"boot", "boot.id"},
    ContextColumn{"started", "date"},    ContextColumn{"emulated", "machine.emulated"},
};

}  // namespace zp::analysis
