// SPDX-License-Identifier: MIT
// --doctor PID: on /proc trees of our own, and on this very process.
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "harness/host/huge_pages.hpp"
#include "harness/memory/pagemap.hpp"
#include "harness/memory/table.hpp"
#include "harness/process/findings.hpp"
#include "harness/process/report.hpp"
#include "harness/support/text.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_knobs.hpp"

namespace zp {
namespace {

using testing::HasSubstr;

constexpr const char* kSmaps =
    "555500000000-555500004000 r--p 00000000 08:02 1234       /usr/bin/a b\n"
    "Rss:                   4 kB\nVmFlags: rd mr mw me sd \n"
    "7f0000000000-7f0000100000 rw-p 00000000 00:00 0 \n"
    "Rss:                1024 kB\nKSM:                   8 kB\n"
    "FilePmdMapped:         0 kB\nVmFlags: rd wr mr mw me ac mg \n"
    "7f0000200000-7f0000300000 rw-s 00000000 00:01 77         /memfd:x\\012\x1b[31m (deleted)\n"
    "VmFlags: rd wr sh mr mw me ms \n";

class Process : public testing::Test {
 protected:
  Process() {
    tree_.write("proc/77/status",
                "Name:\ta\\nb\nState:\tS (sleeping)\nTgid:\t77\nVmSize:\t9 kB\nVmPTE:\t 40 kB\n");
    tree_.write("proc/77/smaps", kSmaps);
    tree_.write("proc/77/maps", "7f0000000000-7f0000100000 rw-p 00000000 00:00 0 \n");
  }
  Mappings read(const LookLimits& limits = {}) {
    return *read_mappings(tree_.roots(), 77, tree_.read("proc/77/status"), limits);
  }
  FakeKnobs tree_;
};

TEST_F(Process, SmapsSaysWhatMappingsAre) {
  const auto [list, why_no_flags, complete] = read();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_TRUE(complete);
  EXPECT_EQ(why_no_flags, "");
  EXPECT_EQ(list[0].name, "/usr/bin/a b");
  EXPECT_TRUE(list[0].of_file);
  EXPECT_EQ(list[1].bytes(), 1U << 20U);
  EXPECT_EQ(list[1].name, "");
  EXPECT_FALSE(list[1].of_file);
  EXPECT_EQ(list[1].ksm_bytes, 8192U);
  EXPECT_TRUE(list[1].has("mg"));
  EXPECT_FALSE(list[0].has("mg"));
  EXPECT_TRUE(list[2].shared);
  EXPECT_EQ(list[2].name, "/memfd:x\\012\\x1b[31m (deleted)");
}

// A line of smaps costs the process a walk through a mapping's page tables.
TEST_F(Process, ManyPageTablesAreNotWalked) {
  tree_.write("proc/77/status", "VmPTE:\t  20480 kB\n");
  const auto [list, why_no_flags, complete] = read();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_TRUE(complete);
  EXPECT_FALSE(list[0].flags);
  EXPECT_THAT(why_no_flags, HasSubstr("20 MiB of page tables"));
}

TEST_F(Process, ManyMappingsAreReadInPart) {
  LookLimits limits;
  limits.mappings = 2;
  const auto [list, why_no_flags, complete] = read(limits);
  EXPECT_EQ(list.size(), 2U);
  EXPECT_FALSE(complete);
  EXPECT_THAT(why_no_flags, HasSubstr("in part only"));
  limits = {};
  limits.file_bytes = 100;
  EXPECT_EQ(read(limits).list.size(), 1U);
}

Mergeable judged(const char* rights, const char* name, const char* flags,
                 std::optional<bool> registered = std::nullopt) {
  Mapping mapping;
  mapping.shared = rights[3] == 's';
  mapping.of_file = *name == '/';
  mapping.name = name;
  if (flags != nullptr) mapping.flags = flags;
  return judge(mapping, registered);
}

TEST(Mergeable, IsJudgedAsTheKernelDoes) {
  EXPECT_EQ(judged("rw-p", "", " rd wr mg "), Mergeable::kRegistered);
  EXPECT_EQ(judged("rw-p", "[heap]", " rd wr "), Mergeable::kUnregistered);
  EXPECT_EQ(judged("rw-p", "[heap]", nullptr), Mergeable::kUnknown);
  EXPECT_EQ(judged("rw-p", "[heap]", nullptr, false), Mergeable::kUnregistered);
  EXPECT_EQ(judged("rw-p", "[heap]", nullptr, true), Mergeable::kUnknown);
  EXPECT_EQ(judged("rw-p", "/lib/x", " rd wr "), Mergeable::kFile);
  EXPECT_EQ(judged("rw-p", "/lib/x", " rd wr mg "), Mergeable::kRegistered);
  EXPECT_EQ(judged("rw-s", "/dev/shm/x", " rd wr sh mg "), Mergeable::kShared);
  EXPECT_EQ(judged("rw-p", "/huge/x", " rd wr ht "), Mergeable::kHugetlb);
  EXPECT_EQ(judged("rw-p", "/anon_hugepage (deleted)", nullptr), Mergeable::kHugetlb);
  for (const char* flag : {" pf ", " io ", " de ", " mm "})
    EXPECT_EQ(judged("rw-p", "", flag), Mergeable::kDevice) << flag;
  EXPECT_EQ(judged("rw-p", "", " dp mg "), Mergeable::kDroppable);
  EXPECT_EQ(judged("r-xp", "[vdso]", " rd de "), Mergeable::kSpecial);
}

ExitCode code_of(const FakeTree& tree, const std::string& pid, const char* says) {
  const auto examined = examine(tree.roots(), pid);
  if (examined) return ExitCode::kDone;
  EXPECT_THAT(examined.error().message, HasSubstr(says));
  EXPECT_EQ(examined.error().message.find('\n'), std::string::npos);
  return examined.error().code;
}

TEST(ProcessErrors, WhatIsNoProcessIsUsage) {
  FakeTree tree;
  for (const char* text : {"", "x", "1x", "-1", "0", "99999999999999999999", "1 2", "\x1b"})
    EXPECT_EQ(code_of(tree, text, "not the number of a process"), ExitCode::kUsage) << text;
  EXPECT_EQ(code_of(tree, "2147483646", "no such process"), ExitCode::kUsage);
}

TEST(ProcessErrors, WhatHasNoMemoryIsSaid) {
  FakeTree tree;
  tree.write("proc/77/status", "Name:\tkswapd0\nState:\tS (sleeping)\n");
  tree.write("proc/77/stat", "77 (a b) c) S 2 0 0 0 -1 2097216 0 0\n");
  EXPECT_EQ(code_of(tree, "77", "a kernel thread"), ExitCode::kUsage);
  tree.write("proc/77/status", "Name:\tx\nState:\tZ (zombie)\n");
  tree.write("proc/77/stat", "77 (x) Z 2 0 0 0 -1 4194304 0 0\n");
  EXPECT_EQ(code_of(tree, "77", "a zombie"), ExitCode::kUsage);
  tree.write("proc/77/status", "Name:\tx\nState:\tS (sleeping)\n");
  EXPECT_EQ(code_of(tree, "77", "no memory"), ExitCode::kUsage);
  tree.write("proc/77/status", "Name:\tx\nState:\tS (sleeping)\nVmSize:\t4 kB\n");
  EXPECT_EQ(code_of(tree, "77", "just ended"), ExitCode::kUsage);
}

// The first thread has ended; its process goes on.
TEST_F(Process, AThreadThatStillHasTheMemoryIsAsked) {
  tree_.write("proc/78/status", "Name:\tx\nState:\tZ (zombie)\nTgid:\t78\n");
  tree_.write("proc/78/task/78/status", "State:\tZ (zombie)\n");
  tree_.write("proc/78/task/77/status", tree_.read("proc/77/status"));
  tree_.write("proc/77/pagemap", "");
  const auto examined = value_of(examine(tree_.roots(), "78"));
  EXPECT_EQ(examined.mappings, 3U);
}

// A pagemap of our own has neither PAGEMAP_SCAN nor frames.
TEST_F(Process, WithoutFramesPagesAreCountedAsFarAsTheyAreTold) {
  tree_.write("proc/77/pagemap", "");
  ASSERT_EQ(::truncate(tree_.path("proc/77/pagemap").c_str(),
                       static_cast<off_t>(0x7f0000300000 / system_page_bytes() * 8)),
            0);
  const auto set = [&](std::uint64_t address, std::uint64_t word) {
    std::fstream file(tree_.path("proc/77/pagemap"),
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(address / system_page_bytes() * 8));
    file.write(reinterpret_cast<const char*>(&word), sizeof word);
  };
  const std::uint64_t page = system_page_bytes();
  set(0x7f0000000000, 1ULL << 63U);
  set(0x7f0000000000 + page, 1ULL << 63U | 1ULL << 56U);
  set(0x7f0000000000 + 2 * page, 1ULL << 62U);
  set(0x7f0000200000, 1ULL << 63U | 1ULL << 61U);
  tree_.write("proc/77/ksm_stat", "ksm_rmap_items 5\nksm_merging_pages 1\nksm_process_profit -7\n");
  const auto examined = value_of(examine(tree_.roots(), "77"));
  EXPECT_EQ(examined.source, PageCounter::Source::kPagemap);
  EXPECT_FALSE(examined.total.zero);
  EXPECT_EQ(examined.total.swapped, 1U);
  EXPECT_EQ(examined.total.of_file, 1U);
  EXPECT_EQ(examined.total.in_use(), 4U);
  EXPECT_EQ(examined.profit_bytes, -7);
  EXPECT_EQ(merges(examined), true);
  EXPECT_EQ(examined.sampled_pages, 0U);  // some may be on the zero page
  ASSERT_FALSE(examined.largest.empty());
  EXPECT_EQ(examined.largest[0].mergeable, Mergeable::kRegistered);
  EXPECT_EQ(examined.group(Mergeable::kShared).in_use, 1U);
  EXPECT_EQ(examined.command, "a\\nb");
  const std::string text = process_report(examined);
  EXPECT_THAT(text, HasSubstr("KSM merges: 1 of its pages"));
  EXPECT_THAT(text, HasSubstr("PAGEMAP_SCAN (Linux 6.7) or CAP_SYS_ADMIN"));
  for (const std::string& line : split(text, '\n')) EXPECT_LE(line.size(), 75U) << line;
}

// What this process made itself: 64 pages of zeros, 64 of others, 64 on the zero page, 64
// untouched.
class OwnMemory : public testing::Test {
 protected:
  void SetUp() override {
    table_.emplace(value_of(Table::map(256 * page_, page_)));
    for (std::uint64_t page = 0; page < 192; ++page) {
      volatile std::byte* at = table_->base() + page * page_;
      if (page < 128)
        *at = page < 64 ? std::byte{} : std::byte{1};
      else
        static_cast<void>(*at);
    }
    mapping_.first = reinterpret_cast<std::uintptr_t>(table_->base());
    mapping_.end = mapping_.first + table_->bytes();
  }
  PageCounts counted(bool ksm_is_known, PageCounter::Source source) {
    const auto counter = PageCounter::open(Roots{}, ::getpid(), ksm_is_known);
    EXPECT_TRUE(counter);
    other_source_ = !counter || counter->source() != source;
    return other_source_ ? PageCounts{}
                         : counter->count(mapping_, Clock::now() + std::chrono::seconds(60));
  }
  std::uint64_t page_ = system_page_bytes();
  std::optional<Table> table_;
  Mapping mapping_;
  bool other_source_ = false;
};

TEST_F(OwnMemory, PagemapScanTellsTheZeroPageWithoutPrivilege) {
  const PageCounts counts = counted(true, PageCounter::Source::kScan);
  if (other_source_) GTEST_SKIP() << "this kernel has no PAGEMAP_SCAN";
  EXPECT_EQ(counts.zero, 64U);
  EXPECT_EQ(counts.others, 128U);
  EXPECT_EQ(counts.in_use(), 192U);
  EXPECT_EQ(counts.looked_at, 256U);
  ASSERT_EQ(counts.plain.size(), 1U);
  EXPECT_EQ(counts.plain[0].pages, 128U);
  EXPECT_EQ(counts.plain[0].first, mapping_.first);
}

TEST_F(OwnMemory, FramesTellTheSame) {
  const PageCounts counts = counted(false, PageCounter::Source::kFrames);
  if (!ZP_PAGES_OF_THIS_MACHINE) GTEST_SKIP() << "user-mode QEMU";
  if (other_source_) GTEST_SKIP() << "frames are hidden";
  EXPECT_EQ(counts.zero, 64U);
  EXPECT_EQ(counts.ksm, 0U);
  EXPECT_EQ(counts.others, 128U);
  EXPECT_EQ(counts.in_use(), 192U);
  EXPECT_EQ(counts.looked_at, 256U);
}

// Their markers look like pages in swap.
TEST_F(OwnMemory, GuardPagesAreNotInUse) {
  if (!ZP_PAGES_OF_THIS_MACHINE) GTEST_SKIP() << "user-mode QEMU";
  constexpr int kInstall = 102;  // MADV_GUARD_INSTALL
  if (::madvise(table_->base(), 64 * page_, kInstall) != 0)
    GTEST_SKIP() << "this kernel has no guard pages (6.13)";
  const auto word = value_of(WordFile::open("/proc/self/pagemap"));
  std::array<std::uint64_t, 1> first{};
  ASSERT_TRUE(word.read(reinterpret_cast<std::uintptr_t>(table_->base()) / page_, first));
  if (!PagemapEntry{first[0]}.guard()) GTEST_SKIP() << "this kernel does not tell them (6.15)";
  for (const bool ksm_is_known : {true, false}) {
    const auto counter = value_of(PageCounter::open(Roots{}, ::getpid(), ksm_is_known));
    const PageCounts counts = counter.count(mapping_, Clock::now() + std::chrono::seconds(60));
    EXPECT_EQ(counts.swapped, 0U);
    EXPECT_EQ(counts.in_use(), 128U);
    EXPECT_EQ(counts.looked_at, 256U);
  }
}

TEST_F(OwnMemory, NothingIsCountedWhenTheTimeIsOver) {
  const auto counter = value_of(PageCounter::open(Roots{}, ::getpid(), true));
  EXPECT_EQ(counter.count(mapping_, Clock::now() - std::chrono::seconds(1)).looked_at, 0U);
}

TEST_F(OwnMemory, HugePagesAndTheHugeZeroPage) {
  const std::uint64_t huge = huge_page_bytes(Roots{});
  if (huge == 0) GTEST_SKIP() << "no huge pages here";
  auto room = value_of(Table::map(4 * huge, huge));
  ASSERT_EQ(::madvise(room.base(), room.bytes(), MADV_HUGEPAGE), 0);
  static_cast<void>(*static_cast<volatile std::byte*>(room.base()));
  *static_cast<volatile std::byte*>(room.base() + huge) = std::byte{1};
  mapping_.first = reinterpret_cast<std::uintptr_t>(room.base());
  mapping_.end = mapping_.first + room.bytes();
  const PageCounts counts = counted(true, PageCounter::Source::kScan);
  if (other_source_) GTEST_SKIP() << "this kernel has no PAGEMAP_SCAN";
  if (counts.in_use() != 2 * huge / page_) GTEST_SKIP() << "no huge pages were to be had";
  EXPECT_EQ(counts.zero.value_or(0) + counts.huge, 2 * huge / page_);
  EXPECT_GE(counts.huge, huge / page_);
}

TEST_F(OwnMemory, ASampleOfManyPagesHasAnInterval) {
  auto table = value_of(Table::map(3000 * page_, page_));
  for (std::uint64_t page = 0; page < table.pages(); ++page)
    *static_cast<volatile std::byte*>(table.base() + page * page_) =
        page % 4 == 0 ? std::byte{1} : std::byte{};
  const auto first = reinterpret_cast<std::uintptr_t>(table.base());
  const ZeroSample sample = sample_zeros(
      Roots{}, ::getpid(), {{first, 1}, {first + page_, 1999}, {first + 2000 * page_, 1000}});
  EXPECT_EQ(sample.read, kSamplePages);
  EXPECT_LT(sample.low, 0.75);
  EXPECT_GT(sample.high, 0.75);
  EXPECT_GT(sample.low, 0.65);
  EXPECT_LT(sample.high, 0.85);
}

TEST(SampleAddresses, TheFirstOnesAreOfEveryRangeToo) {
  constexpr std::uint64_t kFirst = 1 << 20U, kSecond = 1ULL << 40U;
  auto addresses = sample_addresses({{kFirst, 5000}, {kSecond, 5000}});
  ASSERT_EQ(addresses.size(), kSamplePages);
  const auto far = std::count_if(addresses.begin(), addresses.begin() + 100,
                                 [](std::uint64_t address) { return address >= kSecond; });
  EXPECT_GT(far, 20);
  EXPECT_LT(far, 80);
  std::ranges::sort(addresses);
  EXPECT_EQ(std::ranges::adjacent_find(addresses), addresses.end());
}

TEST_F(OwnMemory, ASampleFindsThePagesOfZeros) {
  const ZeroSample all = sample_zeros(Roots{}, ::getpid(), {{mapping_.first, 128}});
  EXPECT_EQ(all.why_not, "");
  EXPECT_EQ(all.read, 128U);
  EXPECT_EQ(all.zero, 64U);
  EXPECT_EQ(all.low, 0.5);  // nothing is left to chance
  EXPECT_EQ(all.high, 0.5);
  const ZeroSample zeros =
      sample_zeros(Roots{}, ::getpid(), {{mapping_.first, 10}, {mapping_.first + 20 * page_, 10}});
  EXPECT_EQ(zeros.read, 20U);
  EXPECT_EQ(zeros.zero, 20U);
  EXPECT_EQ(zeros.high, 1);
  EXPECT_THAT(sample_zeros(Roots{}, ::getpid(), {}).why_not, HasSubstr("no private pages"));
  EXPECT_THAT(sample_zeros(Roots{}, ::getpid(), {{0, 5}}).why_not, HasSubstr("cannot read"));
}

}  // namespace
}  // namespace zp
