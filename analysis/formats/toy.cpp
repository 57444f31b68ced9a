// SPDX-License-Identifier: MIT
#include "analysis/formats/formats.hpp"

namespace zp::analysis {
std::string render_toy(const Comparison& comparison, std::size_t) {
  return fmt::format("toy of {}\n", comparison.metric.key);
}
}  // namespace zp::analysis
