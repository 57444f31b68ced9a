// SPDX-License-Identifier: MIT
#include "bench/lists.hpp"

#include <algorithm>
#include <set>

#include "bench/families.hpp"
#include "harness/host/facts.hpp"
#include "harness/host/page_size.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

// A placement that takes a number stands, without one, for all of --colours or --sharers.
std::string with_numbers(const std::string& placements, const ListTexts& lists) {
  std::string expanded;
  for (const std::string& text : split(placements, ',')) {
    const auto* entry = find_placement_entry(text);
    if (entry == nullptr || entry->suffix == Suffix::kNone) {
      expanded += text + ",";
      continue;
    }
    for (const std::string& number :
         split(lists.at(entry->suffix == Suffix::kColours ? "colours" : "sharers"), ','))
      expanded += text + ":" + number + ",";
  }
  return expanded;
}

// "l1", "l2", "l3" stand for what fits that cache of this machine: half of it, in whole pages;
// "shared_l2" for the table whose frames, shared among as many pages each as KSM ships with, are
// four times what L2 holds. One for a cache that the machine does not have is left out, to
// `absent`.
std::string with_caches(const std::string& tables, std::set<std::string>& absent) {
  const std::uint64_t page = system_page_bytes();
  std::string expanded;
  for (const std::string& text : split(tables, ',')) {
    if (text == "l1" || text == "l2" || text == "l3") {
      if (const auto cache = data_cache(Roots{}, text[1] - '0'))
        expanded += fmt::format("{},", std::max(page, cache->size_bytes / 2 / page * page));
      else
        absent.insert(text);
    } else if (text == "shared_l2") {
      if (const auto l2 = data_cache(Roots{}, 2))
        expanded += fmt::format(
            "{},", kShippedPageSharing * std::max(page, 4 * l2->size_bytes / page * page));
      else
        absent.insert(text);
    } else {
      expanded += text + ",";
    }
  }
  return expanded;
}

std::string expanded(std::string_view list, const std::string& text, const ListTexts& lists,
                     Matrix& matrix) {
  if (list == "placements") return with_numbers(text, lists);
  return list == "tables" ? with_caches(text, matrix.absent_caches) : text;
}

template <class Axis>
ListOption list_of(const Axis& axis) {
  const auto read = [&axis](const std::string& text, const ListTexts& lists,
                            Matrix& matrix) -> Outcome<std::size_t> {
    auto& values = matrix.*axis.values;
    for (const std::string& part : split(expanded(axis.list, text, lists, matrix), ',')) {
      const auto value = axis.parse(part);
      if (!value) return fail(value);
      values.push_back(*value);
    }
    return values.size();
  };
  return {axis.list, axis.initial, axis.help, axis.rules.may_be_empty, read};
}

// What a list of placements stands for; by itself it chooses nothing.
ListOption numbers(const char* name, const char* initial, const char* help) {
  return {name, initial, help, true,
          [](const std::string& text, const ListTexts&, Matrix&) -> Outcome<std::size_t> {
            const auto parts = split(text, ',');
            for (const std::string& part : parts)
              if (!parse_whole<std::uint64_t>(part))
                return fail(ExitCode::kUsage, "'{}' is not a count", part);
            return parts.size();
          }};
}

Outcome<std::size_t> read_families(const std::string& text, const ListTexts&, Matrix& matrix) {
  matrix.families = parts_of_list(text);
  return matrix.families.size();
}

std::vector<ListOption> make_options() {
  return std::apply(
      [](const auto& placements, const auto&... others) {
        return std::vector<ListOption>{
            {"families", "read", "what is measured: " + family_names() + "; see docs/claims.md",
             false, read_families},
            list_of(placements),
            numbers("colours", "1,2,4,8,16,32,64,128,256",
                    "of ksm_coloured and memfd_coloured without :N"),
            numbers("sharers", "2,16,64,256,1024,4096",
                    "of ksm_shared without :N: pages per frame"),
            list_of(others)...};
      },
      kAxes);
}

}  // namespace

std::vector<std::string> parts_of_list(std::string_view text) {
  std::vector<std::string> parts;
  for (std::string& part : split(text, ','))
    if (std::ranges::find(parts, part) == parts.end()) parts.push_back(std::move(part));
  return parts;
}

std::string origin_of(const Origins& origins, const std::string& option) {
  const auto found = origins.find(option);
  return found == origins.end() ? "--" + option
                                : fmt::format("matrix {}: {}", found->second, option);
}

const std::vector<ListOption>& list_options() {
  static const std::vector<ListOption> options = make_options();
  return options;
}

ListTexts initial_lists() {
  ListTexts texts;
  for (const ListOption& option : list_options()) texts[option.name] = option.initial;
  return texts;
}

Outcome<Matrix> parse_lists(const ListTexts& lists, const Origins& origins) {
  Matrix matrix;
  std::string empty;  // the first list that may not be
  for (const ListOption& option : list_options()) {
    const std::string origin = origin_of(origins, option.name);
    const auto count = option.read(lists.at(option.name), lists, matrix);
    if (!count) return fail(ExitCode::kUsage, "{}: {}", origin, count.error().message);
    const bool has_all_there_is =
        option.name == std::string_view("tables") && !matrix.absent_caches.empty();
    if (*count == 0 && !option.may_be_empty && !has_all_there_is && empty.empty()) empty = origin;
  }
  // Other families bring their own placements and tables.
  if (!empty.empty() && (matrix.has_reads() || matrix.families.empty()))
    return fail(ExitCode::kUsage, "{}: the list is empty", empty);
  return matrix;
}

}  // namespace zp
