// SPDX-License-Identifier: MIT
#include "bench/option_uses.hpp"

#include <CLI/App.hpp>
#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "bench/cell.hpp"
#include "bench/choice.hpp"
#include "bench/families.hpp"
#include "harness/host/page_size.hpp"
#include "harness/support/text.hpp"
#include "harness/support/words.hpp"

namespace zp {
namespace {

// The axes of reads are of one family, but for the placements, which others have, too.
std::vector<FamilyOption> family_options() {
  std::vector<FamilyOption> options = std::apply(
      [](const auto& /*placements*/, const auto&... others) {
        return std::vector{FamilyOption{fmt::format("--{}", others.list), {kReadFamily}}...};
      },
      kAxes);
  for (const char* name : {"--placements", "--colours", "--sharers"})
    options.push_back({name, {kReadFamily, "kernels", "readers"}});
  options.push_back({"--drop-caches", {"fault"}});
  options.push_back({"--guest-kernel", {"guest"}});
  return options;
}

// Whether the list's values are those of some placement.
bool gives_numbers(const FamilyOption& list, Suffix suffix, const Options& options) {
  return std::ranges::any_of(placements_of(options.matrix), [&](const PlacementId& id) {
    return id.entry().suffix == suffix &&
           std::ranges::any_of(split(list.text, ','), [&](const std::string& number) {
             return parse_number(number) == (suffix == Suffix::kColours ? id.colours : id.sharers);
           });
  });
}

// Whether the axis asks for what no cell has a choice of.
template <class Axis>
bool is_asked_in_vain(const Axis& axis, const Matrix& matrix, const std::vector<Cell>& cells) {
  const auto& values = matrix.*axis.values;
  return std::ranges::any_of(values,
                             [&](const auto& value) { return Cell{}.*axis.value != value; }) &&
         std::ranges::none_of(cells, [&](const Cell& cell) {
           return axis.rules.is_choice(cell, system_page_bytes());
         });
}

// Whether it changes any of the cells, of whatever pass.
bool is_used(const FamilyOption& option, const Options& options, const std::vector<Cell>& cells) {
  if (option.name == "--colours") return gives_numbers(option, Suffix::kColours, options);
  if (option.name == "--sharers") return gives_numbers(option, Suffix::kSharers, options);
  return std::apply(
      [&](const auto&... axis) {
        return (... && (option.name != fmt::format("--{}", axis.list) || cells.empty() ||
                        !is_asked_in_vain(axis, options.matrix, cells)));
      },
      kAxes);
}

// As a run does: measures, or says what it would measure.
bool is_of_a_matrix(Action action) {
  return action == Action::kMeasure || action == Action::kList || action == Action::kDryRun;
}

}  // namespace

std::string_view name_of(Action action) {
  return word_for(action, {"a run", "--list", "--counters list", "--doctor", "--doctor",
                           "--dry-run", "--restore", "--probe"});
}

Outcome<void> check_taken(const CLI::App& app, const Options& options) {
  if (is_of_a_matrix(options.action)) return {};
  std::set<std::string> taken{"--no-colour", "--no-color", "--quiet", "--json"};
  if (options.action == Action::kDoctor)
    taken.insert({"--doctor", "--counters", "--counter-source", "--no-probe"});
  else if (options.action == Action::kListCounters)
    taken.insert({"--counters", "--counter-source"});
  else if (options.action == Action::kProbe)
    taken.insert({"--probe", "--simulate", "--noise", "--cpu-file", "--out", "--seed"});
  else
    taken.emplace(name_of(options.action));
  std::string other = options.benchmark_flags.empty() ? "" : options.benchmark_flags.front();
  for (const auto* option : app.get_options())
    if (option->count() > 0 && !taken.contains("--" + option->get_single_name()))
      other = "--" + option->get_single_name();
  if (other.empty()) return {};
  return fail(ExitCode::kUsage, "{} is for a run: it changes nothing about {}", other,
              name_of(options.action));
}

std::vector<FamilyOption> given_to_families(const CLI::App& app) {
  std::vector<FamilyOption> given;
  for (FamilyOption option : family_options())
    if (const auto* found = app.get_option(option.name); found->count() != 0) {
      option.text = fmt::format("{}", fmt::join(found->results(), ","));
      option.help = found->get_description();
      given.push_back(std::move(option));
    }
  return given;
}

Outcome<void> check_used(const std::vector<FamilyOption>& given, const Options& options) {
  const auto& families = options.matrix.families;
  if (given.empty() || !is_of_a_matrix(options.action)) return {};
  for (const FamilyOption& option : given)
    if (std::ranges::find_first_of(families, option.families) == families.end())
      return fail(ExitCode::kUsage, "{}: only the famil{} it, and --families is {}{}", option.name,
                  option.families.size() == 1
                      ? fmt::format("y {} uses", option.families.front())
                      : fmt::format("ies {} use", fmt::join(option.families, ", ")),
                  fmt::join(families, ","),
                  option.name == "--tables" ? " (--family-table is for those)" : "");
  // What can't be expanded is said by who does it.
  const auto cells = options.matrix.has_reads() ? expand(options.matrix, system_page_bytes(), 0)
                                                : Outcome<std::vector<Cell>>();
  for (const FamilyOption& option : given)
    if (!is_used(option, options, cells.value_or(std::vector<Cell>())))
      return fail(ExitCode::kUsage, "{}: nothing that is measured uses it ({})", option.name,
                  option.help);
  return {};
}

}  // namespace zp
