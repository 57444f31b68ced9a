// SPDX-License-Identifier: MIT
#include "harness/programs/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "harness/families/mixed.hpp"
#include "harness/host/siblings.hpp"
#include "harness/memory/table.hpp"
#include "harness/programs/facts.hpp"
#include "harness/programs/measure.hpp"
#include "harness/programs/parts.hpp"
#include "harness/programs/vector_loads.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"
#include "tests/unit/memory/filled_table.hpp"

namespace zp {
namespace {

using testing::HasSubstr;

// Whatever batch systems export: a row is of one thread.
TEST(Programs, OpenBlasHasOneThread) {
  ::setenv("OPENBLAS_NUM_THREADS", "7", 1);
  static_cast<void>(program_facts(1 << 20));
  EXPECT_STREQ(std::getenv("OPENBLAS_NUM_THREADS"), "1");
}

TEST(Programs, TheirLibcIsNamedWithItsTunables) {
  const auto libc = [] {
    const Facts facts = program_facts(1 << 20);
    const auto found = std::ranges::find(facts, "program.libc", &Facts::value_type::first);
    return found == facts.end() ? "" : found->second;
  };
  ::unsetenv("GLIBC_TUNABLES");
  const std::string plain = libc();
  if (plain.empty()) GTEST_SKIP() << "not glibc";
  EXPECT_THAT(plain, testing::MatchesRegex("glibc [0-9.]+"));
  ::setenv("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2", 1);
  EXPECT_EQ(libc(), plain + ", GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2");
  ::unsetenv("GLIBC_TUNABLES");
}

struct Filled {
  Table table;
  ProgramTable program;
};

Filled filled(std::uint64_t pages, const Contents& contents) {
  auto table = filled_table(pages, contents);
  const ProgramTable program{table.base(), table.bytes(), system_page_bytes(), table.first_vpn(),
                             contents};
  return {std::move(table), program};
}

// Absent where this build or machine lacks what the program needs.
std::optional<ReadyProgram> ready(const ProgramEntry& entry, const ProgramTable& table) {
  auto program = entry.prepare(table);
  if (program) return *program;
  EXPECT_EQ(program.error().code, ExitCode::kCannotRun) << entry.name;
  EXPECT_FALSE(program.error().message.empty());
  // Cross builds are made without it.
  if (entry.code == "OpenBLAS") {
    EXPECT_THAT(program.error().message, HasSubstr("OpenBLAS"));
  }
  return std::nullopt;
}

TEST(Programs, GiveWhatTheContentsGive) {
  for (const std::uint64_t colours : {0U, 1U, 8U, 32U}) {
    const Filled memory = filled(128, {0, colours});
    for (const ProgramEntry& entry : program_catalogue())
      if (const auto program = ready(entry, memory.program)) {
        EXPECT_EQ(program->run(), program->expected) << entry.name << " " << colours;
        EXPECT_EQ(program->run(), program->expected) << entry.name << " again";
        EXPECT_TRUE(!program->verify || program->verify()) << entry.name;
        EXPECT_GT(program->elements, 0U) << entry.name;
      }
  }
}

// One word that is not zero, at the start of a page: every loop but those of columns reads it, and
// these do, too, where the pitch is a page.
TEST(Programs, FindAWordThatIsNotZero) {
  const Filled memory = filled(128, {});
  for (const ProgramEntry& entry : program_catalogue()) {
    const auto program = ready(entry, memory.program);
    if (!program) continue;
    ASSERT_EQ(program->run(), program->expected) << entry.name;
    // A double that no product makes 0, and a byte that memchr looks for.
    const std::uint64_t odd = 0x40ff000000000000;
    auto* const words = reinterpret_cast<std::uint64_t*>(memory.table.base());
    const std::uint64_t words_of_page = system_page_bytes() / 8;
    for (const std::uint64_t page : {0U, 64U}) words[page * words_of_page] = odd + page;
    const bool noticed =
        program->run() != program->expected || (program->verify && !program->verify());
    for (const std::uint64_t page : {0U, 64U}) words[page * words_of_page] = 0;
    EXPECT_TRUE(noticed) << entry.name;
  }
}

TEST(Programs, SayWhyATableDoesNotSuit) {
  const Filled one = filled(1, {}), odd = filled(33, {}), coloured = filled(24, {0, 8});
  const auto message = [](std::string_view name, const ProgramTable& table) -> std::string {
    for (const ProgramEntry& entry : program_catalogue())
      if (entry.name == name)
        if (auto program = entry.prepare(table); !program) return program.error().message;
    return "";
  };
  EXPECT_THAT(message("column", one.program), HasSubstr("1 row(s) of a page; it takes 16"));
  EXPECT_NE(message("column_padded", one.program), "");
  for (const char* name : {"memcmp", "dot"}) {
    EXPECT_THAT(message(name, odd.program),
                testing::AnyOf("a table of 33 page(s) has no two halves", HasSubstr("OpenBLAS")));
  }
  EXPECT_THAT(message("memcmp", coloured.program), HasSubstr("not alike in 8 colours"));
  EXPECT_EQ(message("sum", odd.program), "");
}

TEST(Programs, NamesAreDistinctAndPlain) {
  std::vector<std::string_view> names;
  for (const ProgramEntry& entry : program_catalogue()) {
    EXPECT_EQ(entry.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string_view::npos);
    EXPECT_EQ(std::ranges::count(names, entry.name), 0) << entry.name;
    names.push_back(entry.name);
  }
  EXPECT_GE(names.size(), 18U);
}

TEST(Programs, AreTimedOnZerosOnly) {
  const Filled zeros = filled(32, {}), others = filled(32, {0x5a5a5a5a5a5a5a5a, 0});
  const auto never = [] { return false; };
  for (const ProgramEntry& entry : program_catalogue()) {
    if (entry.name != "sum") continue;
    int starts = 0, stops = 0;
    const Meter meter{[&] { ++starts; }, [&] { ++stops; }};
    const auto timing = value_of(time_program(entry, zeros.program, 0.001, meter, Roots{}, never));
    EXPECT_GE(timing.seconds, 0.001);
    EXPECT_GE(timing.elements, zeros.program.bytes / 8);
    EXPECT_EQ(starts, 1);
    EXPECT_EQ(stops, 1);
    const auto refused =
        error_of(time_program(entry, others.program, 0.001, meter, Roots{}, never));
    EXPECT_EQ(refused.code, ExitCode::kUsage);
    const auto cut =
        error_of(time_program(entry, zeros.program, 10, meter, Roots{}, [] { return true; }));
    EXPECT_EQ(cut.code, ExitCode::kInterrupted);
  }
}

TEST(Programs, AStopWhileTimedShowsInTheShareOfTheCpu) {
  const Filled zeros = filled(32, {});
  const auto stopped = [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return false;
  };
  for (const ProgramEntry& entry : program_catalogue()) {
    if (entry.name != "sum") continue;
    const auto timing = value_of(time_program(entry, zeros.program, 0.05, {}, Roots{}, stopped));
    EXPECT_LT(timing.cpu_share, 0.5);
    const Figures figures = program_figures(entry, timing, {}, nullptr);
    EXPECT_THAT(figures, testing::Contains(testing::Pair("cpu_share", timing.cpu_share)));
  }
}

TEST(Programs, WrongResultsAreNoFigures) {
  const Filled zeros = filled(32, {});
  ProgramEntry wrong{"wrong", "", "own", true, 0, [](const ProgramTable& table) {
                       return Outcome<ReadyProgram>(
                           ReadyProgram{[] { return std::uint64_t{1}; }, 0, table.bytes / 8, {}});
                     }};
  const auto timing =
      error_of(time_program(wrong, zeros.program, 0.001, {}, Roots{}, [] { return false; }));
  EXPECT_EQ(timing.code, ExitCode::kFailed);
}

TEST(Roofs, TheOneAboveTheFrames) {
  const Roofs roofs({{1, 32 << 10, 16 << 10, 200e9},
                     {2, 512 << 10, 256 << 10, 100e9},
                     {kMemoryLevel, ~0ULL, 1 << 30, 20e9}});
  EXPECT_EQ(roofs.above(4096)->level, 1);
  EXPECT_EQ(roofs.above(32 << 10)->level, 1);
  EXPECT_EQ(roofs.above((32 << 10) + 1)->level, 2);
  EXPECT_EQ(roofs.above(64 << 20)->level, kMemoryLevel);
  EXPECT_EQ(roofs.at_level(3), nullptr);
  const Roofs unmeasured({{kMemoryLevel, ~0ULL, 1 << 30, 0}});
  EXPECT_EQ(unmeasured.above(4096), nullptr) << "no figure is not a roof of 0";
}

TEST(Roofs, FiguresOfReadersOnly) {
  Census census;
  census.pages = census.present = 16;
  census.frames = 1;
  census.strong = true;
  const Roofs roofs({{1, 1 << 20, 1 << 19, 100e9}});
  ProgramEntry entry{"x", "", "own", true, 0, nullptr};
  const ProgramTiming timing{1.0, 5'000'000'000};
  const auto find = [](const Figures& figures, std::string_view key) -> std::optional<double> {
    for (const auto& [name, value] : figures)
      if (name == key) return value;
    return std::nullopt;
  };
  const Figures figures = program_figures(entry, timing, census, &roofs);
  EXPECT_DOUBLE_EQ(*find(figures, "ns_per_element"), 0.2);
  EXPECT_DOUBLE_EQ(*find(figures, "bytes_per_second"), 40e9);
  EXPECT_DOUBLE_EQ(*find(figures, "roof_share"), 0.4);
  entry.reads_only = false;
  EXPECT_FALSE(find(program_figures(entry, timing, census, &roofs), "roof_share"));
  entry.reads_only = true;
  census.strong = false;
  EXPECT_FALSE(find(program_figures(entry, timing, census, &roofs), "roof_share"));
  EXPECT_FALSE(find(program_figures(entry, timing, census, nullptr), "roof_share"));
}

TEST(VectorLoads, OrAllWords) {
  const auto* const loads = programs::widest_vector_loads();
  if (loads == nullptr) GTEST_SKIP() << "no vector unit";
  std::vector<std::uint64_t> words(512);
  const auto* const base = reinterpret_cast<const std::byte*>(words.data());
  EXPECT_EQ(loads->read(base, 4096), 0U);
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = 1ULL << (i % 64);
    ASSERT_EQ(loads->read(base, 4096), words[i]) << i;
    words[i] = 0;
  }
}

TEST(Siblings, CpuLists) {
  EXPECT_EQ(parse_cpu_list("0-2,8"), (std::vector{0, 1, 2, 8}));
  EXPECT_EQ(parse_cpu_list("3"), std::vector{3});
  for (const char* wrong : {"", "x", "2-1", "1-", "-1", "99999999999"})
    EXPECT_TRUE(parse_cpu_list(wrong).empty()) << wrong;
}

TEST(Siblings, OneOfEachCore) {
  const FakeTree tree;
  const auto roots = tree.roots();
  const std::pair<int, const char*> lists[] = {{0, "0,2"}, {1, "1,3"}, {2, "0,2"}, {3, "1,3"}};
  for (const auto& [cpu, list] : lists)
    tree.write(fmt::format("sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu),
               list);
  EXPECT_EQ(one_cpu_per_core(roots, {0, 1, 2, 3}), (std::vector{0, 1}));
  EXPECT_EQ(cores_first(roots, {0, 2, 3, 1}), (std::vector{0, 3, 2, 1}));
  EXPECT_EQ(smt_siblings(roots, {0, 1, 2, 3}), std::pair(0, 2));
  EXPECT_EQ(smt_siblings(roots, {0, 1}), std::nullopt) << "the siblings may not be used";
  EXPECT_EQ(one_cpu_per_core(roots, {7, 8}), (std::vector{7, 8})) << "nothing known of these";
}

TEST(ProgramFacts, HowMemcpyCopies) {
  const std::string tunables =
      "glibc.cpu.x86_rep_movsb_threshold: 0x840 (min: 0x100, max: 0xffffffffffffffff)\n"
      "glibc.cpu.x86_non_temporal_threshold: 0xc000000 (min: 0x4040, max: 0xfffffffffffffff)\n";
  const std::string amd = "vendor_id\t: AuthenticAMD\nflags\t\t: fpu erms fsrm\n",
                    intel = "vendor_id\t: GenuineIntel\nflags\t\t: fpu erms\n",
                    old = "vendor_id\t: GenuineIntel\nflags\t\t: fpu\n";
  constexpr std::uint64_t kL2 = 512 << 10, kTable = 64 << 20;
  EXPECT_EQ(memcpy_choice(tunables, amd, kL2, kTable), "vectors");
  EXPECT_EQ(memcpy_choice(tunables, amd, kL2, 4096), "rep movsb, from 2112 bytes");
  EXPECT_EQ(memcpy_choice(tunables, intel, kL2, kTable), "rep movsb, from 2112 bytes");
  EXPECT_EQ(memcpy_choice(tunables, old, kL2, kTable), "vectors");
  EXPECT_EQ(memcpy_choice(tunables, intel, kL2, 1 << 30),
            "stores past the caches, from 201326592 bytes");
  EXPECT_EQ(memcpy_choice("", intel, kL2, kTable), std::nullopt);
}

TEST(Mixed, SharesAndOrders) {
  for (const unsigned percent : {0U, 50U, 90U, 99U, 100U}) {
    const MixedPages random(16384, percent, MixOrder::kRandom),
        clustered(16384, percent, MixOrder::kClustered);
    std::uint64_t zeros = 0, runs = 0;
    for (std::uint64_t page = 0; page < 16384; ++page) {
      if (random.is_zero(page)) ++zeros;
      if (page != 0 && random.is_zero(page) != random.is_zero(page - 1)) ++runs;
      ASSERT_EQ(clustered.is_zero(page), page < clustered.zeros());
    }
    EXPECT_EQ(zeros, 16384 * percent / 100);
    EXPECT_EQ(random.zeros(), zeros);
    // Of pages in random order 2 p (1 - p) have another kind before them.
    const double p = percent / 100.0;
    EXPECT_NEAR(static_cast<double>(runs), 16384 * 2 * p * (1 - p), 16384 * 0.03) << percent;
  }
}

}  // namespace
}  // namespace zp
