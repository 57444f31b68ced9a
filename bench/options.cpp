// SPDX-License-Identifier: MIT
#include "bench/options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

#include "bench/matrices.hpp"
#include "bench/version.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

constexpr const char* kFooter = R"(Lists are separated by commas; sizes are bytes or 4k, 256m, 1g.
Google Benchmark's own flags (--benchmark_filter=, --benchmark_out=, ...) work too.

Examples:
  zpbench --doctor                        what this host can measure, and why not the rest
  zpbench --placements private,ksm_single,ksm_coloured:8 --strides 1024,4096
  zpbench --matrix full --filter 'stride:4096/' --out full.json
  zpbench --counters list                 which events are counted here, and why not the rest
  zpbench --model z13 --placements memfd_coloured --walks dependent
  zpbench --restore                       put knobs back after a run was killed

Exit status: 0 done; 1 a row failed its proof; 2 usage, or nothing matches; 4 can't run
here, the reason is printed; 130/143 interrupted, knobs restored.)";

// The lists as text, until all of them are known (a command line overrides a matrix file).
struct Lists {
  std::string placements, colours = "1,2,4,8,16,32,64,128,256", tables = "64m",
                          strides = "64,256,1024,4096", walks = "sequential", threads = "1", nodes,
                          offsets = "fixed", shares = "split";
};

template <class T, class Parse>
Outcome<std::vector<T>> parse_all(const char* option, const std::string& text, Parse&& parse) {
  std::vector<T> values;
  for (const std::string& part : split(text, ',')) {
    auto value = parse(part);
    if (!value) return fail(ExitCode::kUsage, "--{}: {}", option, value.error().message);
    values.push_back(*value);
  }
  return values;
}

// One of a few words.
template <class T>
auto word_parser(std::vector<std::pair<std::string_view, T>> words) {
  return [words = std::move(words)](const std::string& text) -> Outcome<T> {
    std::string known;
    for (const auto& [word, value] : words) {
      if (word == text) return value;
      known += fmt::format("{}{}", known.empty() ? "" : ", ", word);
    }
    return fail(ExitCode::kUsage, "'{}' is none of {}", text, known);
  };
}

Outcome<int> parse_count(const std::string& text) {
  const auto number = parse_number(text);
  if (!number || *number > 1'000'000 || text.find_first_not_of("0123456789") != std::string::npos)
    return fail(ExitCode::kUsage, "'{}' is not a count", text);
  return static_cast<int>(*number);
}

// "ksm_coloured" without a number stands for all of --colours.
std::string with_colours(const Lists& lists) {
  std::string expanded;
  for (const std::string& text : split(lists.placements, ',')) {
    const bool all_colours = text == "ksm_coloured" || text == "memfd_coloured";
    for (const std::string& colours : all_colours ? split(lists.colours, ',') : split("-", ','))
      expanded += text + (all_colours ? ":" + colours : "") + ",";
  }
  return expanded;
}

// Assigns the list, or hands the error on.
template <class T>
bool take(Outcome<std::vector<T>> list, std::vector<T>& target, Outcome<void>& outcome) {
  if (outcome && !list) outcome = tl::make_unexpected(list.error());
  if (outcome) target = std::move(*list);
  return outcome.has_value();
}

Outcome<Matrix> parse_lists(const Lists& lists) {
  Matrix matrix;
  Outcome<void> outcome;
  take(parse_all<PlacementId>("placements", with_colours(lists), parse_placement),
       matrix.placements, outcome);
  take(parse_all<std::uint64_t>("tables", lists.tables, parse_size_bytes), matrix.tables_bytes,
       outcome);
  take(parse_all<std::uint64_t>("strides", lists.strides, parse_size_bytes), matrix.strides_bytes,
       outcome);
  take(parse_all<Order>("walks", lists.walks,
                        word_parser<Order>({{"sequential", Order::kSequential},
                                            {"random", Order::kRandom},
                                            {"dependent", Order::kDependent}})),
       matrix.walks, outcome);
  take(parse_all<bool>("offsets", lists.offsets,
                       word_parser<bool>({{"rotated", true}, {"fixed", false}})),
       matrix.rotated, outcome);
  take(parse_all<Share>("shares", lists.shares,
                        word_parser<Share>({{"split", Share::kSplit}, {"whole", Share::kWhole}})),
       matrix.shares, outcome);
  take(parse_all<int>("threads", lists.threads, parse_count), matrix.threads, outcome);
  take(parse_all<int>("nodes", lists.nodes, parse_count), matrix.nodes, outcome);
  if (!outcome) return tl::make_unexpected(outcome.error());
  const std::pair<const char*, bool> needed[] = {
      {"placements", matrix.placements.empty()}, {"tables", matrix.tables_bytes.empty()},
      {"strides", matrix.strides_bytes.empty()}, {"walks", matrix.walks.empty()},
      {"offsets", matrix.rotated.empty()},       {"shares", matrix.shares.empty()},
      {"threads", matrix.threads.empty()}};
  for (const auto& [option, empty] : needed)
    if (empty) return fail(ExitCode::kUsage, "--{}: the list is empty", option);
  return matrix;
}

Outcome<std::optional<std::regex>> parse_regex(const char* option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  try {
    return std::regex(text, std::regex::extended);
  } catch (const std::regex_error& error) {
    return fail(ExitCode::kUsage, "--{} '{}': {}", option, text, error.what());
  }
}

bool colour_wanted(bool no_colour) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return !no_colour && (no_color == nullptr || *no_color == '\0') && ::isatty(STDOUT_FILENO) != 0 &&
         term != nullptr && std::string_view(term) != "dumb";
}

// Google Benchmark's spelling of what we decide ourselves; its other flags are passed on.
std::vector<std::string> translate(int argc, const char* const* argv, Options& options) {
  static const std::pair<std::string_view, const char*> kOurs[] = {
      {"--benchmark_filter=", "--filter="},
      {"--benchmark_out=", "--out="},
      {"--benchmark_repetitions=", "--repetitions="},
      {"--benchmark_min_time=", "--min-time="}};
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const auto* ours = std::find_if(std::begin(kOurs), std::end(kOurs), [&](const auto& known) {
      return argument.starts_with(known.first);
    });
    if (ours != std::end(kOurs))
      arguments.push_back(ours->second + std::string(argument.substr(ours->first.size())));
    else if (argument == "--benchmark_list_tests" || argument == "--benchmark_list_tests=true")
      arguments.emplace_back("--list");
    else if (argument == "--benchmark_format=json")
      options.json_to_stdout = true;
    else if (argument.starts_with("--benchmark_"))
      options.benchmark_flags.emplace_back(argument);
    else
      arguments.emplace_back(argument);
  }
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes a vector
  return arguments;
}

}  // namespace

Outcome<Options> parse_options(int argc, const char* const* argv) {
  Options options;
  Lists lists;
  std::string matrix_name = "quick", filter, exclude, min_time = "0.1", counter_source = "auto";
  bool list = false, json = false, doctor = false, dry_run = false, restore = false,
       no_colour = false;

  CLI::App app("Measures how fast zero pages are read for each way the kernel can back them.",
               "zpbench");
  app.get_formatter()->column_width(30);
  app.footer(kFooter);
  app.set_version_flag("--version", version_text());
  app.add_option("--matrix", matrix_name, "quick, full, or a file (default quick)");
  app.add_option("--placements", lists.placements, "which frames back the table; see --doctor");
  app.add_option("--colours", lists.colours, "for ksm_coloured and memfd_coloured without :N");
  app.add_option("--tables", lists.tables, "table sizes");
  app.add_option("--strides", lists.strides, "bytes from one read to the next");
  app.add_option("--walks", lists.walks, "sequential, random, dependent");
  app.add_option("--threads", lists.threads, "thread counts");
  app.add_option("--nodes", lists.nodes, "NUMA nodes of table and CPUs (default: the first)");
  app.add_option("--offsets", lists.offsets,
                 "fixed, rotated: in the page, for strides of whole pages");
  app.add_option("--shares", lists.shares, "split, whole: what each of several threads walks");
  app.add_option("--filter", filter, "measure only cells whose name matches (regex)");
  app.add_option("--exclude", exclude, "leave out cells whose name matches (regex)");
  app.add_option("--repetitions", options.repetitions, "samples of each cell")
      ->check(CLI::Range(1, 100000));
  app.add_option("--min-time", min_time, "seconds of one sample");
  app.add_option("--seed", options.seed, "orders the cells");
  app.add_option("--pass", options.pass, "number of this pass; orders the cells, too")
      ->check(CLI::Range(1, 100000));
  app.add_option("--counters", options.counters, "auto, none, list, or keys and events");
  app.add_option("--counter-source", counter_source, "auto, papi, perf (default auto)");
  app.add_option("--model", options.model, "count the misses of these CPUs' models, too");
  app.add_option("--out", options.out, "write Google Benchmark JSON to this file (must not exist)");
  app.add_flag("--no-colour,--no-color", no_colour, "no colours on a terminal (as NO_COLOR)");
  app.add_flag("-q,--quiet", options.quiet, "no progress on stderr");
  auto* actions = app.add_option_group("Instead of measuring");
  actions->add_flag("--list", list, "print the cells' names (with --json: as JSON)");
  actions->add_flag("--json", json, "JSON on stdout");
  actions->add_flag("--doctor", doctor, "what this host can measure, and why not the rest");
  actions->add_flag("--dry-run", dry_run, "what would be written under /sys, memory, time");
  actions->add_flag("--restore", restore, "put back the knobs a killed run left changed");

  try {
    const auto arguments = translate(argc, argv, options);
    // Twice: a matrix file's values are defaults, which the command line overrides.
    app.parse(std::vector<std::string>(arguments));
    const auto text = matrix_text(matrix_name);
    if (!text) return tl::make_unexpected(text.error());
    auto combined = arguments;
    for (const std::string& line : split(*text, '\n')) {
      if (line.find_first_not_of(" \t\r") == std::string::npos ||
          line[line.find_first_not_of(" \t")] == '#')
        continue;
      const auto equals = line.find('=');
      const std::string key = line.substr(0, line.find_first_of(" \t="));
      if (equals == std::string::npos || app.get_option_no_throw("--" + key) == nullptr ||
          key == "matrix")
        return fail(ExitCode::kUsage, "matrix {}: '{}' is not 'option = value'", matrix_name, line);
      if (app.get_option("--" + key)->count() != 0) continue;
      const auto value = line.find_first_not_of(" \t", equals + 1);
      combined.push_back("--" + key + "=" + (value == std::string::npos ? "" : line.substr(value)));
    }
    app.clear();
    app.parse(std::move(combined));
  } catch (const CLI::Success& success) {
    std::ostringstream out;
    app.exit(success, out, out);
    return tl::make_unexpected(Error{ExitCode::kDone, out.str()});
  } catch (const CLI::ParseError& error) {
    return fail(ExitCode::kUsage, "{} (see zpbench --help)", error.what());
  }

  auto matrix = parse_lists(lists);
  if (!matrix) return tl::make_unexpected(matrix.error());
  options.matrix = std::move(*matrix);
  options.matrix.name = matrix_name;
  auto wanted = parse_regex("filter", filter), unwanted = parse_regex("exclude", exclude);
  if (!wanted) return tl::make_unexpected(wanted.error());
  if (!unwanted) return tl::make_unexpected(unwanted.error());
  options.filter = std::move(*wanted);
  options.exclude = std::move(*unwanted);
  if (min_time.ends_with('s')) min_time.pop_back();
  char* end = nullptr;
  options.min_time_s = std::strtod(min_time.c_str(), &end);
  if (end == min_time.c_str() || *end != '\0' ||
      !(options.min_time_s > 0 && options.min_time_s <= 3600))
    return fail(ExitCode::kUsage, "--min-time '{}': must be seconds, above 0 and at most 3600",
                min_time);
  if (!options.out.empty() && std::filesystem::exists(options.out))
    return fail(ExitCode::kUsage, "{} exists: choose another name, or move it away", options.out);
  const auto source = word_parser<SourceChoice>({{"auto", SourceChoice::kAuto},
                                                 {"papi", SourceChoice::kPapi},
                                                 {"perf", SourceChoice::kPerf}})(counter_source);
  if (!source) return fail(ExitCode::kUsage, "--counter-source: {}", source.error().message);
  options.counter_source = *source;
  if (split(options.counters, ',').empty())
    return fail(ExitCode::kUsage, "--counters: the list is empty (none switches counting off)");
  if (list + doctor + dry_run + restore > 1)
    return fail(ExitCode::kUsage, "--list, --doctor, --dry-run and --restore exclude each other");
  options.action = list                         ? Action::kList
                   : doctor                     ? Action::kDoctor
                   : dry_run                    ? Action::kDryRun
                   : restore                    ? Action::kRestore
                   : options.counters == "list" ? Action::kListCounters
                                                : Action::kMeasure;
  options.json_to_stdout |= json;
  options.colour = colour_wanted(no_colour);
  return options;
}

}  // namespace zp
