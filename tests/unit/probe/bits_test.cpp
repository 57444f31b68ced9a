// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "harness/probe/bits.hpp"

namespace zp::probe {
namespace {

std::vector<Mask> zen2() {
  std::vector<Mask> rows;
  for (const auto& [low, high] :
       {std::pair{12U, 27U}, {13, 26}, {14, 25}, {15, 20}, {16, 21}, {17, 22}, {18, 23}, {19, 24}})
    rows.push_back(bit(low) | bit(high));
  return rows;
}

TEST(ProbeBits, HashesAreEqualWhateverTheirRows) {
  const std::vector<Mask> some{0b0111, 0b1010}, same{0b1101, 0b1010}, other{0b0111, 0b1000};
  EXPECT_EQ(reduced(some), reduced(same));
  EXPECT_NE(reduced(some), reduced(other));
  EXPECT_EQ(reduced({0b11, 0b01, 0b10}).size(), 2U);
}

TEST(ProbeBits, AShortenedHashIsTheSameHash) {
  auto rows = zen2();
  rows[0] ^= rows[3] ^ rows[5];
  rows[4] ^= rows[0];
  EXPECT_EQ(shortened(rows), zen2());
}

TEST(ProbeBits, ADifferenceIsNeutralWhereEachRowHasAnEvenNumberOfItsBits) {
  EXPECT_TRUE(is_neutral(zen2(), bit(12) | bit(27) | bit(40)));
  EXPECT_FALSE(is_neutral(zen2(), bit(12) | bit(26)));
}

TEST(ProbeBits, TheNullSpaceHoldsAllNeutralDifferences) {
  const Mask bits = (bit(36) - 1) & ~(bit(12) - 1);
  const auto base = null_space(zen2(), bits);
  EXPECT_EQ(base.size(), 24U - 8U);
  for (const Mask difference : base) {
    EXPECT_TRUE(is_neutral(zen2(), difference));
    EXPECT_EQ(difference & ~bits, 0U);
  }
  EXPECT_EQ(reduced(base).size(), base.size());
}

TEST(ProbeBits, AHashIsWrittenAsPeopleDo) {
  EXPECT_EQ(text_of(zen2()), "12^27 13^26 14^25 15^20 16^21 17^22 18^23 19^24");
  EXPECT_EQ(text_of({bit(12) | bit(20), bit(28), bit(29), bit(30), bit(40)}), "12^20 28-30 40");
  EXPECT_EQ(text_of(std::vector<Mask>{}), "");
}

}  // namespace
}  // namespace zp::probe
