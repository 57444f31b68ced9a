// SPDX-License-Identifier: MIT
// What a report says, whatever it is written as: text for a mail, Markdown or a page.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/claims/claims.hpp"
#include "analysis/compare/comparison.hpp"
#include "analysis/load/load.hpp"
#include "analysis/plot/gnuplot.hpp"
#include "analysis/views/cost_table.hpp"
#include "analysis/views/family_table.hpp"
#include "analysis/views/figure_table.hpp"
#include "analysis/views/knob_table.hpp"
#include "analysis/views/loop_table.hpp"
#include "analysis/views/placement_table.hpp"

namespace zp::analysis {

// Where figures come from: one result file.
struct Source {
  std::string path;
  std::string sha256;
};

struct Fact {
  std::string key;
  std::string value;
};

struct JudgedClaim {
  const Claim* claim = nullptr;
  Judgement judgement;
};

struct Report {
  const ResultSet* set = nullptr;  // the runs reported on
  KnobTable knob;                  // no rows where the runs do not hold them
  PlacementTable table;
  std::vector<FamilyTable> families;     // what was measured besides reads
  std::optional<LoopTable> loops;        // what programs feel; absent where times are hidden
  CostTable costs;                       // what a placement costs and what it gives
  std::vector<JudgedClaim> claims;       // that the run has data for
  std::vector<ErrorRow> failed;          // rows that are errors, and were not skipped
  FigureTable figures;                   // of rows that none of these shows
  std::optional<Comparison> comparison;  // against the base, when there is one
  bool show_times = true;                // false for emulated runs
  std::string headline;                  // the finding in one sentence; "" when there is none
  std::vector<std::string> how;          // how it was measured, a sentence each
  std::vector<std::string> limits;       // what the figures do not say
  std::vector<std::string> warnings;     // from the runs themselves and from loading them
  std::vector<Fact> context;             // all of it, as found
  std::vector<Fact> provenance;          // commit, kernel, command
  std::vector<Source> sources;
};

struct ReportOptions {
  std::string metric;
  CompareOptions compare;
  bool emulated_times = false;
};

// "zpbench: ..." above rows of zpbench, "Benchmarks: ..." above those of others.
std::string heading_of(const Report& report, const std::string& what);

// `base` may be null. Errors: as compare(), and a file that can't be read again for its sum.
Outcome<Report> make_report(const LoadedSides& loaded, const ReportOptions& options);

// The text above and below a patch's "---": plain ASCII, at most `width` columns.
std::string render_cover(const Report& report, std::size_t width);

std::string render_markdown_report(const Report& report, std::size_t width);

// One page that needs nothing else: no script, no network. `pictures` has the SVG text of each
// plot, and once more for a phone; both follow the reader's colour scheme.
struct PagePicture {
  Plot plot;
  std::string svg, narrow_svg;
};
std::string render_html(const Report& report, const std::vector<PagePicture>& pictures);

}  // namespace zp::analysis
