// SPDX-License-Identifier: MIT
#include "harness/ksm/ksmd_clock.hpp"

#include <filesystem>

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {

KsmdClock::KsmdClock(const Roots& roots) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(roots.proc, ignored)) {
    if (read_trimmed(entry.path() / "comm") != "ksmd") continue;
    schedstat_ = entry.path() / "schedstat";
    return;
  }
}

std::optional<double> KsmdClock::seconds() const {
  const auto text = read_trimmed(schedstat_);
  if (!text) return std::nullopt;
  return static_cast<double>(parse_number(*text).value_or(0)) * 1e-9;
}

}  // namespace zp
