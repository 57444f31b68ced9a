// SPDX-License-Identifier: MIT
// zpanalyze plan: how many passes and boots show an effect, and how long that takes.
#include <CLI/CLI.hpp>
#include <memory>

#include "analysis/commands/commands.hpp"
#include "analysis/plan/plan.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/rows/metric.hpp"

namespace zp::analysis {
namespace {

struct Options {
  std::vector<std::string> runs;
  LoadOptions load;
  PlanOptions plan;
  std::string effect = "5%";
  std::string boot_deviation;
  std::size_t width = 75;
};

// "5%" or "5".
Outcome<double> parse_percent(std::string text) {
  if (text.ends_with('%')) text.pop_back();
  double percent = 0;
  if (!CLI::detail::lexical_cast(text, percent) || !(percent > 0 && percent <= 1000))
    return fail(ExitCode::kUsage, "--effect '{}': a percentage above 0, at most 1000, e.g. 5%",
                text);
  return percent / 100;
}

Outcome<ExitCode> run(Options options) {
  const auto effect = parse_percent(options.effect);
  if (!effect) return fail(effect);
  options.plan.effect = *effect;
  const auto set = load_pooled(options.runs, options.load);
  if (!set) return fail(set);
  const auto metric = options.plan.metric.empty() ? judged_metric(*set) : options.plan.metric;
  if (!metric) return fail(metric);
  options.plan.metric = *metric;
  if (is_emulated(*set) && metric_of(options.plan.metric).depends_on_clock)
    return fail(ExitCode::kNotComparable, "an emulated run: its times say nothing about a CPU");
  if (!options.boot_deviation.empty()) {
    auto boots = read_boots(options.boot_deviation);
    if (!boots) return fail(boots);
    if (boots->metric != options.plan.metric)
      return fail(ExitCode::kUsage, "--boot-deviation is of {}, not of {}", boots->metric,
                  options.plan.metric);
    if (auto same = check_same_machine(*boots, *set); !same) return fail(same);
    options.plan.boots = std::move(*boots);
  }
  const auto plan = make_plan(*set, options.plan);
  if (!plan) return fail(plan);
  fmt::print("{}", render_plan(*plan, options.plan, options.width));
  return ExitCode::kDone;
}

}  // namespace

Action define_plan(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_runs(app, options->runs);
  add_value(app, "--effect", options->effect, "PERCENT", "the change that is to be shown");
  add_value(app, "--alpha", options->plan.alpha, "P", "chance of a false alarm in the whole table")
      ->check(number_between(1e-9, 0.5));
  add_value(app, "--power", options->plan.power, "P", "chance that a cell's change is shown")
      ->check(number_between(0.5, 0.999));
  add_value(app, "--boot-deviation", options->boot_deviation, "FILE",
            "what 'compare --boots' stored; else that of RUN, where it holds several boots");
  add_metric_option(app, options->plan.metric);
  add_load_options(app, options->load);
  add_width_option(app, options->width);
  app.footer("Example:\n  zpanalyze plan results/host1/6.18.0/2026-11-23T01:02:03Z --effect 5%");
  return [options] { return run(*options); };
}

}  // namespace zp::analysis
