// SPDX-License-Identifier: MIT
// Which programs a placement makes faster or slower.
#include <algorithm>

#include "analysis/views/loop_table.hpp"

namespace zp::analysis {
namespace {

std::string most_coloured(const LoopTable& table) {
  std::string found;
  for (const auto& placement : table.placements)
    if (placement.starts_with("ksm_coloured:") && placement != "ksm_coloured:1") found = placement;
  return found;
}

// A ratio of speeds: above 1 is faster.
void sort_in(LoopContrast& contrast, const std::string& loop, const PairedChange& change) {
  if (!change.interval)
    contrast.few.push_back(loop);
  else if (change.disturbed.mostly())
    contrast.disturbed.push_back(loop);
  else if (change.effect == Effect::kSame || change.effect == Effect::kUndecided)
    contrast.alike.push_back(loop);
  else if (change.ratio > 1)
    contrast.faster.emplace_back(loop, change.ratio);
  else
    contrast.slower.emplace_back(loop, 1 / change.ratio);
}

void judge(LoopContrast& contrast, const LoopTable& table, const ResultSet& set,
           const UnitPlan& plan) {
  std::vector<std::string> loops;
  std::vector<UnitDifference> differences;
  for (const auto& loop : table.rows) {
    const auto* from = table.find(loop, contrast.base);
    const auto* to = table.find(loop, contrast.other);
    if (from == nullptr || to == nullptr) continue;
    auto difference = unit_differences(set, from->cell, to->cell, kLoopSpeed, plan);
    if (difference.values.empty()) {
      contrast.few.push_back(loop);
      continue;
    }
    loops.push_back(loop);
    differences.push_back(std::move(difference));
  }
  const auto changes = paired_changes(differences);
  for (std::size_t i = 0; i < changes.size(); ++i) sort_in(contrast, loops[i], changes[i]);
  for (auto* list : {&contrast.faster, &contrast.slower})
    std::ranges::stable_sort(*list,
                             [](const auto& a, const auto& b) { return a.second > b.second; });
}

}  // namespace

std::vector<LoopContrast> loop_contrasts(const LoopTable& table, const ResultSet& set,
                                         const UnitPlan& plan) {
  std::vector<LoopContrast> all;
  const auto ask = [&](const char* question, const char* base, const std::string& other) {
    LoopContrast contrast{.question = question, .base = base, .other = other};
    judge(contrast, table, set, plan);
    if (contrast.judged() + contrast.few.size() > 0) all.push_back(std::move(contrast));
  };
  ask("The zero page?", "private", "read_fault");
  ask("The knob, as people run it?", "ksm_default", "ksm_zero_page");
  if (const auto colours = most_coloured(table); !colours.empty())
    ask("Colours?", "ksm_zero_page", colours);
  ask("Huge pages?", "read_fault", "huge_zero");
  return all;
}

}  // namespace zp::analysis
