// SPDX-License-Identifier: MIT
// Writes invented results for tests and for scripts/peers-compare.sh.
#include <CLI/CLI.hpp>
#include <exception>

#include "tests/generator/sample_run.hpp"

int main(int argc, char** argv) {
  CLI::App app("Invented results: a run directory, or one big Google Benchmark file.");
  app.require_subcommand(1);
  zp::analysis::test::SampleRun sample;
  auto* run = app.add_subcommand("run", "a run directory as zpbench would write it");
  run->add_option("DIR", sample.directory)->required();
  run->add_option("--kernel", sample.kernel);
  run->add_option("--cpu", sample.cpu);
  run->add_option("--seed", sample.seed);
  run->add_option("--passes", sample.passes)->check(CLI::Range(1, 9));
  run->add_option("--repetitions", sample.repetitions);
  run->add_option("--noise", sample.noise);
  run->add_option("--boot", sample.boot, "boot.id");
  run->add_option("--host", sample.host, "host.id");
  run->add_option("--host-noise", sample.host_noise);
  run->add_option("--boot-noise", sample.boot_noise);
  run->add_option("--single-frame-ns", sample.single_frame_ns, "factor on ksm_single's times");
  run->add_option("--tables", sample.tables);
  run->add_option("--state", sample.state);
  run->add_flag("--emulated", sample.emulated);
  run->add_flag("--counters", sample.counters);
  std::string path;
  int names = 0;
  int repetitions = 0;
  std::uint64_t seed = 1;
  auto* big = app.add_subcommand("big", "NAMES x REPETITIONS rows in one file");
  big->add_option("FILE", path)->required();
  big->add_option("NAMES", names)->required();
  big->add_option("REPETITIONS", repetitions)->required();
  big->add_option("--seed", seed);
  CLI11_PARSE(app, argc, argv);
  try {
    if (run->parsed()) write_sample_run(sample);
    if (big->parsed()) zp::analysis::test::write_big_file(path, names, repetitions, seed);
  } catch (const std::exception& error) {
    fprintf(stderr, "make_results: %s\n", error.what());
    return 1;
  }
  return 0;
}
