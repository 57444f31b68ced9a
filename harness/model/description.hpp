// SPDX-License-Identifier: MIT
// A CPU as a text file (harness/model/cpus/*.cpu, docs/model.md): its geometry, its latencies, and
// for each figure the source it was read in, or the word "uncertain" and why.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/geometry.hpp"

namespace zp::model {

struct Range {
  double low = 0;
  double high = 0;
};

// One line of the file, as written.
struct SourcedFigure {
  std::string key;
  std::string value;
  std::string source;  // the source's text, or the reason of the uncertainty
  bool uncertain = false;
  unsigned line = 0;
};

// In CPU cycles, each as a range; absent where no source gives one.
struct Latencies {
  std::array<std::optional<Range>, kMaxCaches> caches;  // load to use, served by this level
  std::optional<Range> memory;                          // load to use, served by none
  std::optional<Range> synonym;    // load to use of a synonym miss, when it is not the next level's
  std::optional<Range> exception;  // taking and handling one coherency exception
  std::array<std::optional<Range>, kMaxTlbs>
      tlbs;                   // added when this TLB level served; the first: 0
  std::optional<Range> walk;  // added when none did
};

// Throughput: CPU cycles per read with as many independent reads in flight as the CPU takes. Each
// is a measured figure; absent where nobody measured it.
struct Overlap {
  std::optional<Range> same_line;  // synonyms of one line, each through another address
  // Saved when a walk goes on to another line: its reads are served while the last ones of the line
  // before still wait. Nothing unless given.
  std::optional<Range> next_line;
  std::optional<Range> same_set;  // lines of the second level that go into one first-level set
  // ... that are synonyms, in either order unless the shuffled one has a price; unless given, as
  // other lines.
  std::optional<Range> same_set_synonym, shuffled_same_set_synonym;
  std::optional<Range> lines;  // lines of the second level, spread over the sets
  std::array<std::optional<Range>, kMaxCaches> caches;  // served by the third level, the fourth
  std::optional<Range> memory;
  std::optional<Range> walk;  // one page walk per read, pages in order
  // More for one whose entry comes from the third level; unless given, as a line from there.
  std::optional<Range> l3_entry;
  // ... in shuffled order; unless given, a walk and the fill of an entry of the page table.
  std::optional<Range> shuffled_walk;
};

// CPU cycles per read that the loops of harness/walk allow when every read hits the first level.
struct Loop {
  std::optional<Range> sequential;
  std::optional<Range> random;
  std::optional<Range> dependent;  // added to the latency of each read of the chain
};

struct Description {
  std::string name;
  std::string about;
  std::uint64_t page_bytes = 4096;                 // what Linux uses there
  std::optional<std::uint64_t> zero_page_colours;  // zero pages Linux keeps there
  // In a guest: what its host maps memory in, where the prices of page walks are of that.
  std::optional<std::uint64_t> nested_page_bytes;
  Geometry geometry;
  Latencies latencies;
  Overlap overlap;
  Loop loop;
  std::optional<Range> clock_ghz;      // the clock the cycles are of, where it was measured
  std::vector<SourcedFigure> figures;  // in the order of the file
};

// `file` is what errors call the text: "FILE:LINE: what is wrong; what to do".
Outcome<Description> parse_description(std::string_view text, std::string_view file);

// Reads at most 1 MiB.
Outcome<Description> load_description(const std::string& path);

}  // namespace zp::model
