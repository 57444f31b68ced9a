// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "analysis/views/knob_table.hpp"

namespace zp::analysis {

// What the knob does on this CPU, in one sentence that says no more than the intervals do; "" for a
// table without rows, but where it left out some.
std::string knob_sentence(const KnobTable& table);

// "64 MiB table: ksm_default has 64 frames (256 KiB), which fit L2 (512 KiB)", or "too many for L2"
std::string knob_heading(const KnobBlock& block);

// A row's texts, whatever they are shown in: the label, a figure per column of kKnobColumns, the
// change, what is known of it ("slower", ...), that as a mark ("!", ...), and its interval.
struct KnobTexts {
  std::string label;  // "4096/fixed"
  std::vector<std::string> figures;
  std::string change, interval, effect, mark;
};
KnobTexts knob_texts(const KnobRow& row);

// How to read the figures, for the end of the table, which shows verdicts as signs or in words.
enum class KnobVerdicts { kSigns, kWords };
std::string knob_footnote(const KnobTable& table, KnobVerdicts as = KnobVerdicts::kSigns);

// Sentence, tables and footnote as plain ASCII of at most `width`; for a table without rows the
// sentence alone.
std::string render_knob_table(const KnobTable& table, std::size_t width);
// Tables and footnote as Markdown.
std::string render_knob_markdown(const KnobTable& table);

}  // namespace zp::analysis
