// SPDX-License-Identifier: MIT
#include "bench/options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "bench/benchmark_flags.hpp"
#include "bench/families.hpp"
#include "bench/lists.hpp"
#include "bench/matrices.hpp"
#include "bench/matrix_file.hpp"
#include "bench/option_uses.hpp"
#include "bench/version.hpp"
#include "harness/counters/counters.hpp"
#include "harness/help/write_help.hpp"
#include "harness/host/page_size.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/help_formatter.hpp"
#include "harness/support/terminal.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

constexpr const char* kFooter =
    R"(Lists are separated by commas, and what is given twice counts once; sizes
are bytes or 4k, 256m, 1g.
Defaults hold unless the matrix says otherwise.
Google Benchmark's own flags (--benchmark_filter=, ...) work too.

Examples:
  zpbench --doctor
      what this host can measure, and why not the rest
  zpbench --doctor 4711
      why KSM merges nothing of that process, and what it would save
  zpbench --placements private,ksm_single,ksm_coloured:8 --strides 4096
  zpbench --matrix full --filter 'stride:4096/' --out full.json
  zpbench --counters list
      which events are counted here, and why not the rest
  zpbench --doctor --counters
      whether they can be believed: they count loops of known figures
  zpbench --model z13 --placements memfd_coloured --walks dependent
  zpbench --restore
      put knobs back after a run was killed

Exit status: 0 done; 1 a row failed verification; 2 usage, or nothing
matches; 4 can't run here, the reason is printed; 128 + the signal:
interrupted, knobs restored.)";

// Leaves `into` empty where no pattern was asked for.
Outcome<void> parse_pattern(const std::string& origin, const std::string& text,
                            std::optional<Pattern>& into) {
  if (text.empty()) return {};
  auto pattern = Pattern::compile(text);
  if (!pattern) return fail(ExitCode::kUsage, "{} {}", origin, pattern.error().message);
  into = std::move(*pattern);
  return {};
}

Outcome<std::optional<std::uint64_t>> parse_table(const std::string& origin,
                                                  const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto bytes = parse_size_bytes(text);
  if (!bytes) return fail(ExitCode::kUsage, "{}: {}", origin, bytes.error().message);
  if (*bytes == 0 || *bytes % system_page_bytes() != 0)
    return fail(ExitCode::kUsage, "{}: {} bytes is not a whole number of pages of {}", origin,
                *bytes, system_page_bytes());
  return *bytes;
}

// "20%,5%" or "0.2,0.05"; the second may be left out.
Outcome<std::pair<double, double>> parse_shares(const std::string& text) {
  std::pair<double, double> shares{0, 0};
  const auto parts = split(text, ',');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    char* end = nullptr;
    double value = std::strtod(parts[i].c_str(), &end);
    if (end != parts[i].c_str() && std::string_view(end) == "%") value /= 100, ++end;
    if (i > 1 || end == parts[i].c_str() || *end != '\0' || !(value >= 0 && value <= 1))
      return fail(ExitCode::kUsage, "--noise '{}': write two shares from 0 to 1, as 20%,5%", text);
    (i == 0 ? shares.first : shares.second) = value;
  }
  return shares;
}

// What completions offer where the help has no list of words.
help::Words completed_words() {
  help::Words words;
  for (const PlacementEntry& entry : placement_catalogue())
    words["--placements"].emplace_back(entry.name);
  for (const std::string& part : split(family_names(), ','))
    words["--families"].push_back(part.substr(part.find_first_not_of(' ')));
  return words;
}

// What is read as text first: a matrix may still say otherwise, or its place be named in an error.
struct Asked {
  ListTexts lists = initial_lists();
  std::string matrix = "quick", family_table, filter, exclude, once, min_time = "0.1", noise;
  bool list = false, json = false, dry_run = false, restore = false, no_colour = false;
};

void declare(CLI::App& app, Asked& asked, Options& options) {
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kFooter);
  app.set_version_flag("--version", version_text(), "print version, compiler and flags");
  app.set_help_flag("-h,--help", "print this");
  const auto add = [&app](const std::string& name, auto& value, const char* metavariable,
                          const std::string& description) {
    return app.add_option(name, value, description)->type_name(metavariable)->capture_default_str();
  };
  add("--matrix", asked.matrix, "NAME", matrix_names() + ", or a file");
  for (const ListOption& list_option : list_options()) {
    add(fmt::format("--{}", list_option.name), asked.lists[list_option.name], "LIST",
        list_option.help);
  }
  add("--family-table", asked.family_table, "SIZE",
      "table of the other families (default: their own)");
  add("--filter", asked.filter, "REGEX", "measure only cells whose name matches");
  add("--exclude", asked.exclude, "REGEX", "leave out cells whose name matches");
  add("--once", asked.once, "REGEX",
      "measure cells whose name matches in pass 1 only, unless all do");
  add("--repetitions", options.repetitions, "N", "samples of each cell")
      ->check(CLI::Range(1, 100000));
  add("--min-time", asked.min_time, "SECONDS",
      "minimum duration of the first repetition; others walk as often");
  // CLI11 itself takes -1 and what is too large for the type.
  add("--seed", options.seed, "N", "orders the cells")
      ->check([](const std::string& text) -> std::string {
        const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
        return digits && parse_number(text) ? "" : fmt::format("'{}' is not a count", text);
      });
  add("--pass", options.pass, "N", "number of this pass; orders the cells as well")
      ->check(CLI::Range(1, 100000));
  add("--counters", options.counters, "LIST", "auto, none, list, or keys and events")
      ->expected(0, 1)
      ->default_str("auto");
  add("--counter-source", options.counter_source, "NAME",
      fmt::format("{}", fmt::join(counter_source_choices(), ", ")));
  add("--guest-kernel", options.guest_kernel, "FILE", "kernel image that the family guest boots");
  app.add_flag("--drop-caches", options.drop_caches,
               "family fault: also after writing 2 to drop_caches, which slows others for a while");
  add("--model", options.model, "LIST", "also count the misses of modelled CPUs");
  add("--out", options.out, "FILE", "write Google Benchmark JSON (must not exist)");
  add("--simulate", options.simulate, "CPU", "let --probe ask the model of a CPU or a file");
  add("--noise", asked.noise, "SHARE[,SHARE]",
      "of --simulate: noise of a window's time, and share of outliers, as 20%,5%");
  app.add_flag("--json", asked.json, "JSON on stdout, of --list as well");
  app.add_flag("--no-probe", options.no_probe,
               "no short probe before the first pass, nor for --doctor");
  add("--cpu-file", options.cpu_file, "FILE", "where --probe writes a CPU description");
  app.add_flag("--no-colour", asked.no_colour, "no colours on a terminal (as NO_COLOR)");
  app.add_flag("--no-color", asked.no_colour)->group("");  // not in --help
  app.add_flag("--long", options.long_run, "measure even where it takes more than an hour");
  app.add_flag("-q,--quiet", options.quiet, "neither progress on stderr nor a table at the end");
  const auto add_action = [&app](const char* name, bool& value, const char* description) {
    app.add_flag(name, value, description)->group("Instead of measuring");
  };
  add_action("--list", asked.list, "print the cells' names");
  add("--doctor", options.doctor, "[PID]",
      "what this host can measure, why not the rest; of a process: why KSM merges nothing of it")
      ->expected(0, 1)
      ->default_str("host")
      ->group("Instead of measuring");
  add("--probe", options.probe, "[thorough]",
      "what this CPU does with one frame under many addresses, in seconds; no privileges")
      ->expected(0, 1)
      ->default_str("quick")
      ->check(CLI::IsMember({"quick", "thorough"}))
      ->group("Instead of measuring");
  add_action("--dry-run", asked.dry_run, "knobs that would be written, memory, time");
  add_action("--restore", asked.restore, "put back the knobs a killed run left changed");
}

Outcome<double> parse_min_time(const std::string& origin, std::string text) {
  if (text.ends_with('s')) text.pop_back();
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(seconds > 0 && seconds <= 3600))
    return fail(ExitCode::kUsage, "{} '{}': must be seconds, above 0 and at most 3600", origin,
                text);
  return seconds;
}

// The one thing that is asked for, of those that exclude each other.
Outcome<Action> choose_action(const Asked& asked, const Options& options) {
  const bool probe = !options.probe.empty(), doctor = !options.doctor.empty();
  if (asked.list + doctor + asked.dry_run + asked.restore + probe > 1)
    return fail(ExitCode::kUsage,
                "--list, --doctor, --dry-run, --restore and --probe exclude each other");
  for (const auto& [name, given] : {std::pair{"--cpu-file", !options.cpu_file.empty()},
                                    std::pair{"--simulate", !options.simulate.empty()}})
    if (given && !probe) return fail(ExitCode::kUsage, "{} goes with --probe", name);
  if (!asked.noise.empty() && options.simulate.empty())
    return fail(ExitCode::kUsage, "--noise goes with --simulate");
  const Action action = asked.list                   ? Action::kList
                        : options.doctor == "host"   ? Action::kDoctor
                        : doctor                     ? Action::kDoctorOfProcess
                        : asked.dry_run              ? Action::kDryRun
                        : asked.restore              ? Action::kRestore
                        : probe                      ? Action::kProbe
                        : options.counters == "list" ? Action::kListCounters
                                                     : Action::kMeasure;
  // Whoever waits for a file, or reads JSON, would wait in vain.
  using enum Action;
  const auto is_one_of = [action](std::initializer_list<Action> actions) {
    return std::ranges::find(actions, action) != actions.end();
  };
  if (!options.out.empty() && !is_one_of({kMeasure, kDryRun, kProbe}))
    return fail(ExitCode::kUsage, "--out is for what is measured: {} prints to stdout",
                name_of(action));
  if ((asked.json || options.json_to_stdout) && is_one_of({kDryRun, kRestore, kListCounters}))
    return fail(ExitCode::kUsage, "{} prints text alone: leave out --json", name_of(action));
  return action;
}

// What was asked for as text, once the matrix has said what the command line does not.
Outcome<void> settle(const Asked& asked, const AppliedMatrix& applied, Options& options) {
  const Origins& origins = applied.origins;
  auto matrix = parse_blocks(asked.lists, applied);
  if (!matrix) return fail(matrix);
  options.matrix = std::move(*matrix);
  options.matrix.name = asked.matrix;
  auto family_table = parse_table(origin_of(origins, "family-table"), asked.family_table);
  if (!family_table) return fail(family_table);
  options.family_table_bytes = *family_table;
  for (const auto& [option, text, pattern] :
       {std::tuple{"filter", &asked.filter, &options.filter},
        std::tuple{"exclude", &asked.exclude, &options.exclude},
        std::tuple{"once", &asked.once, &options.once}})
    if (auto read = parse_pattern(origin_of(origins, option), *text, *pattern); !read) return read;
  const auto min_time = parse_min_time(origin_of(origins, "min-time"), asked.min_time);
  if (!min_time) return fail(min_time);
  options.min_time_s = *min_time;
  if (const auto known = counter_source_choices();
      std::ranges::find(known, options.counter_source) == known.end())
    return fail(ExitCode::kUsage, "{}: '{}' is not one of {}", origin_of(origins, "counter-source"),
                options.counter_source, fmt::join(known, ", "));
  if (split(options.counters, ',').empty())
    return fail(ExitCode::kUsage, "{}: the list is empty (none switches counting off)",
                origin_of(origins, "counters"));
  const auto shares = parse_shares(asked.noise);
  if (!shares) return fail(shares);
  std::tie(options.noise, options.outliers) = *shares;
  options.self_test &= options.action == Action::kDoctor;
  options.json_to_stdout |= asked.json;
  options.colour = !asked.no_colour && wants_colour(STDOUT_FILENO);
  return {};
}

}  // namespace

Outcome<Options> parse_options(int argc, const char* const* argv) {
  Options options;
  Asked asked;
  CLI::App app("Measures how fast zero pages are read for each way the kernel can\nback them.",
               "zpbench");
  declare(app, asked, options);
  if (const auto written =
          help::write_where_asked(argc, argv, app, completed_words(), version_number()))
    return tl::make_unexpected(*written ? Error{ExitCode::kDone, ""} : written->error());
  auto line = translate_benchmark_flags(argc, argv);
  if (!line) return fail(line);
  options.benchmark_flags = std::move(line->benchmark);
  options.json_to_stdout = line->json_to_stdout;
  try {
    // CLI11 takes a vector from its end.
    app.parse(std::vector<std::string>(line->ours.rbegin(), line->ours.rend()));
  } catch (const CLI::Success& success) {
    std::ostringstream out;
    app.exit(success, out, out);
    return tl::make_unexpected(Error{ExitCode::kDone, out.str()});
  } catch (const CLI::ParseError& error) {
    return fail(ExitCode::kUsage, "{} (see zpbench --help)", error.what());
  }
  // An empty one is a variable of the caller's that is not set, and would be as if it were not
  // there.
  for (const char* name : {"--doctor", "--probe", "--simulate", "--out", "--cpu-file"})
    if (std::ranges::any_of(app.get_option(name)->results(), &std::string::empty))
      return fail(ExitCode::kUsage, "{}: an empty value (see zpbench --help)", name);
  options.self_test = app.get_option("--counters")->count() != 0;
  const auto action = choose_action(asked, options);
  if (!action) return fail(action);
  options.action = *action;
  if (auto taken = check_taken(app, options); !taken) return fail(taken);
  const auto given = given_to_families(app);
  const auto applied = apply_matrix(app, asked.matrix);
  if (!applied) return fail(applied);
  if (auto settled = settle(asked, *applied, options); !settled) return fail(settled);
  if (auto used = check_used(given, options); !used) return fail(used);
  const char* trace = std::getenv("ZP_TRACE");  // set by scripts/emulate.sh --trace
  options.trace = trace != nullptr && std::string_view(trace) == "1";
  return options;
}

}  // namespace zp
