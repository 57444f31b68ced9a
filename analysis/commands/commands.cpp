// SPDX-License-Identifier: MIT
#include "analysis/commands/commands.hpp"

#include <array>

namespace zp::analysis {

std::span<const Command> commands() {
  static constexpr std::array kCommands{
      Command{"compare", "sides against each other, with verdicts", define_compare},
      Command{"table", "placements as rows, strides as columns", define_table},
  };
  return kCommands;
}

}  // namespace zp::analysis
