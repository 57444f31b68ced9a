// SPDX-License-Identifier: MIT
#include "tests/generator/sample_run.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace zp::analysis::test {
namespace {

class OutFile {
 public:
  explicit OutFile(const std::string& path) : file_(std::fopen(path.c_str(), "wb"), &std::fclose) {
    if (!file_) throw std::runtime_error("can't write " + path);
  }
  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    fmt::print(file_.get(), format, std::forward<Args>(args)...);
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

struct Placement {
  const char* id;
  int frames;    // 0: one a page
  double ns[4];  // at strides 64, 256, 1024, 4096
  double l1d_miss[4];
};

constexpr std::uint64_t kStrides[] = {64, 256, 1024, 4096};

constexpr Placement kPlacements[] = {
    {"private", 0, {1.85, 2.90, 4.00, 8.80}, {0.98, 1.0, 1.0, 1.0}},
    {"read_fault", 1, {0.38, 0.47, 1.19, 3.33}, {0.0, 0.01, 0.11, 0.34}},
    {"ksm_single", 1, {0.38, 0.47, 1.20, 3.35}, {0.0, 0.01, 0.12, 0.35}},
    {"ksm_default", 64, {0.39, 0.47, 0.74, 2.40}, {0.0, 0.01, 0.02, 0.03}},
    {"ksm_nonzero", 1, {0.38, 0.47, 1.20, 3.36}, {0.0, 0.01, 0.12, 0.35}},
    {"ksm_coloured:1", 1, {0.38, 0.47, 1.20, 3.35}, {0.0, 0.01, 0.12, 0.35}},
    {"ksm_coloured:2", 2, {0.39, 0.49, 0.88, 2.45}, {0.0, 0.01, 0.05, 0.1}},
    {"ksm_coloured:4", 4, {0.39, 0.49, 0.74, 2.39}, {0.0, 0.01, 0.02, 0.03}},
    {"ksm_coloured:8", 8, {0.38, 0.44, 0.68, 2.37}, {0.0, 0.01, 0.01, 0.01}},
    {"ksm_coloured:64", 64, {0.39, 0.47, 0.74, 2.40}, {0.3, 0.4, 0.4, 0.4}},
    {"ksm_coloured:128", 128, {0.42, 0.52, 0.75, 2.42}, {0.9, 0.95, 0.97, 0.98}},
    {"memfd_coloured:8", 8, {0.38, 0.44, 0.68, 2.37}, {0.0, 0.01, 0.01, 0.01}},
};

void write_context(OutFile& out, const SampleRun& run, int pass) {
  out.print(R"({{
  "context": {{
    "date": "2026-11-23T02:0{}:00+00:00",
    "host_name": "sample",
    "num_cpus": 2,
    "mhz_per_cpu": 3000,
    "caches": [{{"type": "Data", "level": 1, "size": 49152, "num_sharing": 1}}],
    "load_avg": [0.1, 0.2, 0.3],
    "library_build_type": "debug",
    "schema": "zpbench-1",
    {}"host": "{}",
    "arch": "x86_64",
    "kernel.release": "{}",
    "cpu.model": "{}",
    "cpu.governor": "unknown",
    "cache.l1d.size_bytes": "49152",
    "cache.l1d.line_bytes": "64",
    "cache.l1d.ways": "12",
    "page_size_bytes": "4096",
    "memory_bytes": "25769803776",
    "zero_page.colours": "1",
    "machine.virtualisation": "kvm",
    "machine.emulated": "{}",
    "benchmark.version": "1.7.1",
    "zpbench.git": "0123456",
    "census": "strong",
    "pass": "{}"
  }},
  "benchmarks": [
)",
            pass,
            (run.boot.empty() ? "" : "\"boot.id\": \"" + run.boot + "\",\n    ") +
                (run.counters && run.emulated
                     ? "\"counters.event.l1d_miss\": \"perf::L1-DCACHE-LOAD-MISSES\",\n    "
                     : "") +
                (run.host == 0 ? "" : fmt::format("\"host.id\": \"{:016x}\",\n    ", run.host)),
            run.host == 0 ? "sample" : fmt::format("node{}", run.host), run.kernel, run.cpu,
            run.emulated, pass);
}

void write_pass(const SampleRun& run, int pass) {
  OutFile out(fmt::format("{}/pass-{:02}.json", run.directory, pass));
  Noise noise(run.seed * 1000 + static_cast<std::uint64_t>(pass));
  write_context(out, run, pass);
  Noise boot(run.seed * 1000);  // the same in all passes
  Noise host(static_cast<std::uint64_t>(run.host));
  const char* separator = "";
  double start_s = 0;
  for (const auto table : run.tables) {
    for (const auto& placement : kPlacements) {
      for (int s = 0; s < 4; ++s) {
        const auto name = fmt::format(
            "read/placement:{}/table:{}/stride:{}/walk:random{}/threads:1/manual_time",
            placement.id, table, kStrides[s], kStrides[s] == 4096 ? "/offset:rotated" : "");
        const double of_boot =
            std::exp(run.boot_noise * boot.normal() + run.host_noise * host.normal());
        for (int r = 0; r < run.repetitions; ++r) {
          const bool single = std::string_view(placement.id) == "ksm_single";
          // Larger tables walk more TLB entries: a little slower, so that sizes differ in plots.
          const double size = 1 + 0.1 * std::log2(static_cast<double>(table) / 67108864.0);
          const double ns = placement.ns[s] * size * of_boot * (single ? run.single_frame_ns : 1) *
                            std::exp(run.noise * noise.normal());
          const auto pages = static_cast<int>(table / 4096);
          const auto reads = static_cast<double>(table / kStrides[s]);
          out.print(R"({}    {{
      "name": "{}",
      "run_name": "{}",
      "run_type": "iteration",
      "repetitions": {},
      "repetition_index": {},
      "threads": 1,
      "iterations": 1,
      "real_time": {},
      "cpu_time": {},
      "time_unit": "ns",
      "ns_per_read": {},
      "items_per_second": {},
      "frames": {},
      "start_s": {:.3f})",
                    separator, name, name, run.repetitions, r, ns * reads, ns * reads, ns, 1e9 / ns,
                    placement.frames == 0 ? pages : placement.frames, start_s);
          if (run.counters)
            out.print(
                ",\n      \"l1d_miss\": {},\n      \"dtlb_miss\": {},\n      "
                "\"model_l1d_miss\": {}",
                placement.l1d_miss[s] * std::exp(0.02 * noise.normal()), 0.01 * (s + 1),
                placement.l1d_miss[s]);
          out.print(",\n      \"label\": \"census: strong\"\n    }}");
          separator = ",\n";
          start_s += 0.25;
        }
      }
    }
    for (int s = 0; run.error_rows && s < 4; ++s) {
      out.print(
          "{}    {{\"name\": \"read/placement:ksm_zero_page/table:{}/stride:{}/walk:random/"
          "threads:1\", \"run_type\": \"iteration\", \"error_occurred\": true, "
          "\"error_message\": \"census: 3 of 16384 pages are not a zero page\", "
          "\"real_time\": 0.0, \"cpu_time\": 0.0, \"time_unit\": \"ns\"}}",
          separator, table, kStrides[s]);
    }
  }
  out.print("\n  ]\n}}\n");
}

}  // namespace

std::uint64_t Noise::next() {  // splitmix64
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

double Noise::uniform() {
  return (static_cast<double>(next() >> 11) + 0.5) / 9007199254740992.0;
}

double Noise::normal() {  // Box and Muller
  const double radius = std::sqrt(-2 * std::log(uniform()));
  return radius * std::cos(6.283185307179586 * uniform());
}

void write_sample_run(const SampleRun& run) {
  std::filesystem::create_directories(run.directory);
  std::string passes;
  for (int pass = 1; pass <= run.passes; ++pass) {
    write_pass(run, pass);
    passes += fmt::format(
        "{}\n    {{\"file\": \"pass-{:02}.json\", \"sha256\": \"\", "
        "\"started\": \"2026-11-23T02:0{}:00Z\", \"seconds\": 30}}",
        pass == 1 ? "" : ",", pass, pass);
  }
  OutFile manifest(run.directory + "/manifest.json");
  manifest.print(R"({{
  "schema": "zpbench-run-1",
  "state": "{}",
  "matrix": "quick",
  "seed": {},
  "passes_planned": {},
  "passes": [{}
  ],
  "host": "sample",
  "kernel": "{}",
  "arch": "x86_64",
  "command": "scripts/run-matrix.sh --quick --passes {}",
  "started": "2026-11-23T02:00:00Z",
  "finished": "2026-11-23T02:02:00Z"
}}
)",
                 run.state, run.seed, run.state == "complete" ? run.passes : run.passes + 1, passes,
                 run.kernel, run.passes);
}

void write_big_file(const std::string& path, int names, int repetitions, std::uint64_t seed) {
  OutFile out(path);
  Noise noise(seed);
  out.print(
      "{{\n  \"context\": {{\n    \"num_cpus\": 2,\n    \"mhz_per_cpu\": 3000,\n    "
      "\"library_build_type\": \"release\"\n  }},\n  \"benchmarks\": [\n");
  for (int n = 0; n < names; ++n) {
    for (int r = 0; r < repetitions; ++r) {
      const double time = (10 + n % 1000) * std::exp(0.01 * noise.normal());
      out.print(
          "    {{\n      \"name\": \"BM_Big/{0}/threads:1\",\n      \"family_index\": {0},\n"
          "      \"per_family_instance_index\": 0,\n      \"run_name\": "
          "\"BM_Big/{0}/threads:1\",\n      \"run_type\": \"iteration\",\n      "
          "\"repetitions\": {1},\n      \"repetition_index\": {2},\n      \"threads\": 1,\n"
          "      \"iterations\": 100000,\n      \"real_time\": {3:.16e},\n      \"cpu_time\": "
          "{4:.16e},\n      \"time_unit\": \"ns\"\n    }}{5}\n",
          n, repetitions, r, time, time * 0.99, n + 1 == names && r + 1 == repetitions ? "" : ",");
    }
  }
  out.print("  ]\n}}\n");
}

}  // namespace zp::analysis::test
