// SPDX-License-Identifier: MIT
#include "harness/support/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/support/json.hpp"
#include "harness/support/terminal.hpp"
#include "harness/support/units.hpp"
#include "tests/outcome.hpp"

namespace zp {
namespace {

using testing::HasSubstr;

using Strings = std::vector<std::string>;

TEST(Text, NumbersAtTheStart) {
  EXPECT_EQ(parse_number("4096 kB"), 4096U);
  EXPECT_EQ(parse_number("18446744073709551615"), ~0ULL);
  for (const char* text : {"", "max", "-1", " 1", "18446744073709551616"})
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

TEST(Text, NumberFieldsByWholeKeys) {
  const char* meminfo =
      "MemFree:   12 kB\nMemAvailable:   345 kB\ninactive_file 7\ninactive_file_x 8\n";
  EXPECT_EQ(number_field(meminfo, "MemAvailable:"), 345U);
  EXPECT_EQ(number_field(meminfo, "inactive_file"), 7U);
  EXPECT_EQ(number_field(meminfo, "inactive"), std::nullopt);
  EXPECT_EQ(number_field(meminfo, "Mem"), std::nullopt);
  EXPECT_EQ(number_field("", "Mem"), std::nullopt);
  EXPECT_EQ(number_field("Mem: none", "Mem:"), std::nullopt);
}

TEST(Text, TextFieldsToTheEndOfTheLine) {
  const char* cpuinfo = "model\t\t: 1\nmodel name\t: AMD EPYC  \r\nflags\t\t:\nlast: x: y";
  EXPECT_EQ(text_field(cpuinfo, "model name"), "AMD EPYC");
  EXPECT_EQ(text_field(cpuinfo, "model"), "1");
  EXPECT_EQ(text_field(cpuinfo, "flags"), "");
  EXPECT_EQ(text_field(cpuinfo, "last"), "x: y");
  EXPECT_EQ(text_field(cpuinfo, "none"), std::nullopt);
}

TEST(Text, SplitLeavesOutEmptyParts) {
  EXPECT_EQ(split("a,b,,c", ','), (Strings{"a", "b", "c"}));
  EXPECT_EQ(split(",", ','), Strings{});
  EXPECT_EQ(split("", ','), Strings{});
  EXPECT_EQ(split("a", ','), Strings{"a"});
}

TEST(TerminalText, NothingOfItActs) {
  EXPECT_EQ(terminal_text("a b\n~"), "a b\n~");
  EXPECT_EQ(terminal_text("\x1b[31m\a\x7f\r\t"), "\\x1b[31m\\x07\\x7f\\x0d\\x09");
  EXPECT_EQ(terminal_text("\xe2\x80\xae\x9b"), "\\xe2\\x80\\xae\\x9b");
  EXPECT_EQ(terminal_text(std::string_view("\0x", 2)), "\\x00x");
}

TEST(Json, HoldsAnyBytes) {
  EXPECT_EQ(json_quoted("a\"\\\x1b\n"), R"("a\"\\\u001b\u000a")");
  EXPECT_EQ(json_quoted("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
  // A stray byte, an overlong '/', half of a surrogate pair, a sequence cut off: a mark per byte.
  const std::string mark = "\xef\xbf\xbd";
  EXPECT_EQ(json_quoted("x\xffy"), "\"x" + mark + "y\"");
  EXPECT_EQ(json_quoted("\xc0\xaf"), "\"" + mark + mark + "\"");
  EXPECT_EQ(json_quoted("\xed\xa0\x80"), "\"" + mark + mark + mark + "\"");
  EXPECT_EQ(json_quoted("\xe2\x82"), "\"" + mark + mark + "\"");
}

TEST(Json, ADocumentKeepsItsLinesAndQuotes) {
  EXPECT_EQ(json_document("{\n  \"a\\n\": \"b\xff\x01\"\n}\n"),
            "{\n  \"a\\n\": \"b\xef\xbf\xbd\\u0001\"\n}\n");
}

TEST(Text, AWholeNumberOrNone) {
  EXPECT_EQ(parse_whole<int>("-7"), -7);
  EXPECT_EQ(parse_whole<double>("2595.1"), 2595.1);
  for (const char* text : {"", "7 ", " 7", "+7", "99999999999", "x"})
    EXPECT_EQ(parse_whole<int>(text), std::nullopt) << text;
}

TEST(Text, ARangeIsTakenFromItsLine) {
  std::string_view line = "7f5c-7f5d rw-p";
  EXPECT_EQ(take_hex_range(line), std::pair(std::uint64_t{0x7f5c}, std::uint64_t{0x7f5d}));
  EXPECT_EQ(line, " rw-p");
  for (std::string_view none : {"", "7f5c", "7f5c 7f5d", "7f5c-", "VmFlags: rd"})
    EXPECT_EQ(take_hex_range(none), std::nullopt) << none;
}

TEST(Units, ReadsSizesAsPeopleWriteThem) {
  EXPECT_EQ(*parse_size_bytes("4096"), 4096U);
  EXPECT_EQ(*parse_size_bytes("0"), 0U);
  for (const char* text : {"256m", "256M", "256mb", "256MiB"}) {
    EXPECT_EQ(*parse_size_bytes(text), 268435456U) << text;
  }
  EXPECT_EQ(*parse_size_bytes("16t"), 16ULL << 40);
}

TEST(Units, RefusesWhatIsNoSizeAndNamesIt) {
  for (const char* text : {"", "k", "-1", "+4k", "1.5m", "4x", "4kk", "4 k", "0x10", "4kibb"}) {
    const auto size = error_of(parse_size_bytes(text));
    EXPECT_EQ(size.code, ExitCode::kUsage);
    EXPECT_THAT(size.message, HasSubstr(fmt::format("'{}'", text)));
  }
}

TEST(Units, RefusesSizesOver64Bits) {
  for (const char* text :
       {"18446744073709551616", "99999999999999999999999", "999999999999999999999k"})
    EXPECT_EQ(error_of(parse_size_bytes(text)).message,
              fmt::format("size '{}' does not fit in 64 bits", text));
  EXPECT_FALSE(parse_size_bytes("16777216t"));
  EXPECT_EQ(*parse_size_bytes("16777215t"), 16777215ULL << 40);
}

TEST(Units, ExactSizesAreNeverTheSame) {
  EXPECT_EQ(exact_size(0), "0 B");
  EXPECT_EQ(exact_size(1000), "1000 B");
  EXPECT_EQ(exact_size(1536), "1.5 KiB");
  EXPECT_EQ(exact_size(1572864), "1.5 MiB");
  EXPECT_EQ(exact_size(1581056), "1544 KiB");
  EXPECT_EQ(exact_size(1581057), "1581057 B");
  EXPECT_EQ(exact_size(268435456), "256 MiB");
  EXPECT_EQ(exact_size(~0ULL), "18446744073709551615 B");
}

TEST(Units, SizesAndTimesForPeople) {
  EXPECT_EQ(human_size(1000), "1000 B");
  EXPECT_EQ(human_size(1536), "1.5 KiB");
  EXPECT_EQ(human_size(268435456), "256 MiB");
  EXPECT_EQ(human_seconds(0.44), "0.4 s");
  EXPECT_EQ(human_seconds(75), "1 min 15 s");
  EXPECT_EQ(human_seconds(3720), "1 h 2 min");
}

}  // namespace
}  // namespace zp
