// SPDX-License-Identifier: MIT
#include "analysis/formats/formats.hpp"

#include <array>

#include "analysis/compare/wording.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/rows/metric.hpp"

namespace zp::analysis {

std::span<const Format> formats() {
  static constexpr std::array kFormats{
      Format{"commit", "for a commit message or a mail", render_commit},
      Format{"mmtests", "as mmtests, positive is better", render_mmtests},
      Format{"pipe", "label | base | new | Change", render_pipe},
      Format{"fastpath", "as Arm's Fastpath in linux-mm mails", render_fastpath},
      Format{"lkp", "as the 0-day robot", render_lkp},
      Format{"md", "Markdown, with intervals", render_markdown},
      Format{"csv", "one line per cell and side", render_csv, LeavesOut::kErrorsToo},
      Format{"json", "everything", render_json},
      Format{"ktap", "kernel test output; slower is 'not ok'", render_ktap, LeavesOut::kCellsAlone,
             true},
      Format{"lava", "name result measurement units", render_lava, LeavesOut::kCellsAlone, true},
  };
  return kFormats;
}

const Format* find_format(std::string_view name) {
  for (const auto& format : formats())
    if (format.name == name) return &format;
  return nullptr;
}

std::string compared_title(const Comparison& comparison, const ComparedBlock& block, Signs signs) {
  auto title = block_title(block.common);
  title += (title.empty() ? "" : ", ") + figure_text(comparison);
  const auto direction = direction_text(comparison.metric);
  if (signs == Signs::kExplained && !direction.empty()) title += " (" + direction + ")";
  return title;
}

}  // namespace zp::analysis
