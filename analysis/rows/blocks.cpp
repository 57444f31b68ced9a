// SPDX-License-Identifier: MIT
#include "analysis/rows/blocks.hpp"

#include <algorithm>

#include "harness/names/placement_id.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

std::string in_words(const NamePart& part) {
  if (part.key == "family") return part.value;
  if (part.key == "walk") return part.value + " walk";
  if (part.key == "threads") return part.value + (part.value == "1" ? " thread" : " threads");
  if (part.key == "table" || part.key == "stride")
    return exact_size_of(part.value) + " " + part.key;
  if (part.bare) return part.value;
  return part.key + " " + part.value;
}

}  // namespace

BlockName block_of(const BenchmarkName& name, std::span<const std::string> columns) {
  BlockName block{name.family, {{"family", name.family}}};
  const auto is_column = [&](std::string_view key) {
    return std::ranges::find(columns, key) != columns.end();
  };
  for (const auto& part : name.parts) {
    if (is_clock_part(part)) {
      block.key += '/' + part.value;  // another figure, of the same title
      continue;
    }
    if (is_column(part.key) || (part.key == "offset" && is_column("stride"))) continue;
    block.common.push_back(part);
    block.key += '/' + part.key + ':' + part.value;
  }
  return block;
}

std::string block_title(const std::vector<NamePart>& common) {
  std::string text;
  for (const auto& part : common) text += (text.empty() ? "" : ", ") + in_words(part);
  return text;
}

bool placement_less(const std::string& a, const std::string& b) {
  const auto a_rank = placement_rank(a);
  const auto b_rank = placement_rank(b);
  return a_rank != b_rank ? a_rank < b_rank : natural_less(a, b);
}

}  // namespace zp::analysis
