// SPDX-License-Identifier: MIT
#include "harness/walk/walk.hpp"

#include "harness/walk/split_mix.hpp"

namespace zp {

std::string_view to_string(Order order) {
  switch (order) {
    case Order::kSequential:
      return "sequential";
    case Order::kRandom:
      return "random";
    case Order::kDependent:
      return "dependent";
  }
  return "";
}

Permutation::Permutation(std::uint64_t count, std::uint64_t seed)
    : count_(count),
      mask_(std::bit_ceil(count) - 1),
      offset_(split_mix(seed)),
      shift_(static_cast<unsigned>(std::bit_width(mask_) / 2 + 1)) {}

Walk share_of(const Walk& walk, unsigned index, unsigned count) {
  const std::uint64_t first = walk.reads * index / count;
  const std::uint64_t end = walk.reads * (index + 1) / count;
  Walk share = walk;
  if (walk.pages.empty()) share.base = walk.base + first * walk.stride_bytes;
  share.reads = end - first;
  share.seed = walk.seed + index;
  return share;
}

}  // namespace zp
