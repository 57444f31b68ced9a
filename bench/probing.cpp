// SPDX-License-Identifier: MIT
#include "bench/probing.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "bench/causal_pair.hpp"
#include "bench/context.hpp"
#include "bench/precautions.hpp"
#include "bench/reporter.hpp"
#include "bench/version.hpp"
#include "harness/host/available_memory.hpp"
#include "harness/host/cpu_limit.hpp"
#include "harness/host/topology.hpp"
#include "harness/host/virtualisation.hpp"
#include "harness/ksm/session.hpp"
#include "harness/memory/census.hpp"
#include "harness/model/catalogue.hpp"
#include "harness/probe/machine_timer.hpp"
#include "harness/probe/report.hpp"
#include "harness/probe/simulated_timer.hpp"
#include "harness/probe/verdict.hpp"
#include "harness/support/file.hpp"
#include "harness/support/interrupt.hpp"
#include "harness/support/terminal.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

constexpr double kThoroughSeconds = 60;

std::string cpu_name(const Facts& facts) {
  for (const char* wanted : {"cpu.model", "machine.type", "arch"})
    for (const auto& [key, value] : facts)
      if (key == wanted) {
        const auto family = std::ranges::find_if(
            facts, [](const auto& fact) { return fact.first == "cpu.family"; });
        return family == facts.end() ? value : fmt::format("{} (family {})", value, family->second);
      }
  return "unknown";
}

std::vector<probe::CacheLevel> caches(const Roots& roots) {
  std::vector<probe::CacheLevel> levels;
  for (int level = 1; level <= 3; ++level) {
    const auto cache = data_cache(roots, level);
    if (!cache) break;
    levels.push_back({cache->size_bytes, cache->line_bytes, cache->ways});
  }
  return levels;
}

probe::Origin this_machine(const Roots& roots) {
  return {cpu_name(host_facts(roots)), probe::today(), caches(roots), zero_page_colours(roots)};
}

Outcome<std::unique_ptr<probe::Timer>> make_timer(const Roots& roots) {
  if (const auto machine = detect_virtualisation(roots); machine.emulated)
    return fail(
        ExitCode::kCannotRun,
        "an emulator ({}, seen by {}) runs this: it has no caches, so no effect can be seen",
        machine.kind, machine.evidence);
  constexpr probe::MachineLimits kLimits;
  if (const auto available = available_memory_bytes(roots);
      available && *available < kLimits.memory_bytes)
    return fail(ExitCode::kCannotRun, "the probe takes {} of memory, {} is available",
                human_size(kLimits.memory_bytes), human_size(*available));
  return probe::machine_timer(kLimits);
}

// A quota of less than the CPU that the probe takes.
std::string held_back(const Roots& roots) {
  const auto quota = cpu_quota(roots);
  if (!quota || *quota >= 1) return "";
  return fmt::format(
      "a control group lets this process have {:.3g} CPUs at most (cpu.max), so "
      "that it is stopped again and again while it times reads",
      *quota);
}

Outcome<std::unique_ptr<probe::Timer>> make_simulated(const Options& options,
                                                      probe::Origin& origin) {
  const auto cpu = model::find_cpu(options.simulate);
  if (!cpu) return fail(ExitCode::kUsage, "--simulate: {}", cpu.error().message);
  origin.cpu = fmt::format("simulated {}", cpu->name);
  for (const auto& cache : cpu->geometry.caches)
    origin.caches.push_back({cache.size_bytes, cache.line_bytes, cache.ways});
  origin.zero_page_colours = cpu->zero_page_colours;
  return probe::simulated_timer(*cpu, {options.noise, options.outliers, options.seed});
}

// Instead of collect_context(): no fact of this machine is one of the CPU that was asked.
Facts simulated_context(const Options& options, const std::string& cpu) {
  Facts facts{{"schema", "zpbench-1"},
              {"cpu.model", cpu},
              {"machine.virtualisation", "simulated"},
              {"machine.emulated", "true"},
              {"probe.simulated", "true"},
              {"pass.seed", std::to_string(options.seed)}};
  for (auto& fact : build_facts()) facts.push_back(std::move(fact));
  return facts;
}

// Through Google Benchmark, so that the rows look like all others.
Outcome<void> write_rows(const Options& options, const Facts& context,
                         const probe::Findings& found) {
  if (auto understood = let_library_look(); !understood) return understood;
  const auto rows = probe::rows_of(found);
  static char program[] = "zpbench";
  char* arguments[] = {program};
  int count = 1;
  benchmark::Initialize(&count, arguments);
  for (const auto& [key, value] : context) benchmark::AddCustomContext(key, value);
  Progress progress(rows.size(), true);
  Reporter reporter(progress, false, false);
  for (const probe::Row& row : rows)
    benchmark::RegisterBenchmark(row.name.c_str(), [&row](benchmark::State& state) {
      for (auto _ : state) {
      }
      if (!row.label.empty()) state.SetLabel(row.label);
      for (const auto& [key, value] : row.figures) state.counters[key] = value;
    })->Iterations(1);
  benchmark::RunSpecifiedBenchmarks(&reporter, ".");
  benchmark::Shutdown();
  if (options.json_to_stdout) print_to(stdout, reporter.json());
  if (options.out.empty()) return {};
  if (auto written = write_file_atomically(options.out, reporter.json(), false); !written)
    return written;
  print_to(stderr, fmt::format("zpbench: wrote {}\n", terminal_text(options.out)));
  return {};
}

}  // namespace

Outcome<void> run_probe(const Options& options) {
  const Roots roots;
  for (const std::string& path : {options.out, options.cpu_file})
    if (!path.empty())
      if (auto possible = check_creatable(path); !possible) return possible;
  const auto whole = [](const std::string& path) {
    std::error_code unknown;
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, unknown), unknown);
  };
  if (!options.out.empty() && !options.cpu_file.empty() &&
      whole(options.out) == whole(options.cpu_file))
    return fail(ExitCode::kUsage, "--out and --cpu-file name one file, {}", options.out);
  const auto held = stay_on_one_cpu();  // the one whose caches are named
  const bool simulated = !options.simulate.empty();
  // Its load would be in somebody's figures, and theirs in its own.
  if (auto other = simulated ? std::nullopt : HostLock::held_by_another(roots))
    return fail(ExitCode::kCannotRun, "{}", *other);
  probe::Origin origin = simulated ? probe::Origin{.cpu = {}, .date = probe::today(), .caches = {}}
                                   : this_machine(roots);
  auto timer = simulated ? make_simulated(options, origin) : make_timer(roots);
  if (!timer) return fail(timer);
  probe::Request request;
  request.seed = options.seed;
  if (!simulated) request.held_back = held_back(roots);
  if (options.probe == "thorough") {
    request.seconds = kThoroughSeconds;
    request.most_samples = 4000;
  }
  const auto found = probe::probe(**timer, request);
  if (!found) return fail(found);
  if (!options.json_to_stdout)
    print_to(stdout,
             "zpbench --probe, " + probe::today() + "\n" + probe::text_of(*found, origin.cpu));
  if (!options.out.empty() || options.json_to_stdout) {
    const Facts context =
        simulated ? simulated_context(options, origin.cpu) : collect_context(roots, options);
    if (auto written = write_rows(options, context, *found); !written) return written;
  }
  if (options.cpu_file.empty()) return {};
  const auto text = probe::cpu_description(*found, origin);
  if (!text) return fail(text);
  if (auto readable = model::parse_description(*text, options.cpu_file); !readable)
    return fail(ExitCode::kCannotRun, "no CPU description: {}", readable.error().message);
  if (auto written = write_file_atomically(options.cpu_file, *text, false); !written)
    return written;
  print_to(stderr, fmt::format("zpbench: wrote {}\n", terminal_text(options.cpu_file)));
  return {};
}

ProbeInRun probe_in_run(const Roots& roots, bool rule_only) {
  const auto missing = [](const Error& error) {
    return ProbeInRun{{{"probe.missing", error.message}}, tl::make_unexpected(error)};
  };
  const auto held = stay_on_one_cpu();  // where rows are measured
  auto timer = make_timer(roots);
  if (!timer) return missing(timer.error());
  probe::Request request;
  request.seconds = 2;
  request.rule_only = rule_only;
  request.cancelled = interrupted;
  const auto found = probe::probe(**timer, request);
  if (!found) return missing(found.error());
  Facts facts{{"probe.rule", std::string(name_of(found->rule))},
              {"probe.found", probe::short_text(*found)}};
  if (found->tlb.huge != probe::Answer::kUnclear)
    facts.emplace_back("probe.huge_pages",
                       found->tlb.huge == probe::Answer::kYes ? "huge" : "not huge to the TLB");
  facts.emplace_back("probe.ghz", fmt::format("{:.2f}", 1 / found->cycle_ns.middle));
  facts.emplace_back("probe.seconds", fmt::format("{:.1f}", found->seconds));
  return {std::move(facts), usable_rule(*found)};
}

}  // namespace zp
