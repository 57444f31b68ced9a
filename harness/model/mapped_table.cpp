// SPDX-License-Identifier: MIT
#include "harness/model/mapped_table.hpp"

#include <algorithm>

namespace zp::model {

Outcome<MappedTable> MappedTable::create(std::uint64_t base_address,
                                         std::span<const std::uint64_t> pfns,
                                         std::uint64_t page_bytes, std::uint64_t mapping_bytes) {
  if (!std::has_single_bit(page_bytes) || page_bytes < 4096)
    return fail(ExitCode::kUsage, "page size {} is not a power of two from 4096 up", page_bytes);
  if (!std::has_single_bit(mapping_bytes) || mapping_bytes < page_bytes)
    return fail(ExitCode::kUsage, "mapping of {} bytes over pages of {}: it must be a multiple",
                mapping_bytes, page_bytes);
  if (base_address % page_bytes != 0)
    return fail(ExitCode::kUsage, "table address {:#x} is not a multiple of the page size {}",
                base_address, page_bytes);
  MappedTable table;
  table.base_address_ = base_address;
  table.pfns_ = pfns;
  table.page_shift_ = static_cast<unsigned>(std::countr_zero(page_bytes));
  table.mapping_bytes_ = mapping_bytes;
  constexpr unsigned kSpanShift = 44;  // 16 TiB: the model's virtual tags are told apart within
  const std::uint64_t last = base_address + table.bytes() - 1;
  if (pfns.empty() || last < base_address || (last >> kSpanShift) != (base_address >> kSpanShift))
    return fail(ExitCode::kUsage,
                "table of {} pages at {:#x}: it must not be empty nor cross a multiple of 16 TiB",
                pfns.size(), base_address);
  table.highest_pfn_ = *std::ranges::max_element(pfns);
  return table;
}

}  // namespace zp::model
