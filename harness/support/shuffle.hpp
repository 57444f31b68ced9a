// SPDX-License-Identifier: MIT
#pragma once

#include <random>
#include <utility>
#include <vector>

namespace zp {

// std::shuffle's order is each library's own; this one is the same everywhere for a seed.
template <class T>
void shuffle(std::vector<T>& items, std::mt19937_64& random) {
  for (std::size_t left = items.size(); left > 1; --left)
    std::swap(items[left - 1], items[random() % left]);
}

}  // namespace zp
