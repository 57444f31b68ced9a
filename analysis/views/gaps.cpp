// SPDX-License-Identifier: MIT
#include "analysis/views/gaps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace zp::analysis {

std::vector<std::pair<std::string, std::string>> gathered(
    const std::vector<Gap>& gaps, const std::vector<std::string>& measured) {
  struct Group {
    std::vector<std::string> what;
    std::string reason;
    std::set<std::string> placements;
  };
  std::vector<Group> groups;
  for (const Gap& gap : gaps) {
    auto found = std::ranges::find_if(groups, [&](const Group& group) {
      return group.what.front() == gap.what && group.reason == gap.reason;
    });
    if (found == groups.end()) {
      groups.push_back(Group{{gap.what}, gap.reason, {}});
      found = groups.end() - 1;
    }
    found->placements.insert(gap.placement);
  }
  std::set<std::string> all(measured.begin(), measured.end());
  for (const Group& group : groups) all.insert(group.placements.begin(), group.placements.end());
  std::vector<Group> merged;
  for (Group& group : groups) {
    const auto alike = std::ranges::find_if(merged, [&](const Group& other) {
      return other.reason == group.reason && other.placements == group.placements;
    });
    if (alike == merged.end())
      merged.push_back(std::move(group));
    else
      alike->what.push_back(group.what.front());
  }
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Group& group : merged) {
    std::string which = fmt::format("{}", fmt::join(group.what, ", "));
    if (group.placements != all) which += fmt::format(" on {}", fmt::join(group.placements, ", "));
    lines.emplace_back(std::move(which), group.reason);
  }
  return lines;
}

}  // namespace zp::analysis
