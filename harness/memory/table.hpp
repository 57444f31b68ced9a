// SPDX-License-Identifier: MIT
// The table: the virtual address range that is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "harness/host/page_size.hpp"
#include "harness/support/error.hpp"

namespace zp {

// An owned, aligned, private anonymous mapping, writable, untouched, without huge pages
// (MADV_NOHUGEPAGE: a split huge page would be remapped to the zero page behind our back from Linux
// 6.12 on, and khugepaged could collapse what KSM has merged; mm/huge_memory.c, mm/khugepaged.c).
class Table {
 public:
  // `bytes` is a multiple of the page. `alignment_bytes` is a power of two: at least the largest
  // colour span that is measured, so that address space randomisation can't shift the colours.
  static Outcome<Table> map(std::uint64_t bytes, std::uint64_t alignment_bytes);

  Table(Table&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Table& operator=(Table&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Table();

  // Moves it to other addresses (mremap), frames and all; the alignment is the page's from then on.
  Outcome<void> move();

  [[nodiscard]] std::byte* base() const { return base_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t pages() const { return bytes_ / system_page_bytes(); }

  // Virtual page number of the first page: a page's colour is its VPN modulo the colours.
  [[nodiscard]] std::uint64_t first_vpn() const {
    return reinterpret_cast<std::uintptr_t>(base_) / system_page_bytes();
  }

 private:
  Table(std::byte* base, std::uint64_t bytes) : base_(base), bytes_(bytes) {}

  std::byte* base_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace zp
