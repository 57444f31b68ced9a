// SPDX-License-Identifier: MIT
// What zpbench prints and writes: a line per cell for people, Google Benchmark's JSON for files.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "bench/progress.hpp"

namespace zp {

class Reporter : public benchmark::BenchmarkReporter {
 public:
  // `lines`: print a line per cell on stdout.
  Reporter(Progress& progress, bool lines, bool colour);
  ~Reporter() override;

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

  // The whole document, after Finalize. Valid whatever a host or a file is called.
  [[nodiscard]] const std::string& json() const { return document_; }

  [[nodiscard]] int measured_cells() const { return measured_; }
  [[nodiscard]] int failed_cells() const { return failed_; }

  // Why cells can't be measured here, the most frequent reasons first: "REASON (12 cells); ...".
  [[nodiscard]] std::string why_skipped() const;

  // "12 of 40 repetitions did not have ...": empty where none was disturbed.
  [[nodiscard]] std::string disturbance() const;

 private:
  void print_cell(const std::vector<Run>& runs) const;

  Progress& progress_;
  bool lines_, colour_;
  std::ostringstream json_text_;
  std::string document_;
  std::unique_ptr<benchmark::JSONReporter> json_;
  // Written at the end: what the context says of the run is known only then.
  std::optional<Context> context_;
  std::vector<std::vector<Run>> rows_;
  int measured_ = 0, failed_ = 0;
  std::map<std::string, int> skipped_;  // cells by reason
  std::size_t disturbed_ = 0, repetitions_ = 0;
};

}  // namespace zp
