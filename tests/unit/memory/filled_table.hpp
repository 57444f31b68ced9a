// SPDX-License-Identifier: MIT
// A table whose pages hold what a placement would write into them.
#pragma once

#include <gtest/gtest.h>

#include "harness/host/page_size.hpp"
#include "harness/memory/contents.hpp"
#include "harness/memory/table.hpp"

namespace zp {

inline Table filled_table(std::uint64_t pages, const Contents& contents) {
  const std::uint64_t page_bytes = system_page_bytes();
  auto table = Table::map(pages * page_bytes, 64 * page_bytes);
  EXPECT_TRUE(table);
  for (std::uint64_t page = 0; page < pages; ++page)
    write_page({table->base() + page * page_bytes, page_bytes}, table->first_vpn() + page,
               contents);
  return std::move(*table);
}

}  // namespace zp
