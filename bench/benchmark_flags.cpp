// SPDX-License-Identifier: MIT
#include "bench/benchmark_flags.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "harness/support/text.hpp"

namespace zp {

namespace {

constexpr std::string_view kContext = "--benchmark_context=";

// How the keys begin that zpbench and Google Benchmark write themselves (results/README.md).
constexpr std::string_view kOwnWords[] = {
    // zpbench
    "arch", "benchmark", "boot", "build", "byte_order", "cache", "census", "counters", "cpu",
    "host", "kernel", "ksm", "machine", "matrix", "memory_bytes", "model", "numa",
    "page_size_bytes", "pass", "probe", "program", "schema", "thp", "vm", "warning", "zero_page",
    "zpbench",
    // Google Benchmark
    "caches", "cpu_scaling_enabled", "date", "executable", "host_name", "json_schema_version",
    "library", "library_build_type", "library_version", "load_avg", "mhz_per_cpu", "num_cpus"};

// The library would let a key of the caller's take the place of ours, or write it twice.
Outcome<void> check_context(std::string_view flag, std::vector<std::string>& known) {
  for (const std::string& pair : split(flag.substr(kContext.size()), ',')) {
    const std::string key = pair.substr(0, pair.find('='));
    const auto refused = [&](const char* why) {
      return fail(ExitCode::kUsage, "{}: the key '{}' {}", flag, key, why);
    };
    if (key.empty()) return refused("is empty");
    if (std::ranges::count(pair, '=') != 1) return refused("needs one value, as lab.cpu=x");
    if (std::ranges::find(kOwnWords, std::string_view(key).substr(0, key.find('.'))) !=
        std::end(kOwnWords))
      return refused("is zpbench's own; choose a name of yours, as lab.cpu");
    if (std::ranges::find(known, key) != known.end()) return refused("is there twice");
    known.push_back(key);
  }
  return {};
}

}  // namespace

Outcome<CommandLine> translate_benchmark_flags(int argc, const char* const* argv) {
  static const std::pair<std::string_view, const char*> kOurs[] = {
      {"--benchmark_filter=", "--filter="},
      {"--benchmark_out=", "--out="},
      {"--benchmark_repetitions=", "--repetitions="},
      {"--benchmark_min_time=", "--min-time="}};
  static constexpr std::string_view kPassedOn[] = {"--benchmark_enable_random_interleaving",
                                                   "--benchmark_context=", "--v="};
  static constexpr std::string_view kSame[] = {
      "--benchmark_format=console", "--benchmark_out_format=json", "--benchmark_list_tests=false"};
  CommandLine line;
  std::vector<std::string> context_keys;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const auto starts = [&](std::string_view known) { return argument.starts_with(known); };
    const auto* ours = std::find_if(std::begin(kOurs), std::end(kOurs),
                                    [&](const auto& known) { return starts(known.first); });
    if (starts(kContext))
      if (auto free = check_context(argument, context_keys); !free) return fail(free);
    // The library's filter may be a word or a negation.
    if (argument == "--benchmark_filter=all" || argument == "--benchmark_filter=") continue;
    if (starts("--benchmark_filter=-"))
      line.ours.push_back("--exclude=" + std::string(argument.substr(20)));
    else if (ours != std::end(kOurs))
      line.ours.push_back(ours->second + std::string(argument.substr(ours->first.size())));
    else if (argument == "--benchmark_list_tests" || argument == "--benchmark_list_tests=true")
      line.ours.emplace_back("--list");
    else if (argument == "--benchmark_format=json")
      line.json_to_stdout = true;
    else if (argument == "--benchmark_color=false")
      line.ours.emplace_back("--no-colour");
    else if (starts("--benchmark_min_warmup_time"))  // would be in no estimate of the time
      return fail(ExitCode::kUsage, "{}: each cell's table is walked once before it is timed",
                  argument);
    else if (std::any_of(std::begin(kPassedOn), std::end(kPassedOn), starts))
      line.benchmark.emplace_back(argument);
    else if (starts("--benchmark_") &&
             std::find(std::begin(kSame), std::end(kSame), argument) == std::end(kSame))
      return fail(ExitCode::kUsage, "{} has no meaning here (see zpbench --help)", argument);
    else if (!starts("--benchmark_"))
      line.ours.emplace_back(argument);
  }
  // CLI11 would take the next word for the value: --guest-kernel= --list measured.
  for (const std::string& word : line.ours)
    if (word.starts_with("--") && word.find('=') == word.size() - 1)
      return fail(ExitCode::kUsage, "{}: an empty value (see zpbench --help)",
                  word.substr(0, word.size() - 1));
  return line;
}

}  // namespace zp
