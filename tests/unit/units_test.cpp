// SPDX-License-Identifier: MIT
#include "harness/support/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/outcome.hpp"

namespace zp {
namespace {

using testing::HasSubstr;

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
    const auto size = parse_size_bytes(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error().code, ExitCode::kUsage);
    EXPECT_THAT(size.error().message, HasSubstr(fmt::format("'{}'", text)));
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
