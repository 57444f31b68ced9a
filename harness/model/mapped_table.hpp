// SPDX-License-Identifier: MIT
// The table a walk reads: which frame is behind which page.
#pragma once

#include <cstdint>
#include <span>

#include "harness/support/error.hpp"

namespace zp::model {

class MappedTable {
 public:
  // `pfns` are borrowed: one per page, counted in pages of `page_bytes`. `mapping_bytes` is what
  // one page-table entry maps: 2 MiB for huge pages, else the page. Refuses an address that is not
  // a multiple of the page, an empty table, and one that crosses a multiple of 16 TiB.
  static Outcome<MappedTable> create(std::uint64_t base_address,
                                     std::span<const std::uint64_t> pfns, std::uint64_t page_bytes,
                                     std::uint64_t mapping_bytes);
  static Outcome<MappedTable> create(std::uint64_t base_address,
                                     std::span<const std::uint64_t> pfns,
                                     std::uint64_t page_bytes) {
    return create(base_address, pfns, page_bytes, page_bytes);
  }

  std::uint64_t base_address() const { return base_address_; }
  std::span<const std::uint64_t> pfns() const { return pfns_; }
  std::uint64_t page_bytes() const { return std::uint64_t{1} << page_shift_; }
  std::uint64_t mapping_bytes() const { return mapping_bytes_; }
  std::uint64_t bytes() const { return pfns_.size() << page_shift_; }
  std::uint64_t highest_pfn() const { return highest_pfn_; }

  std::uint64_t virtual_address(std::uint64_t offset) const { return base_address_ + offset; }
  std::uint64_t physical_address(std::uint64_t offset) const {
    return (pfns_[offset >> page_shift_] << page_shift_) | (offset & (page_bytes() - 1));
  }
  unsigned page_shift() const { return page_shift_; }

 private:
  MappedTable() = default;

  std::uint64_t base_address_ = 0;
  std::span<const std::uint64_t> pfns_;
  unsigned page_shift_ = 12;
  std::uint64_t mapping_bytes_ = 4096;
  std::uint64_t highest_pfn_ = 0;
};

}  // namespace zp::model
