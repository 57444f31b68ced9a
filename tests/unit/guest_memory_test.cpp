// SPDX-License-Identifier: MIT
#include "harness/families/guest_memory.hpp"

#include <gtest/gtest.h>

#include "harness/families/guest_machine.hpp"
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
  EXPECT_EQ(*find_guest_kernel(tree.path("x86-64")), tree.path("x86-64"));
}

}  // namespace
}  // namespace zp
