// SPDX-License-Identifier: MIT
// The knob table in words.
#include <optional>
#include <utility>

#include "analysis/text/ascii.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

// "64 MiB: sequential 64, 1024, random 64; 1 GiB: random 256"; of an effect, or all.
std::string names(const std::vector<KnobBlock>& blocks, std::optional<Effect> effect) {
  std::string text;
  for (const auto& block : blocks) {
    std::string of_block, walk;
    for (const auto& row : block.rows) {
      if (effect && row.change.effect != *effect) continue;
      of_block += (of_block.empty() ? "" : ", ") +
                  (row.walk == walk ? "" : shorten(row.walk, 20) + " ") + knob_texts(row).label;
      walk = row.walk;
    }
    if (of_block.empty()) continue;
    text += (text.empty() ? "" : "; ") + exact_size(block.table_bytes) +
            (block.apart.empty() ? "" : ", " + printable(block.apart)) + ": " + of_block;
  }
  return text;
}

// " (64 MiB: random 64)"; "" without a row.
std::string named(const KnobTable& table, Effect effect) {
  const auto text = names(table.blocks, effect);
  return text.empty() ? text : " (" + text + ")";
}

// "+48.7% (+44..+49; random walk, stride 4096/fixed, 64 MiB table, whose 64 shared frames fit L2)"
std::string in_words(const KnobPlace& place) {
  const auto& [block, row] = place;
  const auto texts = knob_texts(*row);
  std::string frames;
  if (const auto fits = block->fits()) {
    const bool one = *block->frames == 1;
    frames = one ? ", whose one shared frame "
                 : fmt::format(", whose {:.0f} shared frames ", *block->frames);
    frames += *fits ? (one ? "fits" : "fit") : (one ? "does not fit" : "do not fit");
    frames += block->crowds() ? " their sets of L2" : " L2";
  }
  return fmt::format("{} ({}; {} walk, stride {}, {} table{}{})", texts.change, texts.interval,
                     row->walk, texts.label, exact_size(block->table_bytes), frames,
                     block->apart.empty() ? "" : ", " + block->apart);
}

// "5 to 7", "5"
std::string from_to(const Interval& range, double factor = 1) {
  const auto low = fmt::format("{:.0f}", factor * range.low);
  const auto high = fmt::format("{:.0f}", factor * range.high);
  return low == high ? low : low + " to " + high;
}

// " in 1 of 32 L2 page colours, too many for their sets", "..., 20 to 50 % of them too many ..."
std::string crowding(const PageColours& colours) {
  const auto& share = colours.crowded_share;
  return fmt::format(" in {} of {} L2 page colours{}, {}too many for their sets",
                     from_to(colours.seen), colours.of,
                     colours.told < colours.values
                         ? fmt::format(" ({} of {} repetitions tell)", colours.told, colours.values)
                         : "",
                     share.low < 1 ? from_to(share, 100) + " % of them " : "");
}

const char* word_of(Effect effect) {
  return effect == Effect::kSlower ? "slower" : "faster";
}

// "probably (p < 0.05) slower in 2 more, most by ..."; "" where nothing is.
std::string probable_text(const KnobTable& table) {
  std::string text;
  for (const auto effect : {Effect::kSlower, Effect::kFaster}) {
    const auto count = table.count(effect, &PairedChange::probable);
    if (count == 0) continue;
    text += fmt::format(
        "{} in {}{}, most by {}",
        text.empty() ? fmt::format("probably (p < {:.2f}) {}", kProbableAlpha, word_of(effect))
                     : fmt::format(", and {}", word_of(effect)),
        count, table.count(effect) > 0 ? " more" : "",
        in_words(largest_change(table, effect, &PairedChange::probable)));
  }
  return text;
}

std::size_t count_disturbed(const KnobTable& table) {
  std::size_t count = 0;
  for (const auto& block : table.blocks)
    for (const auto& row : block.rows)
      count += row.change.interval && row.change.disturbed.mostly() ? 1U : 0U;
  return count;
}

// What the marks, or words, mean that some row has.
std::string verdicts_text(const KnobTable& table, KnobVerdicts as) {
  const auto any = [&](Effect PairedChange::*kind) {
    return table.count(Effect::kSlower, kind) + table.count(Effect::kFaster, kind) > 0;
  };
  const bool signs = as == KnobVerdicts::kSigns;
  const char* holm = " after Holm over all rows";
  std::string text;
  if (any(&PairedChange::effect))
    text += fmt::format("{}: beyond doubt (p < {}{}), ", signs ? "!" : "slower, faster", kAlpha,
                        std::exchange(holm, ""));
  if (any(&PairedChange::probable))
    text += fmt::format("{} (p < {:.2f}{}), ", signs ? "?: probable" : "probably: less sure",
                        kProbableAlpha, holm);
  if (table.count(Effect::kSame) > 0)
    text += fmt::format("{}: the same within {:.0f} %, ", signs ? "=" : "same", 100 * kThreshold);
  if (count_disturbed(table) > 0)
    text +=
        fmt::format("{}: most repetitions of one side were disturbed, ", signs ? "d" : "disturbed");
  return text.empty() ? "all undecided" : text + "else undecided";
}

// "1 (64 MiB: sequential 1024)"; where there are many, how many.
std::string unpaired_text(const KnobTable& table) {
  constexpr std::size_t kMostNamed = 12;
  const auto count = table.unpaired_count();
  return count <= kMostNamed ? fmt::format("{} ({})", count, names(table.unpaired, std::nullopt))
                             : fmt::format("{}", count);
}

std::string fits_where(const KnobTable& table) {
  for (const auto& block : table.blocks)
    if (const auto& colours = block.page_colours)
      return fmt::format(
          "Frames whose numbers are alike modulo {} are of one L2 page colour and share sets of {} "
          "lines: shared frames fit L2 where no colour has more than {} of them.",
          colours->of, colours->ways, colours->ways);
  return fmt::format(
      "Shared frames fit L2 where their bytes do{}.",
      table.host_colours ? "; the host's frames decide which of its sets they share" : "");
}

// Of rows that no unit has both columns of nothing is said.
std::string paired_sentence(const KnobTable& table) {
  const auto rows = table.row_count();
  const auto cpu = table.cpu.empty() ? "this CPU" : "this CPU (" + printable(table.cpu) + ")";
  if (rows == 0)
    return fmt::format(
        "What use_zero_pages=1 does on {} can't be said: no {} has ksm_default and ksm_zero_page "
        "of the same row.",
        cpu, unit_word(table.unit));
  if (table.units < kLeastUnits)
    return fmt::format(
        "What use_zero_pages=1 does on {} can't be said from {} {}: an interval needs {}.", cpu,
        table.units, table.units == 1 ? unit_word(table.unit) : units_word(table.unit),
        kLeastUnits);
  const auto same = table.count(Effect::kSame), open = table.count(Effect::kUndecided);
  // Probable ones are undecided, and named before the rest.
  const auto named_before = table.count(Effect::kSlower, &PairedChange::probable) +
                            table.count(Effect::kFaster, &PairedChange::probable);
  const auto same_text = fmt::format("the same within {:.0f} %", 100 * kThreshold);
  const auto rows_text = fmt::format("{} {}", rows, rows == 1 ? "row" : "rows");
  if (same == rows)
    return fmt::format("On {} use_zero_pages=1 changes no read: {} {}.", cpu,
                       rows == 1 ? "the only row is" : fmt::format("all {} are", rows_text),
                       same_text);
  const auto probable = probable_text(table);
  const auto disturbed = count_disturbed(table);
  const auto rest = fmt::format(
      "{} {}{}, {} undecided{}.", same, same_text, named(table, Effect::kSame), open - named_before,
      disturbed == 0 ? "" : fmt::format(" ({} of mostly disturbed repetitions)", disturbed));
  if (same + open == rows)
    return fmt::format("On {} no change by use_zero_pages=1 is beyond doubt{}; of {} {}", cpu,
                       probable.empty() ? "" : ", but " + probable, rows_text, rest);
  std::string changes;
  for (const auto effect : {Effect::kSlower, Effect::kFaster}) {
    const auto count = table.count(effect);
    if (count == 0) continue;
    changes += fmt::format(
        "{}{} in {}{}{}, most by {}", changes.empty() ? "" : ", and ", word_of(effect), count,
        changes.empty() ? " of " + rows_text : std::string(), named(table, effect),
        in_words(largest_change(table, effect, &PairedChange::effect)));
  }
  const char* none = table.count(Effect::kSlower) == 0   ? "in none slower"
                     : table.count(Effect::kFaster) == 0 ? "in none faster"
                                                         : "";
  return fmt::format("On {} use_zero_pages=1 makes reads {}{}{}; {}", cpu, changes,
                     probable.empty() ? "" : "; " + probable,
                     *none == 0 || !probable.empty() ? std::string() : fmt::format("; {}", none),
                     rest);
}

}  // namespace

std::string knob_sentence(const KnobTable& table) {
  const auto left_out = table.unpaired_count();
  if (table.row_count() == 0 && left_out == 0) return {};
  auto text = paired_sentence(table);
  if (table.row_count() > 0 && left_out > 0)
    text += fmt::format(" {} {} no {} with both.", left_out,
                        left_out == 1 ? "more row has" : "more rows have", unit_word(table.unit));
  return text;
}

std::string knob_heading(const KnobBlock& block) {
  std::string text = exact_size(block.table_bytes) + " table";
  if (!block.apart.empty()) text += ", " + printable(block.apart);
  if (!block.frames) return text + ": frames of ksm_default not known";
  text +=
      fmt::format(": ksm_default has {:.0f} frame{}", *block.frames, *block.frames == 1 ? "" : "s");
  if (block.frames_bytes) text += fmt::format(" ({})", human_size(*block.frames_bytes));
  if (block.crowds())
    return text + crowding(*block.page_colours) +
           fmt::format(" of L2 ({})", human_size(*block.l2_bytes));
  if (const auto fits = block.fits())
    return text + fmt::format(", {} L2 ({})",
                              !*fits               ? "too many for"
                              : *block.frames == 1 ? "which fits"
                                                   : "which fit",
                              human_size(*block.l2_bytes));
  return text + "; the size of L2 is not known";
}

std::string knob_footnote(const KnobTable& table, KnobVerdicts as) {
  const auto unit = unit_word(table.unit), units = units_word(table.unit);
  std::string text = fmt::format(
      "ns per read, lower is better: geometric mean over {}{} {} of the median in each",
      table.fewest_units == table.units ? std::string() : fmt::format("{} to ", table.fewest_units),
      table.units, table.units == 1 ? unit : units);
  text +=
      ". change: of switching the knob on, ksm_default (KSM as shipped) to ksm_zero_page, in the "
      "same " +
      std::string(unit);
  if (table.fewest_units != table.units)
    text += fmt::format("; these two columns are of the {} that have both", units);
  if (!table.unpaired.empty())
    text +=
        fmt::format("; not shown: rows of which no {} has both, {}", unit, unpaired_text(table));
  if (table.units >= kLeastUnits)
    text += fmt::format(
        "; {}. Intervals, of means where there is room, are of 95 % (moderated t, the unit is the "
        "{}).",
        verdicts_text(table, as), unit);
  else
    text +=
        fmt::format(". No intervals: fewer than {} {} say nothing about the spread between them.",
                    kLeastUnits, units);
  return text + " ksm_single: one frame for all pages, what KSM did until Linux 4.12. " +
         fits_where(table);
}

}  // namespace zp::analysis
