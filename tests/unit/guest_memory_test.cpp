// SPDX-License-Identifier: MIT
#include "harness/families/guest_memory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/families/guest_machine.hpp"
#include "harness/host/page_size.hpp"
#include "harness/memory/pagemap.hpp"
#include "harness/memory/table.hpp"
#include "harness/support/file.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

TEST(GuestMemory, FindsWhatMayBeMerged) {
  const FakeTree tree;
  tree.write("proc/7/smaps",
             "5580a000-5580b000 r--p 00000000 fe:00 12 /usr/bin/qemu\nSize: 4 kB\n"
             "VmFlags: rd mr mw me sd\n"
             "7f0000000000-7f0000400000 rw-p 00000000 00:00 0\nSize: 4096 kB\n"
             "VmFlags: rd wr mr mw me ac sd mg\n"
             "7f0000400000-7f0000500000 rw-p 00000000 00:00 0\n"
             "VmFlags: rd mg wr\n");
  const auto ranges = value_of(mergeable_ranges(tree.roots(), 7));
  ASSERT_EQ(ranges.size(), 2);
  EXPECT_EQ(ranges.front().first, 0x7f0000000000);
  EXPECT_EQ(ranges.front().end, 0x7f0000400000);
  EXPECT_EQ(ranges.back().end, 0x7f0000500000);
  EXPECT_FALSE(mergeable_ranges(tree.roots(), 8));
}

// Linux 6.12.107 has KPF_KSM on every anonymous page: there only what is mapped more than once is
// merged.
TEST(GuestMemory, AFlagThatIsOnEveryPageSaysNothing) {
  const FakeTree tree;
  const std::uint64_t page = system_page_bytes();
  const auto write_word = [&](const std::string& path, std::uint64_t index, std::uint64_t word) {
    const Fd fd(::open(tree.path(path).c_str(), O_WRONLY | O_CREAT, 0600));
    ASSERT_EQ(::pwrite(fd.get(), &word, sizeof word, static_cast<off_t>(index * sizeof word)), 8);
  };
  constexpr std::uint64_t kPresent = 1ULL << 63, kExclusive = 1ULL << 56;
  tree.write("proc/7/mem", std::string(4 * page, '\0'));
  write_word("proc/7/pagemap", 1, kPresent | 1001);
  write_word("proc/7/pagemap", 2, kPresent | kExclusive | 1002);
  // A page of the census's own: where the last table of one page lay.
  write_word("proc/self/pagemap", value_of(Table::map(page, page)).first_vpn(),
             kPresent | kExclusive | 1000);
  for (const std::uint64_t frame : {1000U, 1001U, 1002U})
    write_word("proc/kpageflags", frame, kKpfKsm);
  const auto census = value_of(take_guest_census(tree.roots(), 7, {{page, 3 * page}}));
  if (census.zero_in_ksm_frames == 2) GTEST_SKIP() << "the census's own page was mapped elsewhere";
  EXPECT_EQ(census.zero_pages, 2U);
  EXPECT_EQ(census.zero_in_ksm_frames, 1U);
  EXPECT_EQ(census.zero_in_own_frames, 1U);
}

TEST(GuestMachine, TellsKernelsByTheirMagicNumbers) {
  const FakeTree tree;
  std::string image(0x11000, '\0');
  tree.write("none", image);
  EXPECT_EQ(kernel_machine(tree.path("none")), "");
  image.replace(0x202, 4, "HdrS");
  tree.write("x86-32", image);
  EXPECT_EQ(kernel_machine(tree.path("x86-32")), "");
  image[0x236] = 0x7f;
  tree.write("x86-64", image);
  EXPECT_EQ(kernel_machine(tree.path("x86-64")), "x86_64");
  image.replace(0x10008, 6, "S390EP");
  tree.write("s390x", image);
  EXPECT_EQ(kernel_machine(tree.path("s390x")), "s390x");
  EXPECT_EQ(kernel_machine(tree.path("absent")), "");
  ASSERT_EQ(::mkfifo(tree.path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(kernel_machine(tree.path("fifo")), "");
  EXPECT_EQ(*find_guest_kernel(tree.path("x86-64")), tree.path("x86-64"));
}

}  // namespace
}  // namespace zp
