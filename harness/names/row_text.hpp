// SPDX-License-Identifier: MIT
// Texts of rows that one program writes and the other reads.
#pragma once

#include <string_view>

namespace zp {

// Error-message prefix that tells a skipped row from one that failed verification.
inline constexpr std::string_view kSkippedPrefix = "skipped: ";

inline constexpr std::string_view kStrongCensus = "census: strong";  // every frame was seen
inline constexpr std::string_view kWeakCensus = "census: weak";

// At the end of the label of a row whose threads did not have their CPUs (docs/method.md).
inline constexpr std::string_view kDisturbedLabel = "; disturbed";

// What only a faulty kernel does to a row: accounts that do not add up ("after 302 lives, 38656
// pages: ..."), memory that holds something else.
inline constexpr std::string_view kLeaked = " lives, ";
inline constexpr std::string_view kWrongMemory = "memory does not hold what was written";
inline constexpr std::string_view kWrongWords = "the words read are not those";

// Pages of the family unmerge: what it counts in the row knows only those on the zero page.
inline constexpr std::string_view kStillMerged = "still in KSM frames";

constexpr bool tells_of_faulty_kernel(std::string_view message) {
  for (const auto text : {kLeaked, kWrongMemory, kWrongWords})
    if (message.find(text) != message.npos) return true;
  return false;
}

// "census: strong" -> "strong"; "" for labels that claim nothing.
constexpr std::string_view census_class(std::string_view label) {
  constexpr std::string_view kPrefix = "census: ";
  if (!label.starts_with(kPrefix)) return {};
  const auto word = label.substr(kPrefix.size());
  return word.substr(0, word.find_first_of(" :,;("));
}

}  // namespace zp
