// SPDX-License-Identifier: MIT
#include "analysis/ci/formats.hpp"

#include <array>

namespace zp::analysis {

std::string write_ktap(const TestRun& run);
std::string write_lava(const TestRun& run);
std::string write_lkp(const TestRun& run);
std::string write_bmf(const TestRun& run);
std::string write_junit(const TestRun& run);
Outcome<std::string> write_kcidb(const TestRun& run, const KcidbOptions& options);

namespace {

template <std::string (*write)(const TestRun&)>
Outcome<std::string> alone(const TestRun& run, const KcidbOptions&) {
  return write(run);
}

}  // namespace

std::span<const TestFormat> test_formats() {
  static constexpr std::array kFormats{
      TestFormat{"ktap", "kernel test output", alone<write_ktap>},
      TestFormat{"lava", "name result measurement units", alone<write_lava>},
      TestFormat{"lkp", "what a parser of lkp-tests prints", alone<write_lkp>},
      TestFormat{"kcidb", "JSON of KernelCI's database, schema 5.3", write_kcidb},
      TestFormat{"bmf", "Bencher Metric Format", alone<write_bmf>},
      TestFormat{"junit", "JUnit XML", alone<write_junit>},
  };
  return kFormats;
}

const TestFormat* find_test_format(std::string_view name) {
  for (const auto& format : test_formats())
    if (format.name == name) return &format;
  return nullptr;
}

}  // namespace zp::analysis
