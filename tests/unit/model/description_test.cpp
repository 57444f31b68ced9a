// SPDX-License-Identifier: MIT
#include "harness/model/description.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "harness/model/catalogue.hpp"
#include "harness/model/cost.hpp"
#include "harness/model/steady.hpp"
#include "tests/outcome.hpp"

namespace zp::model {
namespace {

using testing::HasSubstr;

// A whole, valid description; tests spoil one line of it.
const std::string kSmall = R"(# a comment
zp-cpu-1
name  small
about A CPU for tests
source book  The Book of Small CPUs, 1999

l1d.size_bytes     32k   book p. 1
l1d.ways           8     book
l1d.line_bytes     64    book
l1d.replacement    lru   uncertain nobody wrote it down
l1d.synonyms       none  book   # physically indexed
l1d.latency_cycles 4     book
l2.size_bytes      1m    book
l2.ways            16    book
l2.line_bytes      64    book
l2.replacement     fifo  book
l2.latency_cycles  12-14 uncertain measured once
dtlb1.entries          64     book
dtlb1.ways             full   book
dtlb1.page_sizes_bytes 4k,2m  book
dtlb1.replacement      random book
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}
std::string error_of(const std::string& text) {
  const auto parsed = parse_description(text, "my.cpu");
  if (parsed) return "(no error)";
  EXPECT_EQ(parsed.error().code, ExitCode::kUsage);
  EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos);
  return parsed.error().message;
}

TEST(Description, ReadsEveryFigureWithItsSource) {
  const auto cpu = value_of(parse_description(kSmall, "my.cpu"));
  EXPECT_EQ(cpu.name, "small");
  EXPECT_EQ(cpu.page_bytes, 4096U);
  ASSERT_EQ(cpu.geometry.caches.size(), 2U);
  EXPECT_EQ(cpu.geometry.caches[0].size_bytes, 32768U);
  EXPECT_EQ(cpu.geometry.caches[1].ways, 16U);
  EXPECT_EQ(cpu.geometry.caches[1].replacement, Replacement::kFifo);
  ASSERT_EQ(cpu.geometry.tlbs.size(), 1U);
  EXPECT_EQ(cpu.geometry.tlbs[0].ways, 64U);
  EXPECT_EQ(cpu.geometry.tlbs[0].page_sizes_bytes, (std::vector<std::uint64_t>{4096, 2 << 20}));
  EXPECT_EQ(cpu.latencies.caches[1]->low, 12);
  EXPECT_EQ(cpu.latencies.caches[1]->high, 14);
  EXPECT_FALSE(cpu.latencies.memory);
  EXPECT_EQ(cpu.figures[0].source, "The Book of Small CPUs, 1999, p. 1");
  EXPECT_FALSE(cpu.figures[0].uncertain);
  EXPECT_EQ(cpu.figures[3].source, "nobody wrote it down");
  EXPECT_TRUE(cpu.figures[3].uncertain);
}

TEST(Description, EveryErrorNamesTheLineAndWhatToDo) {
  const auto broken = [](const std::string& from, const std::string& to) {
    return error_of(replaced(kSmall, from, to));
  };
  EXPECT_EQ(broken("32k   book p. 1", "32k"),
            "my.cpu:7: 'l1d.size_bytes' without a source; write 'KEY VALUE SOURCE [where in it]', "
            "or 'KEY VALUE uncertain WHY'");
  EXPECT_EQ(broken("uncertain nobody wrote it down", "uncertain"),
            "my.cpu:10: 'l1d.replacement' is uncertain, but not why");
  EXPECT_EQ(broken("32k   book p. 1", "32k   bok"),
            "my.cpu:7: unknown source 'bok'; write a line 'source bok TEXT' above");
  EXPECT_EQ(broken("l1d.ways ", "l1d.way "),
            "my.cpu:8: unknown key 'l1d.way'; did you mean l1d.ways, l2.ways, l3.ways?");
  EXPECT_EQ(broken("l2.ways            16", "l1d.ways            16"),
            "my.cpu:14: a second 'l1d.ways'; the first is in line 8");
  EXPECT_EQ(broken("32k   book p. 1", "32q   book"),
            "my.cpu:7: l1d.size_bytes: '32q' is not a size; write bytes, or 4k, 256m, 1g");
  EXPECT_EQ(broken("8     book", "8.5   book"), "my.cpu:8: l1d.ways: '8.5' is not a whole number");
  EXPECT_EQ(broken("12-14", "14-12"),
            "my.cpu:17: l2.latency_cycles: '14-12' is not a number of cycles; write 14 or 12-16");
  EXPECT_EQ(broken("12-14", "nan"),
            "my.cpu:17: l2.latency_cycles: 'nan' is not a number of cycles; write 14 or 12-16");
  EXPECT_EQ(broken("none  book", "pipt  book"),
            "my.cpu:11: l1d.synonyms: 'pipt' is not one of none, utag, duplicate, exclusive, "
            "logical_tag, virtual_coherency");
  EXPECT_EQ(broken("l2.replacement     fifo  book", ""),
            "my.cpu: no 'l2.replacement': add it, with its source or 'uncertain' and why");
  EXPECT_EQ(broken("8     book", "7     book"),
            "my.cpu: l1d: 32768 bytes in 7 ways of 64-byte lines is no whole number of sets; "
            "check size, ways and line");
  EXPECT_EQ(broken("1m    book", "1t    book"),
            "my.cpu: l2: 1099511627776 bytes is more than the model holds");
  EXPECT_EQ(broken("64     book", "2147483648 book"),
            "my.cpu: dtlb1: 2147483648 entries; the model takes up to 65535");
  EXPECT_EQ(broken("zp-cpu-1", "zp-cpu-2"),
            "my.cpu:2: not a CPU description; its first line must be 'zp-cpu-1'");
  EXPECT_EQ(broken("name  small", "name"), "my.cpu:3: 'name' without a text");
  EXPECT_EQ(broken("name  small\n", ""), "my.cpu:20: no line 'name NAME'");
  EXPECT_EQ(broken("source book  The Book of Small CPUs, 1999", "source book"),
            "my.cpu:5: write 'source ID TEXT': where it can be read");
  EXPECT_EQ(broken("4k,2m", "4k,3m"),
            "my.cpu: dtlb1: page size 3145728 is not a power of two from 4096 up");
}

TEST(Description, RefusesALevelWithoutTheOneAboveIt) {
  std::string text = kSmall;
  for (int i = 0; i < 5; ++i) text = replaced(text, "\nl2.", "\nl3.");
  EXPECT_EQ(error_of(text), "my.cpu:13: l3.size_bytes: there is no l2");
}

TEST(Description, ReadsSynonymBitsHashesAndPrices) {
  const std::string hashed = replaced(kSmall, "none  book   # physically indexed",
                                      "utag book\nl1d.utag_bits 12^27,28,13^14^15^16 book");
  const auto utag = value_of(parse_description(hashed + "clock_ghz 4.1 book\n"
                                                        "nested_page_bytes 4k book\n"
                                                        "loop.dependent_cycles 1.5-2 book\n"
                                                        "overlap.same_line_cycles 12.1 book\n"
                                                        "overlap.l3_cycles 8 book\n",
                                               "my.cpu"));
  EXPECT_EQ(utag.geometry.utag_bits,
            (std::vector<std::uint64_t>{(1ULL << 12) | (1ULL << 27), 1ULL << 28, 0x1e000}));
  EXPECT_EQ(utag.clock_ghz->low, 4.1);
  EXPECT_EQ(utag.nested_page_bytes, 4096U);
  for (const char* bad : {"0", "3k", "2g"})
    EXPECT_EQ(error_of(fmt::format("{}nested_page_bytes {} book\n", kSmall, bad)),
              "my.cpu:22: nested_page_bytes: not a size of pages");
  EXPECT_EQ(utag.loop.dependent->high, 2);
  EXPECT_FALSE(utag.loop.random);
  EXPECT_EQ(utag.overlap.same_line->low, 12.1);
  EXPECT_EQ(utag.overlap.caches[2]->low, 8);
  EXPECT_FALSE(utag.overlap.same_set);

  const std::string moved = replaced(kSmall, "none  book   # physically indexed",
                                     "exclusive book\nl1d.synonym_bits 12-18 book");
  const auto exclusive = value_of(parse_description(moved, "my.cpu"));
  EXPECT_EQ(exclusive.geometry.synonym_bits, std::pair(12U, 18U));

  for (const char* bad : {"12^", "12^12", "^12", "12-13", "x", "64", "12^27^", "1^2^3^4^5^6^7^8^9"})
    EXPECT_EQ(error_of(replaced(hashed, "12^27", bad)),
              fmt::format("my.cpu:12: l1d.utag_bits: '{}' is not a bit of a hash; write an address "
                          "bit, 28, or up to 8 different ones, 12^27",
                          bad));
  for (const char* bad : {"12", "12-", "-18", "12-18-20", "12^18"})
    EXPECT_EQ(error_of(replaced(moved, "12-18", bad)),
              fmt::format("my.cpu:12: l1d.synonym_bits: '{}' is not a range of address bits; write "
                          "LOW-HIGH, for example 12-14",
                          bad));
}

TEST(Description, RefusesWhatIsNoText) {
  EXPECT_EQ(error_of(replaced(kSmall, "latency_cycles 4 ", "latency_cycles 0 ")),
            "my.cpu:12: l1d.latency_cycles: a hit takes longer than that");
  EXPECT_EQ(error_of(kSmall + "page_bytes 4g book\n"),
            "my.cpu:22: page_bytes: more than any CPU's base page");
  EXPECT_EQ(error_of(""), "my.cpu:0: empty; a CPU description begins with the line 'zp-cpu-1'");
  EXPECT_THAT(error_of(std::string("zp-cpu-1\nname a\0b\n", 18)), HasSubstr("control character"));
  EXPECT_THAT(error_of("zp-cpu-1\nname a\x1b[31m\n"), HasSubstr("my.cpu:2: control character"));
}

TEST(Description, TakesLinesFromOtherSystems) {
  std::string text;
  for (char c : kSmall) text += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_TRUE(parse_description(text, "my.cpu"));
}

// Any line lost, doubled or cut short gives a description or one line of error, never a crash.
TEST(Description, SurvivesEveryCut) {
  for (std::size_t length = 0; length < kSmall.size(); ++length) {
    const auto parsed = parse_description(kSmall.substr(0, length), "my.cpu");
    if (!parsed) {
      EXPECT_EQ(parsed.error().message.find("my.cpu"), 0U);
    }
  }
}

TEST(Catalogue, EveryBuiltInDescriptionIsValidAndNamedAsItsFile) {
  const std::vector<std::string_view> expected{
      "24k",     "74k",     "cortex-a76",    "loongson3", "octeon", "p5600", "r4000sc",
      "r4400sc", "skylake", "emeraldrapids", "z10",       "z13",    "z14",   "z15",
      "z16",     "z196",    "zEC12",         "zen2",      "zen3",   "zen4",  "zen5"};
  EXPECT_THAT(built_in_cpus(), testing::UnorderedElementsAreArray(expected));
  for (const std::string_view name : built_in_cpus()) {
    const auto cpu = value_of(find_cpu(std::string(name)));
    EXPECT_EQ(cpu.name, name);
    EXPECT_FALSE(cpu.about.empty());
    EXPECT_TRUE(Machine::create(cpu.geometry, cpu.page_bytes)) << name;
    EXPECT_TRUE(cpu.zero_page_colours) << name;
  }
}

TEST(Catalogue, RulesAreThoseOfTheFacts) {
  const auto rule = [](const std::string& name) { return find_cpu(name)->geometry.synonyms; };
  for (const char* name : {"z10", "z196", "zEC12", "z13", "z14", "z15", "z16"})
    EXPECT_EQ(rule(name), SynonymRule::kExclusive) << name;
  EXPECT_EQ(rule("74k"), SynonymRule::kLogicalTag);
  for (const char* name : {"zen2", "zen3", "zen4", "zen5"})
    EXPECT_EQ(rule(name), SynonymRule::kUtag) << name;
  for (const char* name : {"r4000sc", "r4400sc"})
    EXPECT_EQ(rule(name), SynonymRule::kVirtualCoherency) << name;
  for (const char* name : {"24k", "p5600", "loongson3"})
    EXPECT_EQ(rule(name), SynonymRule::kDuplicate) << name;
  for (const char* name : {"skylake", "emeraldrapids", "cortex-a76", "octeon"})
    EXPECT_EQ(rule(name), SynonymRule::kNone) << name;
}

// Linux commits 238ec4efeee4, 7919e91b3431 and 1f6b83e5e4d3: what IBM wrote.
TEST(Catalogue, SynonymBitsAreThoseOfTheCommits) {
  const auto figure = [](const std::string& name) {
    const auto cpu = find_cpu(name);
    for (const SourcedFigure& candidate : cpu->figures)
      if (candidate.key == "l1d.synonym_bits") return candidate;
    return SourcedFigure{};
  };
  for (const auto& [name, bits, sure] : {std::tuple("z10", "12-13", true),
                                         {"z196", "12-13", true},
                                         {"zEC12", "12-16", true},
                                         {"z13", "12-18", true},
                                         {"z14", "12-18", false},
                                         {"z15", "12-18", false},
                                         {"z16", "12-18", false}}) {
    EXPECT_EQ(figure(name).value, bits) << name;
    EXPECT_EQ(figure(name).uncertain, !sure) << name;
  }
}

// Stride 1024, N frames by colour: the last N at which every read misses by a synonym. On zEC12
// 32 frames are more than L1D holds (96 KiB), on z13 64 are (128 KiB): there the misses go on.
TEST(Catalogue, OnZWhatTheCommitsSayComesOutOfTheModel) {
  struct Expected {
    const char* name;
    std::uint64_t last_synonyms;
    std::uint64_t first_capacity;
  };
  for (const Expected& cpu :
       {Expected{"z10", 2, 64}, {"z196", 2, 64}, {"zEC12", 16, 32}, {"z13", 32, 64}}) {
    const auto description = value_of(find_cpu(cpu.name));
    for (std::uint64_t frames = 1; frames <= 128; frames *= 2) {
      std::vector<std::uint64_t> pfns(1024);
      for (std::size_t page = 0; page < pfns.size(); ++page) pfns[page] = 0x1000 + page % frames;
      const auto state = value_of(settle_sequential(
          description.geometry, *MappedTable::create(0x7f0000000000, pfns, 4096), 1024));
      const bool synonyms = frames <= cpu.last_synonyms, capacity = frames >= cpu.first_capacity;
      EXPECT_EQ(state.per_read(state.counts.misses[0]), synonyms || capacity ? 1 : 0)
          << cpu.name << " " << frames;
      EXPECT_EQ(state.per_read(state.counts.synonym_misses), synonyms ? 1 : 0)
          << cpu.name << " " << frames;
    }
  }
}

TEST(Catalogue, AnUnknownNameSuggestsTheNearest) {
  const auto message = [](const std::string& name) { return find_cpu(name).error().message; };
  EXPECT_THAT(message("zen6"), HasSubstr("no model of CPU 'zen6'; nearest: zen2, zen3, zen4"));
  EXPECT_THAT(message("zec12"), HasSubstr("nearest: zEC12"));
  EXPECT_THAT(message("pentium"), HasSubstr("known: 24k 74k"));
  EXPECT_THAT(message(""), HasSubstr("no model of CPU ''"));
}

TEST(Catalogue, LoadsAUsersFile) {
  const std::string path = testing::TempDir() + "/zp-user.cpu";
  std::ofstream(path) << kSmall;
  EXPECT_EQ(find_cpu(path)->name, "small");
  std::ofstream(path) << replaced(kSmall, "32k   book", "32k");
  EXPECT_THAT(find_cpu(path).error().message, HasSubstr(path + ":7: "));
  std::remove(path.c_str());
  EXPECT_THAT(find_cpu(path).error().message, HasSubstr("No such file"));
  EXPECT_FALSE(find_cpu(testing::TempDir()));  // a directory
}

TEST(Cost, IsTheMeanLatencyOfWhatServedTheReads) {
  const auto cpu = value_of(parse_description(kSmall, "my.cpu"));
  Counts counts;
  counts.reads = 100;
  const Cost hits = estimate_cost(cpu, counts);
  ASSERT_TRUE(hits.cycles_per_read);
  EXPECT_EQ(hits.cycles_per_read->low, 4);
  EXPECT_FALSE(hits.uncertain);
  counts.misses[0] = 50;
  const Cost half = estimate_cost(cpu, counts);
  ASSERT_TRUE(half.cycles_per_read);
  EXPECT_EQ(half.cycles_per_read->low, 8);
  EXPECT_EQ(half.cycles_per_read->high, 9);
  EXPECT_TRUE(half.uncertain);
}

TEST(Cost, IsAbsentWithAReasonWhereALatencyIsNotKnown) {
  const auto cpu = value_of(parse_description(kSmall, "my.cpu"));
  Counts counts;
  counts.reads = 100;
  counts.misses = {50, 10, 0, 0};
  counts.tlb_misses[0] = 1;
  const Cost cost = estimate_cost(cpu, counts);
  EXPECT_FALSE(cost.cycles_per_read);
  EXPECT_EQ(cost.missing, "small has no figure for memory.latency_cycles, walk.latency_cycles");
}

TEST(Cost, ASynonymMayCostMoreThanTheNextLevel) {
  auto cpu = value_of(parse_description(kSmall, "my.cpu"));
  cpu.latencies.synonym = Range{20, 40};
  Counts counts;
  counts.reads = 10;
  counts.misses[0] = 10;
  counts.synonym_misses = 5;
  const Cost cost = estimate_cost(cpu, counts);
  EXPECT_EQ(cost.cycles_per_read->low, (5 * 20 + 5 * 12) / 10.0);
  EXPECT_EQ(cost.cycles_per_read->high, (5 * 40 + 5 * 14) / 10.0);
}

}  // namespace
}  // namespace zp::model
