// SPDX-License-Identifier: MIT
// One run as the tests of a CI: a row passes when its placement was proven, whatever its speed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "analysis/stats/descriptive.hpp"
#include "harness/names/row_keys.hpp"

namespace zp::analysis {

enum class TestStatus {
  kPassed,    // measured, and every frame was seen to be as claimed; or it claims none
  kUnproven,  // measured, but not every frame could be seen
  kSkipped,   // can't be made or measured here
  kError,     // the placement was not what it claims, or nobody can say
  kFailed,    // the kernel lost or miscounted pages, or memory that it holds
};

struct TestFigure {
  Metric metric;
  Summary summary;
};

struct TestRow {
  std::string name;  // as in the file
  std::string path;  // read.placement-ksm_single.stride-1024: of [A-Za-z0-9._-], one row's alone
  TestStatus status = TestStatus::kPassed;
  std::string reason;  // of any status but kPassed
  // Of what was measured; the first is what the row is about. Under emulation nothing in which a
  // clock had a part.
  std::vector<TestFigure> figures;

  std::string lacks;  // the figure that was asked for, where the row has none of that name
  bool only_disturbance = false;  // no figure is of what the row measures

  [[nodiscard]] const TestFigure* main_figure() const {
    return figures.empty() || only_disturbance || !lacks.empty() ? nullptr : &figures.front();
  }
};

struct TestRun {
  std::vector<TestRow> rows;  // by name, numbers by value
  const ResultSet* set = nullptr;
  std::string suite;  // "zpbench"; "benchmarks" of other programs

  [[nodiscard]] std::size_t count(TestStatus status) const;
  [[nodiscard]] std::size_t skipped() const;  // what test formats call so: unproven ones, too
  [[nodiscard]] std::size_t bad() const;      // failed or in error
  [[nodiscard]] bool nothing_ran() const { return skipped() == rows.size(); }
};

// `metric` "" takes what each row is about: ns_per_read where there is one, else its first price.
// `set` must outlive what is returned.
TestRun test_run(const ResultSet& set, std::string_view metric = "");

// "read/placement:ksm_coloured:8/stride:64" -> "read.placement-ksm_coloured-8.stride-64": a path as
// kcidb takes it; two names can have the same.
std::string dotted_path(std::string_view name);

}  // namespace zp::analysis
