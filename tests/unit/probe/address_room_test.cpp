// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <random>

#include "harness/probe/address_room.hpp"
#include "tests/outcome.hpp"

namespace zp::probe {
namespace {

TEST(AddressRoom, EveryCombinationOfTheFreeBitsCanBeMapped) {
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const auto room = value_of(AddressRoom::find(page_bytes));
  const std::uint64_t all = (1ULL << room.free_below()) - page_bytes;
  std::mt19937_64 random(7);
  for (int i = 0; i < 1000; ++i) {
    std::byte* at = room.at(random() & all);
    ASSERT_TRUE(map_exactly(at, page_bytes, -1, 0)) << static_cast<void*>(at);
    ::munmap(at, page_bytes);
  }
}

// Root may map a page there, and a null pointer would then lead somewhere.
TEST(AddressRoom, NoFlippedBitLeadsToTheLowestAddresses) {
  const auto room =
      value_of(AddressRoom::find(static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))));
  for (const unsigned some : room.bits())
    for (const unsigned other : room.bits()) {
      const std::uint64_t flipped = (1ULL << some) | (1ULL << other);
      EXPECT_GT(reinterpret_cast<std::uintptr_t>(room.at(flipped)), 0xffffffU) << some << other;
    }
}

}  // namespace
}  // namespace zp::probe
