// SPDX-License-Identifier: MIT
#include "harness/memory/zero_page.hpp"

#include <gmock/gmock.h>

#include "harness/host/page_size.hpp"

namespace zp {
namespace {

TEST(ZeroPage, LiesInTheInnermostRange) {
  constexpr const char* kIomem =
      "00001000-0009fbff : System RAM\n"
      "00100000-bfffffff : System RAM\n"
      "  01000000-02209987 : Kernel code\n"
      "  03b34000-03c57fff : Kernel bss\n"
      "c0001000-eebfffff : PCI Bus 0000:00\n";
  EXPECT_EQ(iomem_range(kIomem, 0x3b34000), "Kernel bss");
  EXPECT_EQ(iomem_range(kIomem, 0x3c57fff), "Kernel bss");
  EXPECT_EQ(iomem_range(kIomem, 0x3c58000), "System RAM");
  EXPECT_EQ(iomem_range(kIomem, 0xa0000), "");
  EXPECT_EQ(iomem_range("", 1), "");
  // To users without privilege all addresses are 0.
  EXPECT_EQ(iomem_range("00000000-00000000 : System RAM\n", 0x1000), "");
}

TEST(ZeroPage, FactsAreThoseThatCanBeSeen) {
  const auto value = [facts = zero_page_facts(Roots{})](std::string_view key) {
    for (const auto& [name, text] : facts)
      if (name == key) return text;
    return std::string();
  };
  if (!ZP_PAGES_OF_THIS_MACHINE) GTEST_SKIP() << "user-mode QEMU";
  if (value("zero_page.frame").empty()) GTEST_SKIP() << "frames are hidden";
  const std::uint64_t alignment = std::stoull(value("zero_page.alignment_bytes"));
  const std::uint64_t frame = std::stoull(value("zero_page.frame"), nullptr, 16);
  EXPECT_GE(alignment, system_page_bytes());
  EXPECT_EQ(frame * system_page_bytes() % alignment, 0U);
  EXPECT_EQ(frame * system_page_bytes() / alignment % 2, 1U);
  EXPECT_FALSE(value("zero_page.colours").empty());
}

}  // namespace
}  // namespace zp
