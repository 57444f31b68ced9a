// SPDX-License-Identifier: MIT
// A subcommand is one file in commands/ and one line in commands.cpp.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "analysis/load/load.hpp"
#include "analysis/rows/metric.hpp"
#include "harness/support/error.hpp"

namespace zp::analysis {

using Action = std::function<Outcome<ExitCode>()>;

struct Command {
  const char* name;
  const char* summary;
  // Adds the options to `app` and returns what is to be done once they are read. Text goes to
  // stdout; warnings through warn().
  Action (*define)(CLI::App& app);
};

std::span<const Command> commands();

// Results, to stdout. The only way there: no terminal acts upon what stood in a file.
void show(std::string_view text);
// A table of changes, to stdout: with colours on a terminal.
void show_changes(std::string_view table, Better better);
// A path on a line of its own.
void show_path(const std::string& path);
// "PATH: what is said of it", broken between words.
void show_about(const std::string& path, std::string_view message);

// "zpanalyze: ..." on stderr, made printable, in lines of kTextWidth; paths stay whole.
void say(std::string_view message);
// The same as "zpanalyze: warning: ...".
void warn(std::string_view message);
// All that loading has to say, its notes as "zpanalyze: note: ...".
void tell(const LoadedSides& loaded);
// The same of a set's runs taken together. Errors: those of check_pooled.
Outcome<void> tell_pooled(const ResultSet& set);

// RUN..., of which there must be one unless the caller says otherwise.
CLI::Option* add_runs(CLI::App& app, std::vector<std::string>& runs);
// These runs as one set; reports what loading has to say.
Outcome<ResultSet> load_set(const std::vector<std::string>& runs, const LoadOptions& options);
// The same, which must be of one machine and kernel.
Outcome<ResultSet> load_pooled(const std::vector<std::string>& runs, const LoadOptions& options);
// Unlike CLI11's range it refuses NaN.
CLI::Validator number_between(double least, double most);
// Decimal digits, of a number that there is: CLI11 takes -1 for 2^64 - 1 and 010 for 8.
CLI::Validator whole_number();
// An option with a value: what it is called, and what it is when nobody says.
template <class T>
CLI::Option* add_value(CLI::App& app, const char* name, T& value, const char* called,
                       const std::string& description) {
  auto* option = app.add_option(name, value, description)->type_name(called);
  if constexpr (std::is_integral_v<T>) option->transform(whole_number());
  return value == T{} ? option : option->capture_default_str();
}
// Refuses options that `mode` would silently ignore: all but those named.
void goes_only_with(CLI::App& app, const char* mode, std::initializer_list<const char*> others);
// The options of everything that loads results.
void add_load_options(CLI::App& app, LoadOptions& options);
// --metric, the figure that the command shows.
void add_metric_option(CLI::App& app, std::string& metric);
// --width, 75 unless told; 72 is the least, so that a sha256 and two sides fit.
CLI::Option* add_width_option(CLI::App& app, std::size_t& width);

}  // namespace zp::analysis
