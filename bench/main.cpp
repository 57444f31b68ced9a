// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "bench/choice.hpp"
#include "bench/counting.hpp"
#include "bench/doctor.hpp"
#include "bench/listing.hpp"
#include "bench/pass.hpp"
#include "bench/precautions.hpp"
#include "bench/probing.hpp"
#include "bench/row_model.hpp"
#include "harness/counters/self_test/self_test.hpp"
#include "harness/process/examine.hpp"
#include "harness/process/report.hpp"
#include "harness/support/descriptors.hpp"
#include "harness/support/file.hpp"
#include "harness/support/interrupt.hpp"
#include "harness/support/terminal.hpp"

namespace zp {
namespace {

Outcome<void> run(int argc, char** argv) {
  auto options = parse_options(argc, argv);
  if (!options) return fail(options);
  if (options->action == Action::kRestore) return restore(Roots{});
  if (auto readable = check_cpuinfo(); !readable) return readable;
  if (options->action == Action::kProbe) return run_probe(*options);
  if (options->action == Action::kDoctor) {
    const auto counters = choose_counters(Roots{}, options->counters, options->counter_source);
    if (!counters) return fail(counters);
    SelfTest tested;
    if (options->self_test) tested = test_counters(Roots{}, counters->plan, kRoundsOfDoctor);
    print_to(stdout, options->json_to_stdout
                         ? doctor_json(Roots{}, *counters, tested)
                         : doctor_report(Roots{}, *counters, tested, !options->no_probe));
    return {};
  }
  if (options->action == Action::kDoctorOfProcess) {
    const auto examined = examine(Roots{}, options->doctor);
    if (!examined) return fail(examined);
    print_to(stdout, options->json_to_stdout ? process_json(*examined) : process_report(*examined));
    return {};
  }
  if (options->action == Action::kListCounters) {
    const auto counters = choose_counters(Roots{}, "auto", options->counter_source);
    if (!counters) return fail(counters);
    print_to(stdout, counter_list(*counters));
    return {};
  }
  const auto chosen = choose(*options);
  if (!chosen) return fail(chosen);
  if (chosen->empty())
    return fail(ExitCode::kUsage, "{} leave no cell{}{} (see zpbench --list)",
                options->filter || options->exclude ? "--filter and --exclude" : "these lists",
                chosen->left_out.empty() ? "" : "; ", chosen->left_out);
  // What is wrong with the rest of the command line is said by these two as well.
  if (options->action == Action::kList || options->action == Action::kDryRun) {
    if (auto row_model = RowModel::create(Roots{}, options->model); !row_model)
      return fail(row_model);
    if (auto counters = choose_counters(Roots{}, options->counters, options->counter_source);
        !counters)
      return fail(counters);
    if (!options->out.empty())
      if (auto possible = check_creatable(options->out); !possible) return possible;
    say_left_out(*chosen);
  }
  if (options->action == Action::kList) {
    print_to(stdout, list_cells(chosen->cells, chosen->families, options->json_to_stdout));
    return {};
  }
  if (options->action == Action::kDryRun) {
    print_to(stdout, dry_run(Roots{}, chosen->cells, chosen->families, *options));
    return {};
  }
  return measure_pass(*options, *chosen);
}

// Google Benchmark takes every flag of its own from the environment, too (BENCHMARK_OUT, ...),
// before main() begins: also those that are refused on the command line. Where there are any, they
// are named and this program is started anew without them. Errors: kUsage where that can't be done.
Outcome<void> shed_library_environment(char** argv) {
  // The other one puts what libpfm4 is asked to log into the JSON.
  constexpr std::string_view kPrefix = "BENCHMARK_", kLogToStdout = "LIBPFM_DEBUG_STDOUT=";
  std::vector<std::string> names;
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (const std::string_view text(*variable);
        text.starts_with(kPrefix) || text.starts_with(kLogToStdout))
      names.emplace_back(text.substr(0, text.find('=')));
  if (names.empty()) return {};
  for (const std::string& name : names) ::unsetenv(name.c_str());
  const std::string list = fmt::format("{}", fmt::join(names, ", "));
  print_to(
      stderr,
      fmt::format("zpbench: {} in the environment: ignored, the command line says it all\n", list));
  ::execv("/proc/self/exe", argv);
  return fail(ExitCode::kUsage, "libraries would follow {}: unset it ({})", list,
              errno_text(errno));
}

}  // namespace
}  // namespace zp

int main(int argc, char** argv) {
  zp::keep_standard_descriptors();
  zp::ignore_file_size_signal();
  zp::Outcome<void> outcome = zp::check_descriptors();
  if (outcome) outcome = zp::shed_library_environment(argv);
  try {
    if (outcome) outcome = zp::run(argc, argv);
  } catch (const std::bad_alloc&) {
    outcome = zp::fail(zp::ExitCode::kCannotRun, "out of memory");
  } catch (const std::exception& error) {  // a library's; what was changed is put back by now
    outcome = zp::fail(zp::ExitCode::kFailed, "{}", error.what());
  }
  if (!outcome && outcome.error().code == zp::ExitCode::kDone) {
    zp::print_to(stdout, outcome.error().message);
    outcome = {};
  }
  if (auto printed = zp::flush_stdout(); outcome && !printed) outcome = std::move(printed);
  if (outcome) return 0;
  zp::print_to(stderr, fmt::format("zpbench: {}\n", zp::terminal_text(outcome.error().message)));
  return static_cast<int>(outcome.error().code);
}
