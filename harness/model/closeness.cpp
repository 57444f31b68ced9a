// SPDX-License-Identifier: MIT
#include "harness/model/closeness.hpp"

#include <bit>

namespace zp::model {
namespace {

double closeness(std::uint64_t before, std::uint64_t now) {
  if (before == 0 || now - before > kCloseLookups) return 0;
  return 1 / static_cast<double>(now - before);
}

}  // namespace

ClosenessMeter::ClosenessMeter(const CacheGeometry& first_level)
    : line_shift_(static_cast<unsigned>(std::countr_zero(first_level.line_bytes))),
      set_seen_(first_level.sets(), 0) {}

void ClosenessMeter::read(std::uint64_t virtual_address, std::uint64_t physical_address) {
  const std::uint64_t virtual_line = virtual_address >> line_shift_;
  if (virtual_line == last_virtual_line_) return;
  last_virtual_line_ = virtual_line;
  ++lookups_;
  std::uint64_t& line_seen = line_seen_[physical_address >> line_shift_];
  std::uint64_t& set_seen = set_seen_[virtual_line % set_seen_.size()];
  const double of_line = closeness(line_seen, lookups_);
  changes_ += came_back_ && of_line == 0 ? 1 : 0;
  came_back_ = of_line > 0;
  line_sum_ += of_line;
  set_sum_ += closeness(set_seen, lookups_);
  line_seen = set_seen = lookups_;
}

Closeness ClosenessMeter::result() const {
  if (lookups_ == 0) return {};
  const auto count = static_cast<double>(lookups_);
  return {line_sum_ / count, set_sum_ / count, static_cast<double>(changes_) / count};
}

}  // namespace zp::model
