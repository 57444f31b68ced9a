// SPDX-License-Identifier: MIT
#include "analysis/command.hpp"

#include <cstdio>

#include <CLI/CLI.hpp>

#include "analysis/render/ascii.hpp"

namespace zp::analysis {

void warn(std::string_view message) {
  fmt::print(stderr, "zpanalyze: warning: {}\n", printable(message));
}

void warn_all(const std::vector<std::string>& messages) {
  for (const auto& message : messages) warn(message);
}

void add_load_options(CLI::App& app, LoadOptions& options) {
  app.add_flag("--keep-going", options.keep_going, "leave bad files out, with a warning each");
  app.add_option("--filter", options.filter,
                 "only cells whose name matches this extended regular\nexpression; with a '-' in "
                 "front: only the others");
}

void add_width_option(CLI::App& app, std::size_t& width) {
  app.add_option("--width", width, "columns of text output")
      ->check(CLI::Range(72, 1000))
      ->capture_default_str();
}

}  // namespace zp::analysis
