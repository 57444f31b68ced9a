// SPDX-License-Identifier: MIT
#include "analysis/model/render_prediction.hpp"

#include <algorithm>
#include <bit>
#include <map>

#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"
#include "harness/support/units.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

std::string per_read(const model::SteadyState& state, std::uint64_t events) {
  return events == 0 ? "0" : three_digits(state.per_read(events));
}

std::string cycles(const model::Range& range) {
  const std::string low = three_digits(range.low), high = three_digits(range.high);
  return low == high ? low : low + "-" + high;
}
std::string cycles(const model::Cost& cost) {
  return cost.cycles_per_read ? cycles(*cost.cycles_per_read) : "";
}

bool has_prices(const model::Description& cpu) {
  return std::ranges::any_of(cpu.figures, [](const model::SourcedFigure& figure) {
    return figure.key.starts_with("loop.") || figure.key.starts_with("overlap.");
  });
}

bool has_exceptions(const model::Description& cpu) {
  return cpu.geometry.synonyms == model::SynonymRule::kVirtualCoherency;
}
bool has_synonyms(const model::Description& cpu) {
  return cpu.geometry.synonyms != model::SynonymRule::kNone &&
         cpu.geometry.synonyms != model::SynonymRule::kDuplicate;
}

std::vector<std::string> count_heads(const model::Description& cpu) {
  std::vector<std::string> heads;
  for (std::size_t k = 0; k < cpu.geometry.caches.size(); ++k) {
    heads.push_back(k == 0 ? "l1d" : fmt::format("l{}", k + 1));
    if (k == 0 && has_synonyms(cpu)) heads.emplace_back("synonym");
  }
  if (has_exceptions(cpu)) heads.emplace_back("except.");
  for (std::size_t k = 0; k < cpu.geometry.tlbs.size(); ++k)
    heads.push_back(fmt::format("dtlb{}", k + 1));
  return heads;
}

std::vector<std::string> counts_of(const model::Description& cpu, const PredictedCell& cell) {
  const model::Counts& counts = cell.state.counts;
  std::vector<std::string> texts;
  for (std::size_t k = 0; k < cpu.geometry.caches.size(); ++k) {
    texts.push_back(per_read(cell.state, counts.misses[k]));
    if (k == 0 && has_synonyms(cpu)) texts.push_back(per_read(cell.state, counts.synonym_misses));
  }
  if (has_exceptions(cpu)) texts.push_back(per_read(cell.state, counts.exceptions));
  for (std::size_t k = 0; k < cpu.geometry.tlbs.size(); ++k)
    texts.push_back(per_read(cell.state, counts.tlb_misses[k]));
  return texts;
}

std::string_view rule_words(model::SynonymRule rule) {
  return word_for(rule,
                  {"an alias is a plain hit",
                   "a hit needs the hash of the virtual address the line was last read by",
                   "a frame has one copy for each colour",
                   "one copy; reading it under another colour, or other synonym bits, moves it",
                   "a hit needs the virtual page the line was last read by",
                   "a secondary line of another colour raises an exception"});
}

// From which N on no synonym is left, and whether any N hits.
std::string synonym_words(const ColourSweep& sweep) {
  const std::uint64_t pages = sweep.colours.back();
  const auto number = [&](std::uint64_t colours) {
    return colours == pages ? std::string("one frame a page") : fmt::format("N = {}", colours);
  };
  const auto free_from = free_of_synonyms_from(sweep);
  const auto hits = first_that_hits(sweep);
  std::string text = fmt::format("Stride {}: ", sweep.stride_bytes);
  if (!free_from)
    text += "synonyms are left at every N";
  else if (*free_from == 1)
    text += "no miss is a synonym";
  else
    text += fmt::format("from {} on no synonym is left", number(*free_from));
  if (hits)
    return text +
           fmt::format("; {} hits l1d at every read.",
                       *hits == sweep.colours[0] ? "N = 1" : number(*hits) + " is the first that");
  return text + "; no N hits l1d at every read.";
}

std::string source_note(const model::Description& cpu, std::string_view key) {
  for (const model::SourcedFigure& figure : cpu.figures)
    if (figure.key == key && figure.uncertain) return " (uncertain: " + figure.source + ")";
  return "";
}

// Why cells have no figure: they lack different prices, or are more than those are for.
class Reasons {
 public:
  void add(const std::vector<std::string>& absent, const std::string& missing) {
    for (const std::string& key : absent) add_once(absent_, key);
    if (absent.empty() && !missing.empty()) add_once(others_, missing);
  }
  std::string text(const model::Description& cpu) const {
    auto all = others_;
    if (!absent_.empty()) all.insert(all.begin(), model::no_figures(cpu, absent_));
    return fmt::format("{}", fmt::join(all, "; "));
  }

 private:
  static void add_once(std::vector<std::string>& list, const std::string& text) {
    if (std::ranges::find(list, text) == list.end()) list.push_back(text);
  }
  std::vector<std::string> absent_, others_;
};

// Why no or only a doubtful estimate in cycles; empty when there is nothing to say.
std::string cost_note(const model::Description& cpu, const std::vector<PredictedCell>& cells) {
  bool any = false, uncertain = false;
  Reasons reasons;
  for (const PredictedCell& cell : cells) {
    any |= cell.cost.cycles_per_read.has_value();
    uncertain |= cell.cost.cycles_per_read && cell.cost.uncertain;
    reasons.add(cell.cost.absent, cell.cost.missing);
  }
  const std::string missing = reasons.text(cpu);
  std::string note;
  if (any)
    note = fmt::format(
        "cycles: estimated mean latency of dependent reads on {}{}; no time was "
        "measured.",
        cpu.name, uncertain ? ", from figures marked uncertain" : "");
  if (!missing.empty())
    note += (any ? " Absent" : "No estimate in cycles") + std::string(": ") + missing + ".";
  return note;
}

}  // namespace

// Cycles a read by the prices of the description, each limit by its name.
std::string render_times(const model::Description& cpu, const std::vector<PredictedCell>& cells,
                         double ghz, std::size_t width) {
  std::string text;
  Reasons reasons;
  bool uncertain = false;
  std::map<std::uint64_t, std::vector<const PredictedCell*>> by_stride;
  for (const PredictedCell& cell : cells) {
    if (!cell.time.limits.empty())
      by_stride[cell.stride_bytes].push_back(&cell);
    else
      reasons.add(cell.time.absent, cell.time.missing);
    uncertain |= !cell.time.limits.empty() && cell.time.uncertain;
  }
  const std::string missing = reasons.text(cpu);
  if (by_stride.empty())
    return has_prices(cpu) && !missing.empty()
               ? "\n" + paragraph("No time of a read: " + missing + ".", width)
               : "";
  for (const auto& [stride, rows] : by_stride) {
    TextTable table(2, 1);
    std::vector<std::string> head{fmt::format("stride {}", stride), "cycles"};
    if (ghz > 0) head.emplace_back("ns");
    head.insert(head.end(), {"limited by", "then by"});
    table.add_row(head);
    for (const PredictedCell* cell : rows) {
      const auto& limits = cell->time.limits;
      std::vector<std::string> row{shorten(cell->placement, 18), cycles(limits[0].cycles_per_read)};
      if (ghz > 0)
        row.push_back(cycles(model::Range{limits[0].cycles_per_read.low / ghz,
                                          limits[0].cycles_per_read.high / ghz}));
      row.emplace_back(name_of(limits[0].bound));
      row.emplace_back(limits.size() > 1 ? short_name_of(limits[1].bound) : "");
      table.add_row(std::move(row));
    }
    text += "\n" + table.text();
  }
  text +=
      "\n" + paragraph(fmt::format("A read as the prices of {} predict it{}: the largest of what "
                                   "the loop, fills, one line's turn-around and page walks "
                                   "allow, or the sum of latencies. No time was measured.",
                                   cpu.name, uncertain ? ", some of them uncertain" : ""),
                       width);
  if (!missing.empty()) text += paragraph("Absent: " + missing + ".", width);
  return text;
}

std::string render_model_head(const model::Description& cpu, const PredictOptions& options,
                              std::size_t width) {
  std::string text = paragraph(fmt::format("Model {}: {}", cpu.name, cpu.about), width);
  text +=
      paragraph(fmt::format("Synonym rule {}: {}{}.", model::name_of(cpu.geometry.synonyms),
                            rule_words(cpu.geometry.synonyms), source_note(cpu, "l1d.synonyms")),
                width);
  text += paragraph(
      fmt::format("Table {} of {} pages, {} walk{}, constructed frames (none was observed); misses "
                  "a read in the steady state.",
                  human_size(options.table_bytes), human_size(cpu.page_bytes), options.walk,
                  options.rotated ? " with rotated offsets" : ""),
      width);
  return text;
}

std::string render_cells(const model::Description& cpu, const std::vector<PredictedCell>& cells,
                         std::size_t width) {
  std::map<std::uint64_t, std::vector<PredictedCell>> by_stride;
  for (const PredictedCell& cell : cells) by_stride[cell.stride_bytes].push_back(cell);
  const bool costs = std::ranges::any_of(
      cells, [](const PredictedCell& cell) { return cell.cost.cycles_per_read.has_value(); });
  std::string text;
  for (const auto& [stride, rows] : by_stride) {
    TextTable table(2, 1);
    std::vector<std::string> head{fmt::format("stride {}", stride), "frames"};
    for (std::string& name : count_heads(cpu)) head.push_back(std::move(name));
    if (costs) head.emplace_back("cycles");
    table.add_row(head);
    for (const PredictedCell& cell : rows) {
      std::vector<std::string> row{shorten(cell.placement, 18), std::to_string(cell.frames)};
      for (std::string& count : counts_of(cpu, cell)) row.push_back(std::move(count));
      if (costs) row.push_back(cycles(cell.cost));
      table.add_row(std::move(row));
    }
    text += "\n" + table.text();
  }
  const std::string note = cost_note(cpu, cells);
  if (!note.empty()) text += "\n" + paragraph(note, width);
  return text;
}

std::string render_sweep(const model::Description& cpu, const ColourSweep& sweep,
                         std::size_t width) {
  double largest = 0;
  for (const PredictedCell& cell : sweep.cells)
    largest = std::max(largest, cell.state.per_read(cell.state.counts.misses[0]));
  TextTable table(2, 1);
  std::vector<std::string> head{"N"};
  for (std::string& name : count_heads(cpu)) head.push_back(std::move(name));
  if (sweep.by_time) head.insert(head.end(), {"cycles", "limit"});
  table.add_row(head);
  for (std::size_t i = 0; i < sweep.cells.size(); ++i) {
    const bool last = i + 1 == sweep.cells.size();
    std::vector<std::string> row{last ? "private" : std::to_string(sweep.colours[i])};
    for (std::string& count : counts_of(cpu, sweep.cells[i])) row.push_back(std::move(count));
    if (sweep.by_time && !sweep.cells[i].time.limits.empty()) {
      const model::Limit& limit = sweep.cells[i].time.limits.front();
      row.push_back(cycles(limit.cycles_per_read));
      row.emplace_back(short_name_of(limit.bound));
    }
    table.add_row(std::move(row));
  }
  const std::size_t bar_width = width > table.width() + 4 ? width - table.width() - 4 : 0;
  const auto bar_of = [&](double share) {
    return static_cast<std::size_t>(share / largest * static_cast<double>(bar_width) + 0.5);
  };

  std::string text =
      fmt::format("\nstride {}: l1d misses per read against N colours{}\n", sweep.stride_bytes,
                  has_synonyms(cpu) ? " (s: synonyms, #: others)" : "");
  std::string lines = table.text();
  const std::size_t table_width = table.width();
  for (std::size_t i = 0, begin = 0; begin < lines.size(); ++i) {
    const auto end = lines.find('\n', begin);
    std::string line = lines.substr(begin, end - begin);
    begin = end + 1;
    if (i > 0 && largest > 0 && bar_width >= 8) {
      const PredictedCell& cell = sweep.cells[i - 1];
      const std::uint64_t synonyms = has_synonyms(cpu) ? cell.state.counts.synonym_misses : 0;
      const std::size_t all = bar_of(cell.state.per_read(cell.state.counts.misses[0]));
      const std::size_t aliased = std::min(all, bar_of(cell.state.per_read(synonyms)));
      line.resize(std::max(line.size(), table_width), ' ');
      line += " |" + std::string(aliased, 's') + std::string(all - aliased, '#');
    }
    if (i == sweep.smallest + 1 && !sweep.undecided) {
      // The mark needs a column that neither figures nor bars use.
      line[0] = '*';
    }
    text += line + "\n";
  }
  return text;
}

std::string render_sweep_verdict(const std::vector<ColourSweep>& sweeps,
                                 const model::Description& cpu, std::size_t width) {
  std::uint64_t overall = 1;
  bool one_frame_a_page = false, by_time = false;
  std::string each, undecided, text = "\n";
  for (const ColourSweep& sweep : sweeps) {
    if (has_synonyms(cpu)) text += paragraph(synonym_words(sweep), width);
    if (sweep.undecided) {
      undecided += fmt::format("{}{}", undecided.empty() ? "" : ", ", sweep.stride_bytes);
      continue;
    }
    const std::uint64_t colours = sweep.colours[sweep.smallest];
    one_frame_a_page |= sweep.smallest + 1 == sweep.cells.size();
    by_time |= sweep.by_time;
    overall = std::max(overall, colours);
    each += fmt::format("{}{} at stride {}", each.empty() ? "" : ", ", colours, sweep.stride_bytes);
  }
  if (!each.empty())
    text += paragraph(
        fmt::format("* the smallest N that suffices: {}. {}", each,
                    by_time
                        ? fmt::format("No other N is over 5 % faster by the prices of {}, which "
                                      "is an estimate.",
                                      cpu.name)
                        : "No other N misses less; deeper levels count first."),
        width, 2);
  const std::string linux_keeps =
      cpu.zero_page_colours ? fmt::format(" Linux keeps {} there.", *cpu.zero_page_colours) : "";
  if (!undecided.empty())
    return text +
           paragraph(fmt::format("At stride {} counts do not decide how many suffice: more colours "
                                 "turn synonym misses into ordinary ones. What a synonym costs "
                                 "above an ordinary miss decides, and the description of {} "
                                 "can't say.{}",
                                 undecided, cpu.name, linux_keeps),
                     width);
  if (one_frame_a_page)
    return text + paragraph(
                      "A stride does best with one frame a page: no number of colours "
                      "replaces private frames there.",
                      width);
  const int order = std::countr_zero(overall);
  text += paragraph(
      fmt::format("Over these strides the model of {} asks for {} {}, order {} in "
                  "setup_zero_pages().{}",
                  cpu.name, overall, overall == 1 ? "zero page" : "zero pages", order, linux_keeps),
      width);
  return text;
}

std::string render_sources(const model::Description& cpu, std::size_t width) {
  std::string text = paragraph(fmt::format("{}: {}", cpu.name, cpu.about), width) + "\n";
  for (const model::SourcedFigure& figure : cpu.figures)
    text += paragraph(fmt::format("  {} = {} [{}{}]", figure.key, figure.value,
                                  figure.uncertain ? "uncertain: " : "", figure.source),
                      width, 6);
  return text;
}

}  // namespace zp::analysis
