// SPDX-License-Identifier: MIT
// Names and figures in little room: labels stay different, digits stay honest.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "analysis/claims/judges.hpp"
#include "analysis/plot/gnuplot.hpp"
#include "analysis/rows/interval.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/plain_names.hpp"
#include "harness/support/text.hpp"

namespace zp::analysis {
namespace {

using Names = std::vector<std::string>;

// One text has one label, and one label one text.
void expect_distinct(const Names& texts, const Names& labels, std::size_t width) {
  ASSERT_EQ(labels.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_LE(labels[i].size(), width) << labels[i];
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_EQ(labels[i] == labels[j], texts[i] == texts[j])
          << texts[j] << " is " << labels[j] << ", " << texts[i] << " is " << labels[i];
  }
}

TEST(Labels, StayDifferentWhateverTheWidthAndTheSigns) {
  const std::string x(30, 'x');
  Names texts = split(
      "a$b,a@b,a?b,a`b,a'b,a\x01"
      "b,a\\x01b,50%%,50%,#1,]]>,]]?",
      ',');
  for (const auto& more : {std::string(), x + "1" + x, x + "2" + x, x + "1" + x, x, x + "#9"})
    texts.push_back(more);
  for (int i = 0; i < 150; ++i) texts.push_back(x + std::to_string(i) + x);
  for (std::size_t width = 8; width < 80; ++width) {
    expect_distinct(texts, distinct_labels(texts, width), width);
    expect_distinct(texts, plot_labels(texts, width), width + 2);
    for (const auto& label : plot_labels(texts, width))
      EXPECT_EQ(label.find_first_of("\"`\\$@\n\x01"), label.npos) << label;
  }
  EXPECT_EQ(tics_of({"a", "50%"}, 14), "'a' 0, '50%%' 1");
}

TEST(Labels, AnEndThatDiffersIsNotCut) {
  EXPECT_EQ(distinct_labels({"6.18.44-fc-v657", "6.18.44-fc-v657-gpu"}, 16),
            (Names{"..v657", "..v657-gpu"}));
}

TEST(Labels, NamesForMachinesStayDifferent) {
  PlainNames names(machine_name);
  const Names texts{"a b", "a_b", "a-b", "a/b", "a_b-2", "a b"};
  Names given;
  for (const auto& text : texts) given.push_back(names(text));
  EXPECT_EQ(given, (Names{"a_b", "a_b-2", "a-b", "a_b-3", "a_b-2-2", "a_b"}));
}

// Cut alike; trying the numbers from 2 on for each would take minutes.
TEST(Labels, ManyNamesForMachinesOfOneStart) {
  PlainNames names(machine_name);
  for (int i = 1; i < 50000; ++i) names(std::to_string(i), "x");
  EXPECT_EQ(names("last", "x"), "x-50000");
}

TEST(Ascii, ThreeDigits) {
  EXPECT_EQ(three_digits(0), "0");
  EXPECT_EQ(three_digits(1.2), "1.20");
  EXPECT_EQ(three_digits(9.999), "10.0");
  EXPECT_EQ(three_digits(99.95), "100");
  EXPECT_EQ(three_digits(1234.4), "1234");
  EXPECT_EQ(three_digits(0.0123456), "0.0123");
  EXPECT_EQ(three_digits(-0.38), "-0.380");
  EXPECT_EQ(three_digits(2.5e9), "2.5e+09");
  EXPECT_EQ(three_digits(1e-9), "1e-09");
}

TEST(Ascii, CommonDecimals) {
  EXPECT_EQ(common_decimals({0.38, 8.8}), 2);
  EXPECT_EQ(common_decimals({120, 340}), 0);
  EXPECT_EQ(common_decimals({0.016, 4.0}), 3);
  EXPECT_EQ(common_decimals({}), 0);
  EXPECT_EQ(common_decimals({1e-12, 5}), 6);
}

TEST(Ascii, WrapAndShorten) {
  EXPECT_EQ(shorten("abcdefghijkl", 8), "abc..jkl");
  EXPECT_EQ(shorten("a\nb", 10), "a\\x0ab");
  EXPECT_EQ(wrap("aa bb cc", 5), (std::vector<std::string>{"aa bb", "cc"}));
  EXPECT_EQ(wrap("  aa bb cc", 12, 4), (std::vector<std::string>{"  aa bb cc"}));
  EXPECT_EQ(wrap(std::string(25, 'x'), 10),
            (std::vector<std::string>{"xxxxxxxxxx", "xxxxxxxxxx", "xxxxx"}));
  EXPECT_EQ(wrap("", 10), std::vector<std::string>{""});
}

// A name may be as long as a file.
TEST(Ascii, OneLongWordIsWrappedInOneGo) {
  const std::string word(4 << 20, 'x');
  EXPECT_EQ(wrap(word, 64, 0).size(), word.size() / 64);
}

TEST(Markup, Fields) {
  EXPECT_EQ(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
  EXPECT_EQ(csv_field("=1+1"), "'=1+1");
  EXPECT_EQ(html_text("<a href='x'>&"), "&lt;a href=&#39;x&#39;&gt;&amp;");
  EXPECT_EQ(markdown_text("a|b"), "a\\|b");
  EXPECT_EQ(markdown_text("ksm_single"), "ksm_single");
  EXPECT_EQ(valid_utf8("\xc3\xa4\xff\xed\xa0\x80"), "\xc3\xa4\\xff\\xed\\xa0\\x80");
  EXPECT_EQ(plot_text("it's `x` $(y) \\n\n@z"), "'it?s ?x? ?(y) ?n?x0a?z'");
}

TEST(Digits, ASpreadIsNeverCutAndZeroHasNoPercentage) {
  EXPECT_EQ(spread_text(1, {1, 60}), "-0+>999%");
  EXPECT_EQ(spread_text(1, {0.9, 1.2}), "-10+20%");
  EXPECT_EQ(spread_text(0, {0, 1}), "[0.00, 1.00]");
  EXPECT_EQ(spread_text(0, {0, 0}), "+-0%");
}

TEST(Digits, SmallFiguresAndLargeChangesAreShown) {
  EXPECT_EQ(aligned_number(1e-6, 6), "1e-06");
  EXPECT_EQ(aligned_number(1.234e-5, 6), "1.23e-05");
  EXPECT_EQ(aligned_number(0.000123, 6), "0.000123");
  EXPECT_EQ(aligned_number(1.23, 2), "1.23");
  EXPECT_EQ(aligned_number(999.123456, 6), "999.123456");
  EXPECT_EQ(aligned_number(100035000, 6), "1e+08");  // of many decades
  EXPECT_EQ(aligned_number(1000.35, 6), "1000");
  EXPECT_EQ(aligned_number(123456789, 0), "123456789");
  EXPECT_EQ(aligned_number(0, 2), "0.00");
  EXPECT_EQ(four_digits(1.02), "1.020");
  EXPECT_EQ(four_digits(1004), "1004");
  EXPECT_EQ(percent_change(0.0002), "-99.980%");
  EXPECT_EQ(percent_change(1e-9), "x1e-09");
  EXPECT_EQ(percent_change(1e9), "x1e+09");
  EXPECT_EQ(percent_change(2.5), "+150%");
  EXPECT_EQ(percent_change(0.997), "-0.3%");
}

TEST(Digits, NoFigureIsTooLargeOrTooSmall) {
  const double least = 5e-324;
  EXPECT_GE(common_decimals({least, 1}), 2);
  EXPECT_EQ(common_decimals({1.7e308}), 0);
  EXPECT_EQ(short_number(9.3e18), "9.3e+18");
  EXPECT_EQ(short_number(-1e300), "-1e+300");
  EXPECT_EQ(short_number(16384), "16384");
}

}  // namespace
}  // namespace zp::analysis
