// SPDX-License-Identifier: MIT
#include "analysis/command.hpp"

#include <unistd.h>

#include <cstdio>

#include <CLI/CLI.hpp>

#include "analysis/compare/comparability.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/change_colours.hpp"
#include "analysis/text/markup.hpp"
#include "harness/support/file.hpp"
#include "harness/support/terminal.hpp"
#include "harness/support/text.hpp"

namespace zp::analysis {

namespace {

std::string in_lines(std::string_view text) {
  return fmt::format("{}", fmt::join(wrap(text, kTextWidth, 2, LongWords::kKeep), "\n"));
}

}  // namespace

void show(std::string_view text) {
  // In pieces of whole lines: there can be a gigabyte of it.
  constexpr std::size_t kPiece = 1 << 20;
  while (!text.empty()) {
    auto end = text.size() <= kPiece ? text.size() : text.rfind('\n', kPiece) + 1;
    if (end == 0) end = std::min(text.find('\n', kPiece), text.size() - 1) + 1;
    fmt::print("{}", visible_text(text.substr(0, end), LineEnds::kKeep));
    text.remove_prefix(end);
  }
}

void show_changes(std::string_view table, Better better) {
  if (better == Better::kNeither || !wants_colour(STDOUT_FILENO)) return show(table);
  fmt::print("{}",
             with_change_colours(visible_text(table, LineEnds::kKeep), better == Better::kLower));
}

void show_path(const std::string& path) {
  fmt::print("{}\n", visible_text(path, LineEnds::kEscape));
}

void show_about(const std::string& path, std::string_view message) {
  fmt::print("{}\n", in_lines(fmt::format("{}: {}", path, message)));
}

void say(std::string_view message) {
  print_to(stderr, fmt::format("{}\n", in_lines(fmt::format("zpanalyze: {}", message))));
}

void warn(std::string_view message) {
  say(fmt::format("warning: {}", message));
}

void tell(const LoadedSides& loaded) {
  for (const auto& warning : loaded.warnings) warn(warning);
  for (const auto& note : loaded.notes) say(fmt::format("note: {}", note));
  for (const auto& side : loaded.sides)
    if (const auto unproven = unproven_in(side); !unproven.empty())
      say(fmt::format("note: {}: {}", side.runs().front().path, unproven));
}

CLI::Option* add_runs(CLI::App& app, std::vector<std::string>& runs) {
  return app
      .add_option("RUN", runs,
                  "run directories, directories above them, globs or Google Benchmark JSON files")
      ->required();
}

Outcome<ResultSet> load_set(const std::vector<std::string>& runs, const LoadOptions& options) {
  auto loaded = load_sides({runs}, options);
  if (!loaded) return fail(loaded);
  tell(*loaded);
  return std::move(loaded->sides.front());
}

Outcome<ResultSet> load_pooled(const std::vector<std::string>& runs, const LoadOptions& options) {
  auto set = load_set(runs, options);
  if (!set) return set;
  if (auto pooled = tell_pooled(*set); !pooled) return fail(pooled);
  return set;
}

Outcome<void> tell_pooled(const ResultSet& set) {
  const auto pooled = check_pooled(set);
  if (!pooled) return fail(pooled);
  if (!pooled->empty()) warn(*pooled);
  return {};
}

CLI::Validator number_between(double least, double most) {
  return CLI::Validator(
      [least, most](const std::string& text) -> std::string {
        double value = 0;
        const bool number = CLI::detail::lexical_cast(text, value);
        return number && value >= least && value <= most
                   ? ""
                   : fmt::format("{} is not a number from {} to {}", text, least, most);
      },
      "", "");
}

CLI::Validator whole_number() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        const auto number = parse_whole<std::uint64_t>(text);
        if (!number) return fmt::format("{} is not a whole number", text);
        text = fmt::format("{}", *number);
        return "";
      },
      "", "");
}

void goes_only_with(CLI::App& app, const char* mode, std::initializer_list<const char*> others) {
  auto* const option = app.get_option(mode);
  for (auto* other : app.get_options()) {
    const bool goes =
        other == option || other == app.get_help_ptr() ||
        std::ranges::any_of(others, [&](const char* name) { return other->check_name(name); });
    if (!goes) option->excludes(other);
  }
}

void add_load_options(CLI::App& app, LoadOptions& options) {
  app.add_flag("--keep-going", options.keep_going, "leave bad files out, with a warning each");
  add_value(app, "--filter", options.filter, "REGEX",
            "only cells whose name matches this extended regular expression; with a '-' in "
            "front: only the others");
}

void add_metric_option(CLI::App& app, std::string& metric) {
  add_value(app, "--metric", metric, "NAME",
            "any figure or counter (default ns_per_read, else what rows are about)");
}

CLI::Option* add_width_option(CLI::App& app, std::size_t& width) {
  return add_value(app, "--width", width, "COLUMNS", "columns of text output")
      ->check(CLI::Range(72, 1000));
}

}  // namespace zp::analysis
