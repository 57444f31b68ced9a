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

// Words or pages as a file of /proc has them, `first` of them being no question of anybody's.
template <typename T>
std::string bytes_of(std::size_t first, const std::vector<T>& items) {
  std::string bytes(first * sizeof(T), '\xff');
  for (const T& item : items) bytes.append(reinterpret_cast<const char*>(&item), sizeof(T));
  return bytes;
}

TEST(GuestMemory, CountsWhatBacksZerosAndWhatBacksOthers) {
  constexpr std::uint64_t kPresent = 1ULL << 63, kFirst = 3;
  const std::uint64_t page = system_page_bytes();
  const FakeTree tree;
  // Two on the zero page; zeros and others merged; zeros and others in frames of their own, the
  // last in a huge page; one that is swapped out.
  const std::vector<std::uint64_t> frames{1, 1, 2, 2, 3, 4, 5};
  std::vector<std::uint64_t> entries;
  for (const auto frame : frames) entries.push_back(kPresent | frame);
  entries.push_back(1ULL << 62 | 6);
  const std::string zeros(page, '\0'), others(page - 1, '\0');
  std::string memory(kFirst * page, '\xff');
  for (const bool zero : {true, true, true, true, false, true, false, true})
    memory += zero ? zeros : others + 'x';
  tree.write("proc/7/pagemap", bytes_of(kFirst, entries));
  tree.write("proc/7/mem", memory);
  tree.write("proc/kpageflags",
             bytes_of<std::uint64_t>(1, {kKpfZeroPage, kKpfKsm, kKpfKsm, 0, kKpfThp, kKpfKsm}));
  const std::vector<AddressRange> ranges{{kFirst * page, (kFirst + 5) * page},
                                         {(kFirst + 5) * page, (kFirst + 8) * page}};
  const auto census = value_of(take_guest_census(tree.roots(), 7, ranges));
  EXPECT_EQ(census.present_pages, 7);
  EXPECT_EQ(census.zero_pages, 5);
  EXPECT_EQ(census.zero_on_zero_page, 2);
  EXPECT_EQ(census.zero_in_ksm_frames, 2);
  EXPECT_EQ(census.zero_in_own_frames, 1);
  EXPECT_EQ(census.other_in_ksm_frames, 1);
  EXPECT_EQ(census.huge_pages, 1);
  EXPECT_EQ(census.frames, 5);

  tree.write("proc/7/pagemap", bytes_of<std::uint64_t>(kFirst, {kPresent}));
  const auto hidden = take_guest_census(tree.roots(), 7, {{kFirst * page, (kFirst + 1) * page}});
  EXPECT_EQ(error_of(hidden).code, ExitCode::kCannotRun);
  tree.remove("proc/7/mem");
  EXPECT_FALSE(take_guest_census(tree.roots(), 7, ranges));
}

TEST(GuestMachine, TellsKernelsByTheirMagicNumbers) {
  const FakeTree tree;
  std::string image(0x11000, '\0');
  tree.write("none", image);
  EXPECT_EQ(kernel_machine(tree.path("none")), "");
  image.replace(0x202, 4, "HdrS");
  image[0x236] = 0x7e;
  tree.write("x86-32", image);
  EXPECT_EQ(kernel_machine(tree.path("x86-32")), "");
  image[0x236] = 0x01;
  tree.write("x86-64", image);
  EXPECT_EQ(kernel_machine(tree.path("x86-64")), "x86_64");
  image.replace(0x10008, 6, "S390EP");
  tree.write("s390x", image);
  EXPECT_EQ(kernel_machine(tree.path("s390x")), "s390x");
  EXPECT_EQ(kernel_machine(tree.path("absent")), "");
  ASSERT_EQ(::mkfifo(tree.path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(kernel_machine(tree.path("fifo")), "");
  EXPECT_EQ(*find_guest_kernel(tree.path("x86-64")), tree.path("x86-64"));
  EXPECT_EQ(error_of(find_guest_kernel(tree.path("x86-32"))).code, ExitCode::kUsage);
}

}  // namespace
}  // namespace zp
