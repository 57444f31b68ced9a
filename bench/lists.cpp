// SPDX-License-Identifier: MIT
#include "bench/lists.hpp"

#include <algorithm>

#include "harness/host/facts.hpp"
#include "harness/host/page_size.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

template <class T, class Parse>
Outcome<std::vector<T>> parse_all(const std::string& origin, const std::string& text,
                                  Parse&& parse) {
  std::vector<T> values;
  for (const std::string& part : split(text, ',')) {
    auto value = parse(part);
    if (!value) return fail(ExitCode::kUsage, "{}: {}", origin, value.error().message);
    values.push_back(*value);
  }
  return values;
}

Outcome<int> parse_count(const std::string& text) {
  const auto number = parse_number(text);
  if (!number || *number > 1'000'000 || text.find_first_not_of("0123456789") != std::string::npos)
    return fail(ExitCode::kUsage, "'{}' is not a count", text);
  return static_cast<int>(*number);
}

// A coloured placement without a number stands for all of --colours.
std::string with_colours(const Lists& lists) {
  std::string expanded;
  for (const std::string& text : split(lists.placements, ',')) {
    const auto* entry = find_placement_entry(text);
    const bool all_colours = entry != nullptr && entry->takes_colours;
    for (const std::string& colours : all_colours ? split(lists.colours, ',') : split("-", ','))
      expanded += text + (all_colours ? ":" + colours : "") + ",";
  }
  return expanded;
}

// "l1", "l2", "l3" stand for what fits that cache of this machine: half of it, in whole pages. One
// for a cache that the machine does not have is left out.
std::string with_caches(const std::string& tables) {
  const std::uint64_t page = system_page_bytes();
  std::string expanded;
  for (const std::string& text : split(tables, ',')) {
    if (text != "l1" && text != "l2" && text != "l3")
      expanded += text + ",";
    else if (const auto cache = data_cache(Roots{}, text[1] - '0'))
      expanded += fmt::format("{},", std::max(page, cache->size_bytes / 2 / page * page));
  }
  return expanded;
}

// Assigns the list, or hands the error on.
template <class T>
bool take(Outcome<std::vector<T>> list, std::vector<T>& target, Outcome<void>& outcome) {
  if (outcome && !list) outcome = tl::make_unexpected(list.error());
  if (outcome) target = std::move(*list);
  return outcome.has_value();
}

}  // namespace

std::string origin_of(const Origins& origins, const std::string& option) {
  const auto found = origins.find(option);
  return found == origins.end() ? "--" + option
                                : fmt::format("matrix {}: {}", found->second, option);
}

Outcome<Matrix> parse_lists(const Lists& lists, const Origins& origins) {
  const auto origin = [&](const char* option) { return origin_of(origins, option); };
  Matrix matrix;
  Outcome<void> outcome;
  take(parse_all<PlacementId>(origin("placements"), with_colours(lists), parse_placement),
       matrix.placements, outcome);
  take(parse_all<std::uint64_t>(origin("tables"), with_caches(lists.tables), parse_size_bytes),
       matrix.tables_bytes, outcome);
  take(parse_all<std::uint64_t>(origin("strides"), lists.strides, parse_size_bytes),
       matrix.strides_bytes, outcome);
  take(parse_all<Order>(origin("walks"), lists.walks,
                        word_parser<Order>({{"sequential", Order::kSequential},
                                            {"random", Order::kRandom},
                                            {"dependent", Order::kDependent}})),
       matrix.walks, outcome);
  take(parse_all<bool>(origin("offsets"), lists.offsets,
                       word_parser<bool>({{"rotated", true}, {"fixed", false}})),
       matrix.rotated, outcome);
  take(parse_all<Share>(origin("shares"), lists.shares,
                        word_parser<Share>({{"split", Share::kSplit}, {"whole", Share::kWhole}})),
       matrix.shares, outcome);
  take(parse_all<int>(origin("threads"), lists.threads, parse_count), matrix.threads, outcome);
  take(parse_all<int>(origin("nodes"), lists.nodes, parse_count), matrix.nodes, outcome);
  matrix.families = split(lists.families, ',');
  if (!outcome) return tl::make_unexpected(outcome.error());
  const std::pair<const char*, bool> needed[] = {
      {"families", matrix.families.empty()},   {"placements", matrix.placements.empty()},
      {"tables", matrix.tables_bytes.empty()}, {"strides", matrix.strides_bytes.empty()},
      {"walks", matrix.walks.empty()},         {"offsets", matrix.rotated.empty()},
      {"shares", matrix.shares.empty()},       {"threads", matrix.threads.empty()}};
  // Other families bring their own placements and tables.
  const auto reads = std::find(matrix.families.begin(), matrix.families.end(), kReadFamily) !=
                     matrix.families.end();
  for (const auto& [option, empty] : needed)
    if (empty && (reads || matrix.families.empty()))
      return fail(ExitCode::kUsage, "{}: the list is empty", origin(option));
  return matrix;
}

}  // namespace zp
