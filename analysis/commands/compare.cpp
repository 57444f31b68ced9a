// SPDX-License-Identifier: MIT
// zpanalyze compare: two or more sides, or placements inside one run.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "analysis/commands/commands.hpp"
#include "analysis/compare/by_machine.hpp"
#include "analysis/compare/comparison.hpp"
#include "analysis/compare/emulated.hpp"
#include "analysis/compare/footnotes.hpp"
#include "analysis/formats/compared_tests.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/load/inputs.hpp"
#include "analysis/rows/host.hpp"

namespace zp::analysis {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  zpanalyze compare results/host1/6.1.0 results/host1/6.2.0\n"
    "  zpanalyze compare --base 'old*.json' --new 'new*.json' --format mmtests\n"
    "  zpanalyze compare RUN --by placement --base ksm_single\n"
    "  zpanalyze compare good bad --bisect --filter 'placement:ksm_zero_page'\n"
    "  zpanalyze compare --boots 'results/host1/6.1.0/*' --store boots.json\n"
    "Exit code 1 when a cell got slower. With --bisect: 0 good, 1 bad, 125 for\n"
    "anything doubtful, bad input included. One boot per side shows changes [1]\n"
    "and concludes nothing: exit code 0, or 125, unless --one-boot or\n"
    "--boot-deviation is given. Sides of different hosts show changes [h] and\n"
    "conclude nothing, either, unless --force is given.";

struct Options {
  std::vector<std::string> sides;
  std::vector<std::string> base, other;
  std::string base_filter, new_filter;
  std::vector<std::string> noise_floor;
  std::vector<std::string> boots;
  std::string boot_deviation, store, better;
  LoadOptions load;
  CompareOptions compare;
  double threshold_percent = 2;
  std::string format = "commit";
  std::size_t width = 75;
  std::string judging;  // the first given of what says how changes are judged
  bool bisect = false;
};

// Inside one run --base names a value of the part; what follows it there is a run.
void take_base_value(Options& options) {
  if (options.compare.by.empty() || options.base.empty()) return;
  options.compare.by_base = options.base.front();
  options.sides.insert(options.sides.end(), options.base.begin() + 1, options.base.end());
  options.base.clear();
}

Outcome<std::vector<std::vector<std::string>>> side_arguments(const Options& options) {
  std::vector<std::vector<std::string>> sides;
  if (!options.base.empty()) sides.push_back(options.base);
  if (!options.other.empty()) sides.push_back(options.other);
  if (!sides.empty() && !options.sides.empty())
    return fail(ExitCode::kUsage, "give sides as arguments or with --base and --new, not both");
  for (const auto& side : options.sides) sides.push_back({side});
  const bool by = !options.compare.by.empty();
  if (by && options.bisect)
    return fail(ExitCode::kUsage, "--bisect compares two sides: it does not go with --by");
  if (by && !(options.base_filter.empty() && options.new_filter.empty()))
    return fail(ExitCode::kUsage,
                "--base-filter and --new-filter are for two sides: they do not go with --by");
  if (by && !options.compare.labels.empty())
    return fail(ExitCode::kUsage, "--labels names sides: it does not go with --by");
  // Inside one run all that is given is one set.
  if (by) {
    std::vector<std::string> all;
    for (const auto& side : sides) all.insert(all.end(), side.begin(), side.end());
    sides = {all};
    if (all.empty()) return fail(ExitCode::kUsage, "no run given");
    if (options.compare.by_base.empty())
      return fail(ExitCode::kUsage, "--by needs --base, e.g. --by placement --base ksm_single");
  } else if (sides.size() < 2) {
    return fail(ExitCode::kUsage,
                "two sides are needed; inside one run: --by placement --base ksm_single");
  }
  if (!options.compare.labels.empty() && options.compare.labels.size() != sides.size())
    return fail(ExitCode::kUsage, "--labels gives {}, and there are {} sides",
                options.compare.labels.size(), sides.size());
  return sides;
}

std::vector<std::string> filters_of(const Options& options, std::size_t sides) {
  std::vector<std::string> filters(sides, options.new_filter);
  filters.front() = options.base_filter;
  return filters;
}

Outcome<LoadedSides> load_all(const Options& options,
                              const std::vector<std::vector<std::string>>& arguments,
                              const std::vector<std::string>& filters) {
  auto loaded = load_sides(arguments, options.load, filters);
  if (!loaded) return fail(loaded);
  tell(*loaded);
  if (options.bisect && !loaded->warnings.empty())
    return fail(ExitCode::kUndecided, "--bisect: {}", loaded->warnings.front());
  return loaded;
}

// As where a new run was not copied over the last one.
bool is_one_run(const std::vector<ResultSet>& sides) {
  return std::all_of(sides.begin() + 1, sides.end(),
                     [&](const ResultSet& side) { return side.has_same_rows(sides.front()); });
}

// Where more than the kernel differs, nobody knows which of both made a change.
Outcome<void> check_setup(const Comparison& comparison) {
  auto setup = comparison.differences.known_notes();
  std::erase_if(
      setup, [](const Difference& of_kernel) { return of_kernel.field.starts_with("zero_page."); });
  if (setup.empty()) return {};
  return fail(ExitCode::kUndecided, "--bisect:{}; --force answers anyway", difference_words(setup));
}

// The worst answer of all cells: bad if one is surely bad, good only if all are surely good.
ExitCode bisect_code(const Comparison& comparison) {
  bool doubt = !comparison.errors.empty() || !comparison.unmatched.empty() ||
               !comparison.without_figure.empty();
  bool bad = false;
  for (const auto& block : comparison.blocks) {
    for (const auto& row : block.rows) {
      for (const auto& change : row.changes) {
        const auto answer = bisect_answer(change, comparison.metric.better, comparison.rules);
        bad = bad || answer == BisectAnswer::kBad;
        doubt = doubt || answer == BisectAnswer::kSkip;
      }
    }
  }
  if (comparison.metric.better == Better::kNeither && !comparison.rules.counts)
    return ExitCode::kUndecided;
  return bad ? ExitCode::kFailed : doubt ? ExitCode::kUndecided : ExitCode::kDone;
}

// Without a figure asked for, emulated runs are compared by what they can show.
bool only_emulated(const std::vector<ResultSet>& sides, const Options& options) {
  const auto& asked = options.compare;
  return asked.metric.empty() && !asked.emulated_times && asked.by.empty() && !options.bisect &&
         options.format == "commit" &&
         std::ranges::all_of(sides, [](const ResultSet& side) { return is_emulated(side); });
}

// Measures what a boot changes, for comparisons that have one boot per side.
Outcome<ExitCode> run_boots(const Options& options) {
  if (!options.sides.empty() || !options.base.empty() || !options.other.empty())
    return fail(ExitCode::kUsage, "--boots takes boots of one kernel and compares no sides");
  const auto set = load_pooled(options.boots, options.load);
  if (!set) return fail(set);
  const auto& asked = options.compare.metric;
  const auto metric = asked.empty() ? judged_metric(*set) : asked;
  if (!metric) return fail(metric);
  const auto boots = measure_boots(*set, *metric);
  if (!boots) return fail(boots);
  if (const Inputs inputs({&*set, 1}); !options.store.empty()) {
    auto stored = inputs.check_output(options.store);
    if (stored) stored = check_replaceable(options.store, kBootsStart, "a boot deviation");
    if (stored) stored = write_output(options.store, to_json(*boots));
    if (!stored) return fail(stored);
  }
  auto rules = options.compare.rules;
  rules.threshold = options.threshold_percent / 100;
  fmt::print("{}", describe_boots(*boots, rules, options.width));
  return ExitCode::kDone;
}

Outcome<CompareOptions> compare_options_of(const Options& options, const LoadedSides& loaded) {
  auto compare_options = options.compare;
  compare_options.rules.threshold = options.threshold_percent / 100;
  compare_options.dropped = loaded.dropped;
  if (!options.better.empty())
    compare_options.better = options.better == "higher" ? Better::kHigher : Better::kLower;
  if (options.boot_deviation.empty()) return compare_options;
  auto boots = read_boots(options.boot_deviation);
  if (!boots) return fail(boots);
  compare_options.boots = std::move(*boots);
  return compare_options;
}

ExitCode code_of(const Comparison& comparison) {
  const bool gates = comparison.metric.better != Better::kNeither;
  return gates && comparison.count(Verdict::kSlower) > 0 ? ExitCode::kFailed : ExitCode::kDone;
}

// Each kind of machine by itself; slower on one is slower.
Outcome<ExitCode> run_machines(ByMachine machines, const Options& options,
                               const CompareOptions& compare_options) {
  if (options.format != "commit")
    return fail(ExitCode::kNotComparable,
                "{} kinds of machine are never taken together: give runs of one, or take --format "
                "commit, which shows them side by side",
                machines.groups.size() + machines.others.size());
  const auto compared = compare_machines(machines, compare_options);
  if (!compared) return fail(compared);
  show_changes(render_side_by_side(*compared, machines.others, options.width),
               compared->front().comparison.metric.better);
  const bool failed = std::ranges::any_of(*compared, [](const ComparedMachine& each) {
    return code_of(each.comparison) == ExitCode::kFailed;
  });
  return failed ? ExitCode::kFailed : ExitCode::kDone;
}

Outcome<ExitCode> run(Options options) {
  if (!options.noise_floor.empty())
    return fail(ExitCode::kUsage,
                "--noise-floor is gone: one pair says too little. 'compare --boots RUN... --store "
                "FILE' measures what a boot changes, --boot-deviation FILE takes it");
  if (!options.boots.empty()) return run_boots(options);
  if (!options.store.empty()) return fail(ExitCode::kUsage, "--store goes with --boots");
  take_base_value(options);
  const auto arguments = side_arguments(options);
  if (!arguments) return fail(arguments);
  const auto* format = find_format(options.format);
  auto loaded = load_all(options, *arguments, filters_of(options, arguments->size()));
  if (!loaded) return fail(loaded);
  const auto compare_options = compare_options_of(options, *loaded);
  if (!compare_options) return fail(compare_options);
  const auto& sides = loaded->sides;
  if (only_emulated(sides, options)) {
    if (!options.judging.empty())
      return fail(ExitCode::kUsage,
                  "{}: emulated runs are compared by counts, which are equal or not; --metric NAME "
                  "takes a figure of them",
                  options.judging);
    const auto text = compare_emulated(sides, options.compare.force, options.width);
    if (!text) return fail(text);
    show(*text);
    return ExitCode::kDone;
  }
  if (!options.compare.force && !options.bisect && has_machines_apart(sides))
    return run_machines(split_by_machine(std::move(loaded->sides)), options, *compare_options);
  const auto comparison = compare(sides, *compare_options);
  if (!comparison) return fail(comparison);
  if (options.bisect && comparison->units.other_hosts)
    return fail(ExitCode::kUndecided, "--bisect: the sides were measured on different hosts");
  if (options.bisect && !options.compare.force)
    if (auto alike = check_setup(*comparison); !alike) return fail(alike);
  if (options.bisect && options.compare.ignore.empty() && is_one_run(sides))
    return fail(ExitCode::kUndecided, "--bisect: both sides are the same run");
  if (compare_options->boots && !comparison->boots_from_file)
    warn("--boot-deviation is not used: it stands for the boots of one boot per side");
  // Not every format has a place for it.
  if (const auto& forced = comparison->differences.refused; !forced.empty())
    warn("compared by --force:" + difference_words(forced));
  if (format->leaves_out != LeavesOut::kNothing)
    for (const auto& each : left_out(*comparison, format->leaves_out == LeavesOut::kErrorsToo))
      warn(each);
  const auto text = format->render(*comparison, options.width);
  if (options.format == "commit")
    show_changes(text, comparison->metric.better);
  else
    show(text);
  if (options.bisect) return bisect_code(*comparison);
  if (format->of_tests && any_failed(*comparison)) return ExitCode::kFailed;
  return code_of(*comparison);
}

void add_statistics_options(CLI::App& app, Options& options) {
  auto& rules = options.compare.rules;
  add_value(app, "--threshold", options.threshold_percent, "PERCENT",
            "a change whose interval stays within this is no change")
      ->check(number_between(0, 1000));
  add_value(app, "--alpha", rules.alpha, "P", "chance of a false alarm in the whole table")
      ->check(number_between(1e-9, 0.5));
  add_value(app, "--min-n", rules.min_n, "N",
            "boots or passes per side below which nothing is decided (default 3; of other "
            "programs' repetitions 5)")
      ->check(CLI::Range(2, 1000000));
  app.add_flag("--bootstrap", rules.bootstrap,
               "for other programs' repetitions: intervals by bootstrap of the medians");
  add_value(app, "--seed", rules.seed, "N", "of the bootstrap")->needs("--bootstrap");
  add_value(app, "--better", options.better, "higher|lower",
            "which direction is better, for unknown figures")
      ->check(CLI::IsMember({"higher", "lower"}));
  app.add_option("--noise-floor", options.noise_floor)->group("");
}

void add_boot_options(CLI::App& app, Options& options) {
  app.add_flag("--one-boot", options.compare.one_boot,
               "conclude from one boot per side, though another boot may change as much")
      ->excludes("--by");
  add_value(app, "--boots", options.boots, "RUN",
            "compare nothing; measure what a boot changes over these boots of one kernel");
  add_value(app, "--store", options.store, "FILE", "where --boots stores it");
  add_value(app, "--boot-deviation", options.boot_deviation, "FILE",
            "what --boots stored: intervals and p include it where each side has one boot");
}

}  // namespace

Action define_compare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  std::vector<std::string> names;
  std::string listed;
  for (const auto& format : formats()) {
    names.emplace_back(format.name);
    listed += fmt::format("\n{:9}{}", format.name, format.summary);
  }
  app.add_option("SIDE", options->sides,
                 "one per side, the base first: a file, a run directory, a directory of runs "
                 "(boots) or a quoted glob");
  add_value(app, "--base", options->base, "RUN",
            "runs of the base side; with --by: the value to compare with");
  add_value(app, "--new", options->other, "RUN", "runs of the other side");
  add_value(app, "--labels", options->compare.labels, "NAME", "what to call the sides")
      ->delimiter(',');
  add_metric_option(app, options->compare.metric);
  add_value(app, "--by", options->compare.by, "PART",
            "compare inside one run, over this part of the name");
  add_value(app, "--ignore", options->compare.ignore, "PART",
            "part of the name that need not agree between sides, e.g. placement");
  add_value(app, "--base-filter", options->base_filter, "REGEX",
            "as --filter, for the base only, in addition to it");
  add_value(app, "--new-filter", options->new_filter, "REGEX",
            "as --filter, for the other sides only, in addition");
  app.add_option("--format", options->format, "one of (default commit):" + listed)
      ->type_name("FORMAT")
      ->check(CLI::IsMember(names));
  app.add_flag("--bisect", options->bisect, "exit codes for 'git bisect run'");
  app.add_flag("--force", options->compare.force,
               "compare what is not comparable; differences are listed under the table");
  app.add_flag("--emulated-times", options->compare.emulated_times,
               "compare an emulator's times as well");
  add_statistics_options(app, *options);
  add_boot_options(app, *options);
  add_load_options(app, options->load);
  add_width_option(app, options->width);
  // It compares nothing; sides are refused where they are read.
  goes_only_with(app, "--boots",
                 {"SIDE", "--base", "--new", "--metric", "--threshold", "--alpha", "--store",
                  "--filter", "--keep-going", "--width"});
  app.footer(kFooter);
  return [options, &app]() -> Outcome<ExitCode> {
    for (const char* judging : {"--labels", "--ignore", "--threshold", "--alpha", "--min-n",
                                "--bootstrap", "--better", "--one-boot", "--boot-deviation"})
      if (options->judging.empty() && app.count(judging) > 0) options->judging = judging;
    if (const auto& format = options->format;
        app.count("--width") > 0 &&
        (format == "csv" || format == "json" || format == "ktap" || format == "lava"))
      return fail(ExitCode::kUsage, "--width: --format {} has lines for programs, of any width",
                  format);
    return run(*options);
  };
}

}  // namespace zp::analysis
