// SPDX-License-Identifier: MIT
#include "harness/trace/recorder.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace zp::trace {
namespace {

constexpr std::uint64_t kCode = 0x1000, kTable = 0x3ff0000'0000, kPage = 4096;

struct Followed final : Follower {
  std::vector<Read>* reads;
  explicit Followed(std::vector<Read>* into) : reads(into) {}
  void start(std::uint64_t) override { reads->clear(); }
  void count() override { reads->clear(); }
  void follow(std::span<const Read> more) override {
    reads->insert(reads->end(), more.begin(), more.end());
  }
  std::string json() const override { return "\"model\": {}"; }
};

class Trace : public ::testing::Test {
 protected:
  static Recorder::Options options(Trace* test, bool verify) {
    Recorder::Options options;
    options.verify = verify;
    options.report = [test](const Report& report, const Follower*) {
      test->reports.push_back(report);
    };
    options.follower = std::make_unique<Followed>(&test->followed);
    return options;
  }

  void send(Signal signal, std::uint64_t value) {
    for (int digit = 15; digit >= 0; --digit) recorder.store(8 * (value >> (4 * digit) & 15));
    recorder.store(static_cast<std::uint64_t>(signal));
  }

  void start(std::uint64_t bytes, std::uint64_t page_bytes = kPage, std::string_view name = "row") {
    send(Signal::kLow, kTable);
    send(Signal::kHigh, kTable + bytes);
    send(Signal::kCodeLow, kCode);
    send(Signal::kCodeHigh, kCode + 0x100);
    send(Signal::kPageBytes, page_bytes);
    for (const char c : name) send(Signal::kName, static_cast<unsigned char>(c));
    send(Signal::kStart, 0);
  }

  void stop() { send(Signal::kStop, 0); }

  void load(std::uint64_t address, std::uint64_t physical, std::uint64_t code = kCode) {
    if (recorder.wants(address)) recorder.load(address, code, [&] { return physical; });
  }

  std::vector<Report> reports;
  std::vector<Read> followed;
  Recorder recorder{options(this, false)};
};

TEST_F(Trace, FollowsTheTablesReadsOnlyBetweenStartAndStop) {
  load(kTable, 0x5000);
  start(2 * kPage);
  load(kTable - 8, 0x9000);
  load(kTable + 8, 0x5008);
  load(kTable + kPage + 16, 0x7010);
  load(kTable + kPage + 24, 0xdead);  // translated at the page's first read
  load(kTable + 2 * kPage, 0x9000);
  stop();
  load(kTable, 0x5000);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].name, "row");
  EXPECT_EQ(reports[0].reads, 3u);
  EXPECT_EQ(reports[0].frames(), 2u);
  EXPECT_EQ(reports[0].pages[0].reads, 1u);
  EXPECT_EQ(reports[0].pages[1].physical_address, 0x7000u);
  ASSERT_EQ(followed.size(), 3u);
  EXPECT_EQ(followed[2].virtual_address, kTable + kPage + 24);
  EXPECT_EQ(followed[2].physical_address, 0x7018u);
}

TEST_F(Trace, CountsFromWhereItIsTold) {
  send(Signal::kCount, 0);  // outside a window: nothing
  start(2 * kPage);
  load(kTable, 0x5000);
  load(kTable + kPage, 0x6000);
  load(kTable, 0x5000, kCode - 1);
  send(Signal::kCount, 0);
  load(kTable + 8, 0x7008);
  stop();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].reads, 1u);
  EXPECT_EQ(reports[0].other_reads, 0u);
  EXPECT_EQ(reports[0].frames(), 1u);
  EXPECT_EQ(reports[0].pages[0].physical_address, 0x7000u);  // translated anew
  EXPECT_EQ(followed.size(), 1u);
}

TEST_F(Trace, CountsApartWhatOtherCodeReads) {
  start(kPage);
  load(kTable, 0x5000);
  load(kTable, 0x5000, kCode + 0x100);
  load(kTable, 0x5000, kCode - 1);
  stop();
  EXPECT_EQ(reports.at(0).reads, 1u);
  EXPECT_EQ(reports.at(0).other_reads, 2u);
}

TEST_F(Trace, AWindowKnowsNothingOfTheOneBefore) {
  start(kPage);
  load(kTable, 0x5000);
  stop();
  start(kPage, 16384, "other");
  load(kTable, 0x8000);
  stop();
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[1].name, "other");
  EXPECT_EQ(reports[1].reads, 1u);
  EXPECT_EQ(reports[1].pages.at(0).physical_address, 0x8000u);
  EXPECT_EQ(followed.size(), 1u);
}

TEST_F(Trace, PassesOnEveryReadInOrderWhateverTheBlockSize) {
  constexpr std::uint64_t kReads = 5000;
  start(16 * kPage);
  for (std::uint64_t k = 0; k < kReads; ++k) load(kTable + k * 8, 0x100000 + k * 8);
  stop();
  ASSERT_EQ(followed.size(), kReads);
  for (std::uint64_t k = 0; k < kReads; ++k)
    ASSERT_EQ(followed[k].physical_address, 0x100000 + k * 8);
}

TEST_F(Trace, ReadsWithoutMemoryBehindAreCountedApart) {
  start(kPage);
  load(kTable, Recorder::kNoMemory);
  load(kTable, 0x5000);
  stop();
  EXPECT_EQ(reports.at(0).reads, 1u);
  EXPECT_EQ(reports.at(0).untranslated, 1u);
}

TEST_F(Trace, VerifyNoticesAnotherFrame) {
  recorder = Recorder{options(this, true)};
  start(kPage);
  load(kTable, 0x5000);
  load(kTable + 8, 0x5008);
  load(kTable + 16, 0x6010);
  stop();
  EXPECT_EQ(reports.at(0).remapped, 1u);
  EXPECT_EQ(reports.at(0).reads, 3u);
}

TEST_F(Trace, RefusesImpossibleWindows) {
  start(0);
  stop();
  start(kPage, 0);
  stop();
  start(kPage, 3000);
  stop();
  start(1ull << 60);
  stop();
  stop();
  EXPECT_TRUE(reports.empty());
}

TEST_F(Trace, NamesHoldNothingThatJsonWouldEscape) {
  start(kPage, kPage, "a b\"c\\d\n\x80/e:1");
  stop();
  EXPECT_EQ(reports.at(0).name, "a_b_c_d__/e:1");
}

}  // namespace
}  // namespace zp::trace
