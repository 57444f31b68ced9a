// SPDX-License-Identifier: MIT
#include "bench/lists.hpp"

#include <algorithm>

#include "bench/families.hpp"
#include "harness/host/facts.hpp"
#include "harness/host/page_size.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

template <class T, class Parse>
Outcome<std::size_t> read_all(const std::string& text, Parse&& parse, std::vector<T>& target) {
  target.clear();
  for (const std::string& part : split(text, ',')) {
    auto value = parse(part);
    if (!value) return tl::make_unexpected(value.error());
    target.push_back(*value);
  }
  return target.size();
}

Outcome<int> parse_count(const std::string& text) {
  const auto number = parse_number(text);
  if (!number || *number > 1'000'000 || text.find_first_not_of("0123456789") != std::string::npos)
    return fail(ExitCode::kUsage, "'{}' is not a count", text);
  return static_cast<int>(*number);
}

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
// four times what L2 holds. One for a cache that the machine does not have is left out.
std::string with_caches(const std::string& tables) {
  const std::uint64_t page = system_page_bytes();
  std::string expanded;
  for (const std::string& text : split(tables, ',')) {
    if (text == "l1" || text == "l2" || text == "l3") {
      if (const auto cache = data_cache(Roots{}, text[1] - '0'))
        expanded += fmt::format("{},", std::max(page, cache->size_bytes / 2 / page * page));
    } else if (text == "shared_l2") {
      if (const auto l2 = data_cache(Roots{}, 2))
        expanded += fmt::format(
            "{},", kShippedPageSharing * std::max(page, 4 * l2->size_bytes / page * page));
    } else {
      expanded += text + ",";
    }
  }
  return expanded;
}

using Text = const std::string&;
using All = const ListTexts&;

std::vector<ListOption> make_options() {
  return {
      {"families", "read", "what is measured: " + family_names() + "; see docs/claims.md", false,
       [](Text text, All, Matrix& matrix) -> Outcome<std::size_t> {
         matrix.families = split(text, ',');
         return matrix.families.size();
       }},
      {"placements", "", "which frames back the table; see --doctor", false,
       [](Text text, All all, Matrix& matrix) {
         return read_all(with_numbers(text, all), parse_placement, matrix.placements);
       }},
      {"colours", "1,2,4,8,16,32,64,128,256", "of ksm_coloured and memfd_coloured without :N", true,
       [](Text text, All, Matrix&) -> Outcome<std::size_t> { return split(text, ',').size(); }},
      {"sharers", "2,16,64,256,1024,4096", "of ksm_shared without :N: pages per frame", true,
       [](Text text, All, Matrix&) -> Outcome<std::size_t> { return split(text, ',').size(); }},
      {"tables", "64m",
       "sizes; or l1, l2, l3: half of that cache; shared_l2: KSM as shipped has 4 times L2 behind "
       "it",
       false,
       [](Text text, All, Matrix& matrix) {
         return read_all(with_caches(text), parse_size_bytes, matrix.tables_bytes);
       }},
      {"strides", "64,256,1024,4096", "bytes from one read to the next", false,
       [](Text text, All, Matrix& matrix) {
         return read_all(text, parse_size_bytes, matrix.strides_bytes);
       }},
      {"walks", "sequential", "sequential, random, dependent", false,
       [](Text text, All, Matrix& matrix) {
         return read_all(text,
                         word_parser<Order>({{"sequential", Order::kSequential},
                                             {"random", Order::kRandom},
                                             {"dependent", Order::kDependent}}),
                         matrix.walks);
       }},
      {"threads", "1", "thread counts", false,
       [](Text text, All, Matrix& matrix) { return read_all(text, parse_count, matrix.threads); }},
      {"nodes", "", "NUMA nodes of table and CPUs (default: first)", true,
       [](Text text, All, Matrix& matrix) { return read_all(text, parse_count, matrix.nodes); }},
      {"register", "madvise", "madvise, prctl: how KSM's placements ask to be merged", false,
       [](Text text, All, Matrix& matrix) {
         return read_all(text,
                         word_parser<Registration>({{"madvise", Registration::kMadvise},
                                                    {"prctl", Registration::kPrctl}}),
                         matrix.registrations);
       }},
      {"offsets", "fixed", "fixed, rotated: in the page, where the stride is whole pages", false,
       [](Text text, All, Matrix& matrix) {
         return read_all(text, word_parser<bool>({{"rotated", true}, {"fixed", false}}),
                         matrix.rotated);
       }},
      {"shares", "split", "split, whole: what each of several threads walks", false,
       [](Text text, All, Matrix& matrix) {
         return read_all(text,
                         word_parser<Share>({{"split", Share::kSplit}, {"whole", Share::kWhole}}),
                         matrix.shares);
       }},
  };
}

}  // namespace

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
    if (*count == 0 && !option.may_be_empty && empty.empty()) empty = origin;
  }
  // Other families bring their own placements and tables.
  const bool reads = std::find(matrix.families.begin(), matrix.families.end(), kReadFamily) !=
                     matrix.families.end();
  if (!empty.empty() && (reads || matrix.families.empty()))
    return fail(ExitCode::kUsage, "{}: the list is empty", empty);
  return matrix;
}

}  // namespace zp
