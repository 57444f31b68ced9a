// SPDX-License-Identifier: MIT
// A place in the address space around which single pages can be mapped, so that as many address
// bits as possible can be flipped.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/support/error.hpp"

namespace zp::probe {

class AddressRoom {
 public:
  // Looks for the largest aligned range that is free, and above it for the single bits that can be
  // flipped as well. Errors: kCannotRun where less than 16 MiB are free.
  static Outcome<AddressRoom> find(std::uint64_t page_bytes);

  // Relative addresses are flipped into the base.
  [[nodiscard]] std::byte* at(std::uint64_t address) const {
    return reinterpret_cast<std::byte*>(base_ ^ address);
  }
  [[nodiscard]] const std::vector<unsigned>& bits() const { return bits_; }
  // Every combination of the bits below this one is free.
  [[nodiscard]] unsigned free_below() const { return free_below_; }

 private:
  std::uintptr_t base_ = 0;
  std::vector<unsigned> bits_;
  unsigned free_below_ = 0;
};

// Maps pages of a file exactly there, for reading, or nothing: what is there already stays.
bool map_exactly(std::byte* at, std::uint64_t bytes, int file, std::uint64_t file_offset);

}  // namespace zp::probe
