// SPDX-License-Identifier: MIT
// Makes run directories and big files whose figures are invented, to test what reads them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace zp::analysis::test {

// Same sequence on every platform, unlike std::normal_distribution.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed) {}
  double uniform();  // (0, 1)
  double normal();   // mean 0, standard deviation 1

 private:
  std::uint64_t next();
  std::uint64_t state_;
};

struct SampleRun {
  std::string directory = {};
  std::string kernel = "6.1.0-test";
  std::string cpu = "Sample CPU 9000";
  std::string boot = {};  // boot.id; "" as before it was recorded
  int host = 0;           // host.id; 0 as before it was recorded
  std::uint64_t seed = 1;
  int passes = 3;
  int repetitions = 3;           // a pass
  double noise = 0.01;           // standard deviation, relative
  double boot_noise = 0;         // the same for what the run's boot does to each cell
  double host_noise = 0;         // the same for the host, whatever it runs
  double single_frame_ns = 1.0;  // factor on ksm_single's times: what a "kernel change" did
  std::vector<std::uint64_t> tables{67108864};
  bool emulated = false;
  bool counters = false;   // l1d_miss, dtlb_miss and model_l1d_miss
  bool error_rows = true;  // ksm_zero_page can't be made
  std::string state = "complete";
};

// Times follow what was measured on a Zen 5 machine (one frame slow at 1024 and 4096). Throws
// std::runtime_error when the directory can't be written.
void write_sample_run(const SampleRun& run);

// `names` cells x `repetitions` rows in Google Benchmark's own layout, about 330 bytes a row.
void write_big_file(const std::string& path, int names, int repetitions, std::uint64_t seed);

}  // namespace zp::analysis::test
