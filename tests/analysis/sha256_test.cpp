// SPDX-License-Identifier: MIT
// Sums of files, read in parts, against those of their text as a whole.
#include "analysis/load/sha256.hpp"

#include <gtest/gtest.h>

#include "tests/temporary.hpp"

namespace zp::analysis {
namespace {

TEST(Sha256, FilesOfEveryLengthHaveTheSumOfTheirText) {
  const test::TemporaryDirectory directory;
  std::string text;
  for (std::uint32_t i = 0; text.size() < 140000; ++i)
    text.push_back(static_cast<char>(i * i * 2654435761U >> 24));
  std::vector<std::size_t> lengths;
  for (std::size_t length = 0; length < 200; ++length) lengths.push_back(length);
  for (const std::size_t length : {65535U, 65536U, 65537U, 131072U, 131135U, 140000U})
    lengths.push_back(length);
  for (const auto length : lengths) {
    const auto part = text.substr(0, length);
    test::write_file(directory / "file", part);
    EXPECT_EQ(sha256_of_file(directory / "file").value(), sha256_of_text(part)) << length;
  }
  // FIPS 180-4's first example.
  test::write_file(directory / "file", "abc");
  EXPECT_EQ(sha256_of_file(directory / "file").value(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace zp::analysis
