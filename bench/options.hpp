// SPDX-License-Identifier: MIT
// The command line of zpbench. A matrix file holds the same options, one `name = value` per line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/cell.hpp"
#include "harness/support/pattern.hpp"

namespace zp {

enum class Action {
  kMeasure,
  kList,
  kListCounters,
  kDoctor,
  kDoctorOfProcess,
  kDryRun,
  kRestore,
  kProbe
};

struct Options {
  Action action = Action::kMeasure;
  Matrix matrix;
  std::optional<Pattern> filter, exclude;  // of names
  std::optional<Pattern> once;             // names of cells that pass 1 alone measures
  int repetitions = 3;
  double min_time_s = 0.1;  // of one repetition
  std::uint64_t seed = 1;
  int pass = 1;                   // orders the cells together with the seed
  std::string counters = "auto";  // see choose_counters()
  std::string counter_source = "auto";
  bool self_test = false;  // of --doctor: the counters', as --counters was given
  std::optional<std::uint64_t> family_table_bytes;  // of families but read; else their own
  bool drop_caches = false;                         // cells that need it may
  std::string guest_kernel;        // image for the family guest; empty: find_guest_kernel()
  std::string model;               // CPUs, separated by commas
  std::string doctor;              // "host", or a PID as it was written
  std::string probe;               // "quick" or "thorough": of --probe
  std::string simulate;            // CPU whose model --probe asks instead of this machine
  double noise = 0, outliers = 0;  // shares, of that
  bool no_probe = false;           // a run measures without its short form
  std::string cpu_file;            // CPU description that --probe writes; empty: none
  std::string out;                 // JSON file; empty: none
  bool json_to_stdout = false;
  bool colour = false;                       // of the terminal
  bool quiet = false;                        // no progress
  bool long_run = false;                     // more than an hour is wanted
  bool trace = false;                        // a QEMU plugin follows the timed walks (ZP_TRACE=1)
  std::vector<std::string> benchmark_flags;  // for Google Benchmark itself
};

// Errors: kUsage with one line; kDone with the text of --help or --version, for stdout.
Outcome<Options> parse_options(int argc, const char* const* argv);

}  // namespace zp
