// SPDX-License-Identifier: MIT
#include "analysis/commands/commands.hpp"

#include <array>

namespace zp::analysis {

std::span<const Command> commands() {
  static constexpr std::array kCommands{
      Command{"table", "placements as rows, strides as columns", define_table},
      Command{"compare", "compares runs, with verdicts", define_compare},
      Command{"plan", "passes and boots that an effect needs", define_plan},
      Command{"plot", "pictures drawn by gnuplot", define_plot},
      Command{"report", "a page, a mail or Markdown", define_report},
      Command{"atlas", "pages covering all CPUs and kernels measured", define_atlas},
      Command{"history", "one cell across kernels", define_history},
      Command{"export", "rows as CSV or SQLite, a run as tests for CI", define_export},
      Command{"check", "whether a run can be taken into results/", define_check},
      Command{"attribute", "a time difference split into named misses", define_attribute},
      Command{"colours", "how many zero pages a machine needs", define_colours},
      Command{"model", "what the cache model predicts for a CPU", define_model},
  };
  return kCommands;
}

}  // namespace zp::analysis
