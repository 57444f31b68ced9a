// SPDX-License-Identifier: MIT
// What was claimed on linux-mm, each claim with the family that measures it and the rule that draws
// its verdict from the numbers: in the threads of use_zero_pages (12 to 20 January 2017 and 29 to
// 30 September 2022), and in the debates about zero pages since 2024.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "analysis/rows/family_rows.hpp"

namespace zp::analysis {

enum class ClaimVerdict { kConfirmed, kRefuted, kDepends, kUndecided, kNoData };

struct Judgement {
  ClaimVerdict verdict = ClaimVerdict::kNoData;
  std::string sentence;  // with the numbers it rests on
};

struct Claim {
  std::string_view id;
  std::string_view family;     // whose rows stand under it; "" where reads or another claim's do
  std::string_view statement;  // what is judged; the thread's own words in quotation marks
  std::string rule;            // how `judge` decides, for the page
  Judgement (*judge)(const FamilyRun& run);
};

std::span<const Claim> claims();   // of use_zero_pages
std::span<const Claim> debates();  // since 2024

std::string_view verdict_text(ClaimVerdict verdict);

// docs/claims.md and docs/debates.md. Times of emulated runs are left out.
std::string render_claims(std::span<const FamilyRun> runs);
std::string render_debates(std::span<const FamilyRun> runs);

}  // namespace zp::analysis
