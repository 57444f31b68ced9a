// SPDX-License-Identifier: MIT
// zpanalyze: from rows to tables, verdicts, plots and reports.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "analysis/command.hpp"
#include "analysis/version.hpp"
#include "harness/help/write_help.hpp"
#include "harness/support/descriptors.hpp"
#include "harness/support/file.hpp"
#include "harness/support/help_formatter.hpp"
#include "harness/support/nearest.hpp"

namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done, no regression; 1 regression found; 2 usage or input\n"
    "error, or a filter that matches nothing; 3 not comparable; 4 cannot run\n"
    "here; 125 'compare --bisect' can't judge.\n\n"
    "Results go to stdout, everything else to stderr.";

// To git bisect every code of 1..124 means "bad": what can't be judged must not be one.
bool asks_for_bisect(int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc,
                     [](std::string_view argument) { return argument.starts_with("--bisect"); });
}

zp::Outcome<zp::ExitCode> act(const zp::analysis::Action& action) {
  try {
    auto done = action();
    if (auto written = zp::flush_stdout(); done && !written) return fail(written);
    return done;
  } catch (const std::bad_alloc&) {
    return zp::fail(zp::ExitCode::kCannotRun, "not enough memory (see ulimit -v and cgroups)");
  } catch (const std::exception& error) {  // fmt's, where the output can't be written; a library's
    if (auto written = zp::flush_stdout(); !written) return fail(written);
    return zp::fail(zp::ExitCode::kUsage, "{}", error.what());
  }
}

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands(nullptr)) names.push_back(sub->get_name());
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// What was meant by the first word that is neither an option nor a command of ours.
std::string meant(const CLI::App& app, int argc, char** argv) {
  const auto chosen = app.get_subcommands();
  const auto names = names_of(chosen.empty() ? app : *chosen.front());
  for (int i = 1; i < argc; ++i) {
    const std::string_view whole(argv[i]);
    const auto word = whole.substr(0, whole.find('='));
    const bool option = word.starts_with("--") && word.size() > 2;
    if (chosen.empty() ? whole.starts_with('-') && !option : !option) continue;
    if (std::ranges::find(names, word) != names.end()) continue;
    const auto close = zp::nearest(word, std::span<const std::string>(names));
    return close.empty() ? "" : fmt::format("; did you mean {}?", close);
  }
  return {};
}

// Before all else that is asked of an option's value: '' is none, and what looks like an option is
// the next one, which CLI11 would take.
void expect_values(CLI::App& app) {
  for (auto* option : app.get_options()) {
    if (option->get_items_expected_max() == 0) continue;
    const bool named = !option->get_positional();
    option->transform(CLI::Validator(
        [named](const std::string& value) -> std::string {
          if (value.empty()) return "the value is empty";
          return named && (value.starts_with("--") || value == "-h")
                     ? fmt::format("a value is missing before {}", value)
                     : "";
        },
        "", ""));
  }
}

// "--width=", for which CLI11 takes the next word.
std::string_view without_value(int argc, char** argv) {
  for (const std::string_view word : std::span(argv + 1, argv + argc)) {
    if (word == "--") break;
    if (word.starts_with("--") && word.find('=') == word.size() - 1) return word;
  }
  return {};
}

int report(const zp::Error& error) {
  // A failure can carry several lines: one a bad file.
  for (std::size_t begin = 0; begin <= error.message.size();) {
    const auto end = std::min(error.message.find('\n', begin), error.message.size());
    zp::analysis::say(error.message.substr(begin, end - begin));
    begin = end + 1;
  }
  return static_cast<int>(error.code);
}

}  // namespace

int main(int argc, char** argv) {
  zp::keep_standard_descriptors();
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is an error of the write that meets it
  CLI::App app("zpbench runs and any Google Benchmark JSON: tables, verdicts, plots.", "zpanalyze");
  app.formatter(std::make_shared<zp::HelpFormatter>());
  app.footer(kFooter);
  app.set_help_flag("-h,--help", "print this");
  app.set_version_flag("--version", zp::analysis::version_text(), "print version and git revision");
  app.require_subcommand(1);
  struct Defined {
    CLI::App* app;
    zp::analysis::Action action;
  };
  std::vector<Defined> defined;
  for (const auto& command : zp::analysis::commands()) {
    auto* sub = app.add_subcommand(command.name, command.summary);
    defined.push_back({sub, command.define(*sub)});
    expect_values(*sub);
  }
  if (const auto written =
          zp::help::write_where_asked(argc, argv, app, {}, zp::analysis::version_number()))
    return *written ? 0 : report(written->error());
  try {
    if (const auto word = without_value(argc, argv); !word.empty())
      throw CLI::ValidationError(std::string(word), "the value is empty");
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with code 0; CLI11's other codes are not ours.
    if (error.get_exit_code() == 0) {
      app.exit(error);
      const auto written = zp::flush_stdout();
      return written ? 0 : report(written.error());
    }
    std::string words = error.what();
    std::ranges::replace(words, '\n', ' ');
    zp::analysis::say(fmt::format("{}{} (--help says more)", words, meant(app, argc, argv)));
    return static_cast<int>(asks_for_bisect(argc, argv) ? zp::ExitCode::kUndecided
                                                        : zp::ExitCode::kUsage);
  }
  for (const auto& [sub, action] : defined) {
    if (!sub->parsed()) continue;
    auto done = act(action);
    if (done) return static_cast<int>(*done);
    if (asks_for_bisect(argc, argv)) done.error().code = zp::ExitCode::kUndecided;
    return report(done.error());
  }
  return static_cast<int>(zp::ExitCode::kUsage);
}
