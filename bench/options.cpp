// SPDX-License-Identifier: MIT
#include "bench/options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <tuple>

#include "bench/families.hpp"
#include "bench/lists.hpp"
#include "bench/matrices.hpp"
#include "bench/matrix_file.hpp"
#include "bench/version.hpp"
#include "harness/counters/counters.hpp"
#include "harness/help/write_help.hpp"
#include "harness/host/page_size.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/help_formatter.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

constexpr const char* kFooter = R"(Lists are separated by commas; sizes are bytes or 4k, 256m, 1g.
A default holds where the matrix does not say otherwise.
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

Exit status: 0 done; 1 a row failed its proof; 2 usage, or nothing matches;
4 can't run here, the reason is printed; 128 + the signal: interrupted,
knobs restored.)";

Outcome<std::optional<Pattern>> parse_pattern(const std::string& origin, const std::string& text) {
  if (text.empty()) return std::nullopt;
  auto pattern = Pattern::compile(text);
  if (!pattern) return fail(ExitCode::kUsage, "{} {}", origin, pattern.error().message);
  return std::move(*pattern);
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

bool colour_wanted(bool no_colour) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return !no_colour && (no_color == nullptr || *no_color == '\0') && ::isatty(STDOUT_FILENO) != 0 &&
         term != nullptr && std::string_view(term) != "dumb";
}

// Google Benchmark's spelling of what we decide ourselves, and its flags that mean something here;
// with any other it would print a page of usage and exit with 0.
Outcome<std::vector<std::string>> translate(int argc, const char* const* argv, Options& options) {
  static const std::pair<std::string_view, const char*> kOurs[] = {
      {"--benchmark_filter=", "--filter="},
      {"--benchmark_out=", "--out="},
      {"--benchmark_repetitions=", "--repetitions="},
      {"--benchmark_min_time=", "--min-time="}};
  static constexpr std::string_view kPassedOn[] = {
      "--benchmark_enable_random_interleaving",
      "--benchmark_min_warmup_time=", "--benchmark_context=", "--v="};
  static constexpr std::string_view kSame[] = {
      "--benchmark_format=console", "--benchmark_out_format=json", "--benchmark_list_tests=false"};
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const auto starts = [&](std::string_view known) { return argument.starts_with(known); };
    const auto* ours = std::find_if(std::begin(kOurs), std::end(kOurs),
                                    [&](const auto& known) { return starts(known.first); });
    // The library's filter may be a word or a negation.
    if (argument == "--benchmark_filter=all" || argument == "--benchmark_filter=") continue;
    if (starts("--benchmark_filter=-"))
      arguments.push_back("--exclude=" + std::string(argument.substr(20)));
    else if (ours != std::end(kOurs))
      arguments.push_back(ours->second + std::string(argument.substr(ours->first.size())));
    else if (argument == "--benchmark_list_tests" || argument == "--benchmark_list_tests=true")
      arguments.emplace_back("--list");
    else if (argument == "--benchmark_format=json")
      options.json_to_stdout = true;
    else if (argument == "--benchmark_color=false")
      arguments.emplace_back("--no-colour");
    else if (std::any_of(std::begin(kPassedOn), std::end(kPassedOn), starts))
      options.benchmark_flags.emplace_back(argument);
    else if (starts("--benchmark_") &&
             std::find(std::begin(kSame), std::end(kSame), argument) == std::end(kSame))
      return fail(ExitCode::kUsage, "{} has no meaning here (see zpbench --help)", argument);
    else if (!starts("--benchmark_"))
      arguments.emplace_back(argument);
  }
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes a vector
  return arguments;
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

using Block = std::vector<MatrixLine>;

struct Applied {
  Origins origins;
  std::vector<Block> blocks;  // without what the command line says
};

// Those of `asked` whose kind the block's own list names.
std::string chosen_placements(const std::string& asked, const std::string& own) {
  const auto kind = [](const std::string& text) { return text.substr(0, text.find(':')); };
  std::string chosen;
  for (const std::string& text : split(asked, ','))
    for (const std::string& name : split(own, ','))
      if (kind(text) == kind(name)) {
        chosen += (chosen.empty() ? "" : ",") + text;
        break;
      }
  return chosen;
}

// A block with placements of its own has them for a reason (private tables in the caches): of those
// asked for it measures the ones that it names, and is left out where it names none. Where all
// blocks would be, the command line replaces their lists.
void choose_placements(const std::string& asked, std::vector<Block>& blocks) {
  std::vector<Block> left;
  for (Block block : blocks) {
    const auto line = std::find_if(block.begin(), block.end(), [](const MatrixLine& candidate) {
      return candidate.option == "placements";
    });
    if (line != block.end()) {
      *line = {"", line->option, chosen_placements(asked, line->value)};
      if (line->value.empty()) continue;
    }
    left.push_back(std::move(block));
  }
  if (!left.empty())
    blocks = std::move(left);
  else
    for (Block& block : blocks)
      std::erase_if(block, [](const MatrixLine& line) { return line.option == "placements"; });
}

// What the matrix says, where the command line does not.
Outcome<Applied> apply_matrix(CLI::App& app, const std::string& name) {
  const auto text = matrix_text(name);
  if (!text) return tl::make_unexpected(text.error());
  auto file = parse_matrix(name, *text);
  if (!file) return tl::make_unexpected(file.error());
  const auto is_given = [&app](const MatrixLine& line) {
    return app.get_option("--" + line.option)->count() != 0;
  };
  if (const auto* option = app.get_option("--placements"); option->count() != 0)
    choose_placements(option->as<std::string>(), file->blocks);
  for (Block& block : file->blocks)
    std::erase_if(block, [&](const MatrixLine& line) {
      return is_given(line) && line.option != "placements";
    });
  Applied applied{{}, std::move(file->blocks)};
  for (const MatrixLine& line : file->lines) {
    if (is_given(line)) continue;
    CLI::Option* option = app.get_option("--" + line.option);
    try {
      option->add_result(line.value);
      option->run_callback();
    } catch (const CLI::ParseError& error) {
      return fail(ExitCode::kUsage, "matrix {}: {}", line.where, error.what());
    }
    applied.origins.emplace(line.option, line.where);
  }
  return applied;
}

// The cross product of the lists, or of those of each block.
Outcome<Matrix> parse_blocks(const ListTexts& lists, const Applied& applied) {
  if (applied.blocks.empty()) return parse_lists(lists, applied.origins);
  std::vector<Matrix> blocks;
  for (const auto& block : applied.blocks) {
    ListTexts of_block = lists;
    Origins origins = applied.origins;
    for (const MatrixLine& line : block) {
      of_block[line.option] = line.value;
      if (!line.where.empty()) origins[line.option] = line.where;  // else the command line's
    }
    auto matrix = parse_lists(of_block, origins);
    if (!matrix) return matrix;
    blocks.push_back(std::move(*matrix));
  }
  Matrix first = std::move(blocks.front());
  first.more.assign(std::make_move_iterator(blocks.begin() + 1),
                    std::make_move_iterator(blocks.end()));
  return first;
}

}  // namespace

Outcome<Options> parse_options(int argc, const char* const* argv) {
  Options options;
  ListTexts lists = initial_lists();
  std::string matrix_name = "quick", family_table, filter, exclude, once, min_time = "0.1", noise;
  bool list = false, json = false, dry_run = false, restore = false, no_colour = false;

  CLI::App app("Measures how fast zero pages are read for each way the kernel can\nback them.",
               "zpbench");
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kFooter);
  app.set_version_flag("--version", version_text(), "print version, compiler and flags");
  app.set_help_flag("-h,--help", "print this");
  const auto add = [&app](const std::string& name, auto& value, const char* metavariable,
                          const std::string& description) {
    return app.add_option(name, value, description)->type_name(metavariable)->capture_default_str();
  };
  add("--matrix", matrix_name, "NAME", matrix_names() + ", or a file");
  for (const ListOption& list_option : list_options()) {
    add(fmt::format("--{}", list_option.name), lists[list_option.name], "LIST", list_option.help);
  }
  add("--family-table", family_table, "SIZE", "table of the other families (default: their own)");
  add("--filter", filter, "REGEX", "measure only cells whose name matches");
  add("--exclude", exclude, "REGEX", "leave out cells whose name matches");
  add("--once", once, "REGEX", "measure cells whose name matches in pass 1 only");
  add("--repetitions", options.repetitions, "N", "samples of each cell")
      ->check(CLI::Range(1, 100000));
  add("--min-time", min_time, "SECONDS", "minimum duration of one repetition");
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
  add("--model", options.model, "LIST", "CPUs whose model counts misses, too");
  add("--out", options.out, "FILE", "write Google Benchmark JSON (must not exist)");
  add("--simulate", options.simulate, "CPU", "let --probe ask the model of a CPU or a file");
  add("--noise", noise, "SHARE[,SHARE]",
      "of --simulate: noise of a window's time, and share of outliers, as 20%,5%");
  app.add_flag("--json", json, "JSON on stdout, of --list as well");
  app.add_flag("--no-probe", options.no_probe, "no short probe before the first pass");
  add("--cpu-file", options.cpu_file, "FILE", "where --probe writes a CPU description");
  app.add_flag("--no-colour", no_colour, "no colours on a terminal (as NO_COLOR)");
  app.add_flag("--no-color", no_colour)->group("");  // not in --help
  app.add_flag("--long", options.long_run, "measure also where it will take more than an hour");
  app.add_flag("-q,--quiet", options.quiet, "no progress on stderr");
  const auto add_action = [&app](const char* name, bool& value, const char* description) {
    app.add_flag(name, value, description)->group("Instead of measuring");
  };
  add_action("--list", list, "print the cells' names");
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
  add_action("--dry-run", dry_run, "knobs that would be written, memory, time");
  add_action("--restore", restore, "put back the knobs a killed run left changed");

  if (const auto written =
          help::write_where_asked(argc, argv, app, completed_words(), version_number()))
    return tl::make_unexpected(*written ? Error{ExitCode::kDone, ""} : written->error());
  const auto arguments = translate(argc, argv, options);
  if (!arguments) return tl::make_unexpected(arguments.error());
  try {
    app.parse(std::vector<std::string>(*arguments));
  } catch (const CLI::Success& success) {
    std::ostringstream out;
    app.exit(success, out, out);
    return tl::make_unexpected(Error{ExitCode::kDone, out.str()});
  } catch (const CLI::ParseError& error) {
    return fail(ExitCode::kUsage, "{} (see zpbench --help)", error.what());
  }
  options.self_test = app.get_option("--counters")->count() != 0;
  const auto applied = apply_matrix(app, matrix_name);
  if (!applied) return tl::make_unexpected(applied.error());
  const Origins* origins = &applied->origins;

  auto matrix = parse_blocks(lists, *applied);
  if (!matrix) return tl::make_unexpected(matrix.error());
  options.matrix = std::move(*matrix);
  options.matrix.name = matrix_name;
  auto family_table_bytes = parse_table(origin_of(*origins, "family-table"), family_table);
  if (!family_table_bytes) return tl::make_unexpected(family_table_bytes.error());
  options.family_table_bytes = *family_table_bytes;
  auto wanted = parse_pattern(origin_of(*origins, "filter"), filter);
  if (!wanted) return tl::make_unexpected(wanted.error());
  options.filter = std::move(*wanted);
  auto unwanted = parse_pattern(origin_of(*origins, "exclude"), exclude);
  if (!unwanted) return tl::make_unexpected(unwanted.error());
  options.exclude = std::move(*unwanted);
  auto first_only = parse_pattern(origin_of(*origins, "once"), once);
  if (!first_only) return tl::make_unexpected(first_only.error());
  options.once = std::move(*first_only);
  if (min_time.ends_with('s')) min_time.pop_back();
  char* end = nullptr;
  options.min_time_s = std::strtod(min_time.c_str(), &end);
  if (end == min_time.c_str() || *end != '\0' ||
      !(options.min_time_s > 0 && options.min_time_s <= 3600))
    return fail(ExitCode::kUsage, "{} '{}': must be seconds, above 0 and at most 3600",
                origin_of(*origins, "min-time"), min_time);
  std::vector<std::pair<std::string_view, bool>> sources;
  for (const auto choice : counter_source_choices()) sources.emplace_back(choice, true);
  if (const auto known = word_parser(std::move(sources))(options.counter_source); !known)
    return fail(ExitCode::kUsage, "{}: {}", origin_of(*origins, "counter-source"),
                known.error().message);
  if (split(options.counters, ',').empty())
    return fail(ExitCode::kUsage, "{}: the list is empty (none switches counting off)",
                origin_of(*origins, "counters"));
  const bool probe = !options.probe.empty(), doctor = !options.doctor.empty();
  if (list + doctor + dry_run + restore + probe > 1)
    return fail(ExitCode::kUsage,
                "--list, --doctor, --dry-run, --restore and --probe exclude each other");
  for (const auto& [name, given] : {std::pair{"--cpu-file", !options.cpu_file.empty()},
                                    std::pair{"--simulate", !options.simulate.empty()}})
    if (given && !probe) return fail(ExitCode::kUsage, "{} goes with --probe", name);
  if (!noise.empty() && options.simulate.empty())
    return fail(ExitCode::kUsage, "--noise goes with --simulate");
  if (const auto shares = parse_shares(noise); !shares)
    return tl::make_unexpected(shares.error());
  else
    std::tie(options.noise, options.outliers) = *shares;
  options.action = list                         ? Action::kList
                   : options.doctor == "host"   ? Action::kDoctor
                   : doctor                     ? Action::kDoctorOfProcess
                   : dry_run                    ? Action::kDryRun
                   : restore                    ? Action::kRestore
                   : probe                      ? Action::kProbe
                   : options.counters == "list" ? Action::kListCounters
                                                : Action::kMeasure;
  options.self_test &= options.action == Action::kDoctor;
  options.json_to_stdout |= json;
  options.colour = colour_wanted(no_colour);
  const char* trace = std::getenv("ZP_TRACE");  // set by scripts/emulate.sh --trace
  options.trace = trace != nullptr && std::string_view(trace) == "1";
  return options;
}

}  // namespace zp
