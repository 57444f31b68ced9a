// SPDX-License-Identifier: MIT
// zpanalyze: from rows to tables, verdicts, plots and reports.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "analysis/command.hpp"
#include "analysis/help_formatter.hpp"
#include "analysis/render/ascii.hpp"

namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done, no regression; 1 regression found; 2 usage or input\n"
    "error, or a filter that matches nothing; 3 not comparable; 4 cannot run\n"
    "here; 125 'compare --bisect' can't judge.\n"
    "Results go to stdout, everything else to stderr.";

int report(const zp::Error& error) {
  // A failure can carry several lines: one a bad file.
  for (std::size_t begin = 0; begin <= error.message.size();) {
    const auto end = std::min(error.message.find('\n', begin), error.message.size());
    fmt::print(stderr, "zpanalyze: {}\n",
               zp::analysis::printable(error.message.substr(begin, end - begin)));
    begin = end + 1;
  }
  return static_cast<int>(error.code);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("zpbench runs and any Google Benchmark JSON: tables, verdicts, plots.", "zpanalyze");
  app.formatter(std::make_shared<zp::analysis::HelpFormatter>());
  app.footer(kFooter);
  app.set_help_flag("-h,--help", "print this");
  app.set_version_flag("--version", "zpanalyze " ZP_VERSION, "print the version");
  app.require_subcommand(1);
  struct Defined {
    CLI::App* app;
    zp::analysis::Action action;
  };
  std::vector<Defined> defined;
  for (const auto& command : zp::analysis::commands()) {
    auto* sub = app.add_subcommand(command.name, command.summary);
    defined.push_back({sub, command.define(*sub)});
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 has exit codes of its own above 100; help and version are "errors" with code 0.
    if (app.exit(error) == 0) return 0;
    // A mistyped option must not make git bisect call the commit bad.
    const bool bisect = std::any_of(argv + 1, argv + argc, [](const char* argument) {
      return std::string_view(argument) == "--bisect";
    });
    return static_cast<int>(bisect ? zp::ExitCode::kUndecided : zp::ExitCode::kUsage);
  }
  for (const auto& [sub, action] : defined) {
    if (!sub->parsed()) continue;
    const auto done = action();
    const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    if (!done) return report(done.error());
    if (!written) return report({zp::ExitCode::kUsage, "standard output can't be written"});
    return static_cast<int>(*done);
  }
  return static_cast<int>(zp::ExitCode::kUsage);
}
