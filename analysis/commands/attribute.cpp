// SPDX-License-Identifier: MIT
// zpanalyze attribute: which misses a difference between two placements is made of.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>

#include "analysis/attribute/attribution.hpp"
#include "analysis/commands/commands.hpp"
#include "analysis/rows/errors.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/views/family_table.hpp"
#include "harness/support/text.hpp"

namespace zp::analysis {
namespace {

struct Options {
  std::vector<std::string> runs;
  LoadOptions load;
  AttributeOptions attribute;
  std::string cpu;
  std::size_t width = 75;
};

// The clock that the run's probe measured, else mhz_per_cpu, which is often the nominal one.
double clock_ghz_of(const ResultSet& set) {
  if (const auto ghz = parse_whole<double>(set.probe_value("probe.ghz")); ghz && *ghz > 0)
    return *ghz;
  const auto mhz = parse_whole<double>(set.context_value("mhz_per_cpu"));
  if (!mhz || *mhz <= 0) return 0;
  warn(fmt::format(
      "no probe measured this run's clock: {} GHz is its mhz_per_cpu, often the nominal "
      "one; --ghz names another",
      *mhz / 1000));
  return *mhz / 1000;
}

Outcome<ExitCode> run(Options options) {
  auto found = find_clocked_cpu(options.cpu, options.attribute.ghz);
  if (!found) return fail(found);
  options.attribute.cpu = std::move(*found);
  const auto loaded = load_pooled(options.runs, options.load);
  if (!loaded) return fail(loaded);
  const ResultSet& set = *loaded;

  if (options.attribute.cpu && options.attribute.ghz == 0)
    options.attribute.ghz = clock_ghz_of(set);
  const auto all = attribute(set, options.attribute);
  if (!all) return fail(all);
  if (const auto& cpu = options.attribute.cpu)
    if (const auto other = other_cpu(set, *cpu); !other.empty())
      show(paragraph(other, options.width) + "\n");
  show(render_attributions(*all, options.width));
  auto errors = marked_errors(set);
  erase_family_errors(errors);
  std::erase_if(errors, [&](const ErrorRow& error) {
    return std::ranges::none_of(std::array{&options.attribute.base, &options.attribute.target},
                                [&](const std::string* placement) {
                                  return error.name.find("/placement:" + *placement + "/") !=
                                         error.name.npos;
                                });
  });
  if (!errors.empty()) show("\nNot measured:\n" + error_list(errors, options.width, &set));
  return ExitCode::kDone;
}

}  // namespace

Action define_attribute(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_runs(app, options->runs);
  add_value(app, "--base", options->attribute.base, "PLACEMENT", "placement to compare with");
  add_value(app, "--new", options->attribute.target, "PLACEMENT",
            "placement whose time is to be explained");
  add_value(app, "--cpu", options->cpu, "NAME",
            "of the model (zpanalyze model --list, or a .cpu file): counts where rows have "
            "none, latencies where the run measured none");
  add_value(app, "--ghz", options->attribute.ghz, "GHZ",
            "clock that turns its latencies into ns (default: the CPU's, if known, else what the "
            "run's probe measured, else its mhz_per_cpu)")
      ->check(number_between(0.01, 100))
      ->needs("--cpu");
  add_load_options(app, options->load);
  add_width_option(app, options->width);
  app.footer(
      "Example:\n"
      "  zpanalyze attribute RUN --base ksm_coloured:8 --new ksm_single --cpu zen4\n"
      "Difference = sum over causes (extra misses x penalty) + residual. Penalties\n"
      "come from the run's own cells where it has them; bounds, not points.");
  return [options] { return run(*options); };
}

}  // namespace zp::analysis
