// SPDX-License-Identifier: MIT
// The hash of a virtual address that AMD's first level keeps with each line. Linear over single
// bits, so it is the exclusive or of one table entry per byte of the page number.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace zp::model {

class Utag {
 public:
  // Bit i of the utag is the parity of the address under mask i; all bits in 12..51.
  explicit Utag(const std::vector<std::uint64_t>& masks) {
    for (std::size_t i = 0; i < masks.size(); ++i)
      for (unsigned bit = 12; bit < 52; ++bit)
        for (std::uint32_t byte = 0; byte < 256 && ((masks[i] >> bit) & 1U); ++byte)
          if ((byte >> ((bit - 12) % 8)) & 1U) tables_[(bit - 12) / 8][byte] ^= 1U << i;
  }

  std::uint32_t operator()(std::uint64_t virtual_address) const {
    std::uint32_t hash = 0;
    for (std::size_t k = 0; k < tables_.size(); ++k)
      hash ^= tables_[k][(virtual_address >> (12 + 8 * k)) & 0xff];
    return hash;
  }

 private:
  std::array<std::array<std::uint32_t, 256>, 5> tables_{};
};

}  // namespace zp::model
