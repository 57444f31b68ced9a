// SPDX-License-Identifier: MIT
#include "harness/support/pattern.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace zp {
namespace {

// glibc's regcomp recurses into groups until the stack ends, and copies what "{200}" repeats,
// within another one 200 times 200 times: from a few of them it takes all memory.
constexpr std::size_t kMostCharacters = 4096;
constexpr std::uint64_t kMostCopies = 100'000;

// How often the innermost may be copied: the product of all that stands in braces.
std::uint64_t copies(const std::string& text) {
  std::uint64_t product = 1;
  for (auto at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
    std::uint64_t most = 1, number = 0;
    for (auto i = at + 1; i < text.size() && text[i] != '}'; ++i) {
      const bool digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
      number = digit
                   ? std::min(number * 10 + static_cast<std::uint64_t>(text[i] - '0'), kMostCopies)
                   : 0;
      most = std::max(most, number);
    }
    product = std::min(product * most, kMostCopies + 1);
  }
  return product;
}

}  // namespace

Outcome<Pattern> Pattern::compile(const std::string& text) {
  if (text.size() > kMostCharacters)
    return fail(ExitCode::kUsage, "'{}...': more than {} characters", text.substr(0, 40),
                kMostCharacters);
  if (copies(text) > kMostCopies)
    return fail(ExitCode::kUsage, "'{}': its {{}} repeat something more than {} times", text,
                kMostCopies);
  auto regex = std::make_unique<regex_t>();
  if (const int failed = regcomp(regex.get(), text.c_str(), REG_EXTENDED | REG_NOSUB);
      failed != 0) {
    char reason[128];
    regerror(failed, regex.get(), reason, sizeof reason);
    return fail(ExitCode::kUsage, "'{}': {}", text, reason);
  }
  Pattern pattern;
  pattern.regex_ = {regex.release(), [](regex_t* compiled) {
                      regfree(compiled);
                      delete compiled;
                    }};
  return pattern;
}

}  // namespace zp
