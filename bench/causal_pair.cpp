// SPDX-License-Identifier: MIT
#include "bench/causal_pair.hpp"

#include <bit>

#include "harness/support/units.hpp"

namespace zp {

using probe::Mask;

Outcome<std::vector<std::uint64_t>> usable_rule(const probe::Findings& findings) {
  const auto none = [](const std::string& why) {
    return fail(ExitCode::kCannotRun, "the probe found no rule to choose addresses by: {}", why);
  };
  const probe::HashFindings& hash = findings.hash;
  if (!hash.measured) return none("it can't tell one address from another here");
  if (hash.counting == 0 && hash.unclear == 0) return none("no address bit costs anything");
  if (hash.rows.empty() || hash.unclear != 0 || !hash.structure_known || hash.disagreements != 0)
    return none("it can't tell which address bits count");
  return hash.rows;
}

Outcome<ChosenPages> choose_pages(const std::vector<std::uint64_t>& rule, std::uint64_t table_bytes,
                                  std::uint64_t page_bytes) {
  const Mask bits = std::bit_floor(table_bytes) - page_bytes;
  std::vector<Mask> inside;
  for (const Mask row : rule) inside.push_back(row & bits);
  const auto echelon = probe::reduced(std::move(inside));
  // Flipping the lowest bit of a row in echelon form changes that row alone.
  std::vector<Mask> changing;
  for (const Mask row : echelon) changing.push_back(row & -row);
  const auto neutral = probe::null_space(rule, bits);
  if (changing.empty())
    return fail(ExitCode::kCannotRun, "all pages of a table of {} agree", human_size(table_bytes));
  if (neutral.empty())
    return fail(ExitCode::kCannotRun, "no two pages of a table of {} agree",
                human_size(table_bytes));
  ChosenPages chosen;
  chosen.agreeing = probe::combinations(neutral, kChosenPages);
  const auto changes = probe::combinations(changing, kChosenPages);
  for (std::size_t i = 0; i < chosen.agreeing.size(); ++i)
    chosen.differing.push_back(chosen.agreeing[i] ^ changes[i % changes.size()]);
  return chosen;
}

}  // namespace zp
