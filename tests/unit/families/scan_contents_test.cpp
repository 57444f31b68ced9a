// SPDX-License-Identifier: MIT
#include "harness/families/scan_contents.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/host/page_size.hpp"
#include "tests/outcome.hpp"

namespace zp {
namespace {

using Page = std::vector<std::byte>;

std::span<const std::byte> page_of(const Table& table, std::uint64_t number) {
  const std::uint64_t page_bytes = system_page_bytes();
  return {table.base() + number * page_bytes, page_bytes};
}

bool is_zero(std::span<const std::byte> page) {
  return std::ranges::all_of(page, [](std::byte b) { return b == std::byte{0}; });
}

// What xxhsum -H64 0.8.1 (Debian's package xxhash) prints for 4096 bytes 0, and for 64 bytes 0..63.
TEST(KsmHash, IsXxh64) {
  EXPECT_EQ(ksm_hash(Page(4096)), 0xac869b6f32d8bbdb);
  Page counted(64);
  for (std::size_t i = 0; i < counted.size(); ++i) counted[i] = static_cast<std::byte>(i);
  EXPECT_EQ(ksm_hash(counted), 0xf7c67301db6713f0);
}

TEST(ScanContents, CollisionsHashAsZerosDo) {
  const std::uint64_t page_bytes = system_page_bytes();
  const auto table = value_of(Table::map(8 * page_bytes, page_bytes));
  const std::uint64_t zero = ksm_hash(Page(page_bytes));
  for (const ScanKind kind : {ScanKind::kCollisionEarly, ScanKind::kCollisionLate}) {
    write_contents(table, {kind});
    std::set<Page> different;
    for (std::uint64_t number = 0; number < table.pages(); ++number) {
      const auto page = page_of(table, number);
      EXPECT_FALSE(is_zero(page));
      EXPECT_EQ(ksm_hash(page), zero);
      // What a comparison with zeros has to read of it.
      EXPECT_EQ(is_zero(page.first(page_bytes / 2)), kind == ScanKind::kCollisionLate);
      different.emplace(page.begin(), page.end());
    }
    EXPECT_EQ(different.size(), table.pages());
  }
}

TEST(ScanContents, TheShareOfZeroPagesIsThatAskedFor) {
  const std::uint64_t page_bytes = system_page_bytes();
  const auto table = value_of(Table::map(200 * page_bytes, page_bytes));
  for (const std::uint64_t percent : std::initializer_list<std::uint64_t>{0, 1, 50, 99, 100}) {
    const ScanContents contents{ScanKind::kZero, percent};
    write_contents(table, contents);
    std::uint64_t zero = 0;
    for (std::uint64_t number = 0; number < table.pages(); ++number) {
      EXPECT_EQ(is_zero(page_of(table, number)), contents.is_zero(number));
      zero += contents.is_zero(number);
    }
    EXPECT_EQ(zero, 2 * percent);
  }
}

}  // namespace
}  // namespace zp
