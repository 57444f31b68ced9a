// SPDX-License-Identifier: MIT
// The knob table in words.
#include "analysis/text/ascii.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

struct Extreme {
  const KnobBlock* block = nullptr;
  const KnobRow* row = nullptr;
};

// The largest of the changes that are beyond doubt.
Extreme largest(const KnobTable& table, Effect effect) {
  Extreme found;
  for (const auto& block : table.blocks)
    for (const auto& row : block.rows) {
      if (row.change.effect != effect) continue;
      const double ratio = row.change.ratio;
      if (found.row == nullptr || (effect == Effect::kSlower ? ratio > found.row->change.ratio
                                                             : ratio < found.row->change.ratio))
        found = {&block, &row};
    }
  return found;
}

// "+48.7% (+44..+49; random walk, stride 4096/fixed, 64 MiB table, whose 64 shared frames fit L2)"
std::string in_words(const Extreme& extreme) {
  const auto& [block, row] = extreme;
  const auto texts = knob_texts(*row);
  std::string frames;
  if (const auto fits = block->fits())
    frames = fmt::format(", whose {:.0f} shared frames {} L2", *block->frames,
                         *fits ? "fit" : "do not fit");
  return fmt::format("{} ({}; {} walk, stride {}, {} table{}{})", texts.change, texts.interval,
                     row->walk, texts.label, human_size(block->table_bytes), frames,
                     block->apart.empty() ? "" : ", " + block->apart);
}

}  // namespace

std::string knob_sentence(const KnobTable& table) {
  const auto rows = table.row_count();
  if (rows == 0) return {};
  const auto cpu = table.cpu.empty() ? "this CPU" : "this CPU (" + printable(table.cpu) + ")";
  if (table.passes < kPassesForInterval)
    return fmt::format(
        "What use_zero_pages=1 does on {} can't be said from {} pass{}: an interval needs {}.", cpu,
        table.passes, table.passes == 1 ? "" : "es", kPassesForInterval);
  const auto slower = table.count(Effect::kSlower), faster = table.count(Effect::kFaster),
             same = table.count(Effect::kSame), open = table.count(Effect::kUndecided);
  const auto same_text = fmt::format("the same within {:.0f} %", 100 * kSameWithin);
  if (same == rows)
    return fmt::format("On {} use_zero_pages=1 changes no read: all {} rows are {}.", cpu, rows,
                       same_text);
  if (slower + faster == 0)
    return fmt::format(
        "On {} no change by use_zero_pages=1 is beyond doubt: of {} rows {} {}, {} undecided.", cpu,
        rows, same, same_text, open);
  std::string text = fmt::format("On {} use_zero_pages=1 makes reads ", cpu);
  if (slower > 0)
    text += fmt::format("slower in {} of {} rows, most by {}", slower, rows,
                        in_words(largest(table, Effect::kSlower)));
  if (faster > 0)
    text += fmt::format("{}faster in {}{}, most by {}", slower > 0 ? ", and " : "", faster,
                        slower > 0 ? std::string() : fmt::format(" of {} rows", rows),
                        in_words(largest(table, Effect::kFaster)));
  return text + fmt::format("; {}{} {}, {} undecided.",
                            slower == 0   ? "in none slower; "
                            : faster == 0 ? "in none faster; "
                                          : "",
                            same, same_text, open);
}

std::string knob_heading(const KnobBlock& block) {
  std::string text = human_size(block.table_bytes) + " table";
  if (!block.apart.empty()) text += ", " + printable(block.apart);
  if (!block.frames) return text + ": ksm_default's frames are not known";
  text +=
      fmt::format(": ksm_default has {:.0f} frame{}", *block.frames, *block.frames == 1 ? "" : "s");
  if (block.frames_bytes) text += fmt::format(" ({})", human_size(*block.frames_bytes));
  if (const auto fits = block.fits())
    return text + fmt::format(", {} L2 ({})", *fits ? "which fit" : "too many for",
                              human_size(*block.l2_bytes));
  return text + "; the size of L2 is not known";
}

std::string knob_footnote(const KnobTable& table) {
  std::string text =
      fmt::format("ns per read, lower is better: mean over {} pass{} of the median in each",
                  table.passes, table.passes == 1 ? "" : "es");
  if (table.passes >= kPassesForInterval)
    text += fmt::format(
        ", +- half of its 95 % interval (t, the unit is the pass). change: of switching the knob "
        "on, ksm_default (KSM as shipped) to ksm_zero_page, in the same pass; !: beyond doubt (p < "
        "{:.2f} after Holm over all rows), =: the same within {:.0f} %, else undecided.",
        kEffectAlpha, 100 * kSameWithin);
  else
    text += fmt::format(
        ". change: of switching the knob on, ksm_default (KSM as shipped) to ksm_zero_page. No "
        "intervals: fewer than {} passes say nothing about the spread between them.",
        kPassesForInterval);
  return text +
         " ksm_single: one frame for all pages, what KSM did until Linux 4.12. Shared frames fit "
         "L2 where their bytes do.";
}

}  // namespace zp::analysis
