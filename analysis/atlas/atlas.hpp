// SPDX-License-Identifier: MIT
// What each CPU does with one frame, by kernel: the runs of many machines side by side, never
// pooled.
#pragma once

#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "analysis/views/knob_table.hpp"
#include "analysis/views/paired.hpp"

namespace zp::analysis {

// What one frame costs against eight, in a cell that is named beforehand: the worst of many would
// be an accident as often as not.
struct OneFrameCost {
  std::string cell;  // "sequential 1024"
  PairedChange change;
};

// All runs of one kernel on one kind of machine, as compare has it.
struct AtlasEntry {
  ResultSet set;
  std::string kernel = {};
  std::string machine = {};  // "hardware", "virtual machine (kvm)", "emulated (qemu)"
  bool emulated = false;
  std::string zero_pages = {};           // of the kernel; "" where the run does not say
  std::string rule = {};                 // of synonyms: "utag 12^27 ...; synonym 19.5 cycles"
  std::string rule_source = {};          // "measured by zpbench --probe"
  std::string times_of = {};             // "Times are those of 9 runs: ..."; "": of all
  std::string differs = {};              // "Runs are taken together that differ: ..."; "": nothing
  std::vector<OneFrameCost> costs = {};  // 64 MiB table; empty for emulated runs
  // How many zero pages do, by measured sweep: "random: 16", one per walk.
  std::vector<std::string> suffices = {};
  KnobTable knob = {};  // without rows for emulated runs
};

struct AtlasCpu {
  std::string cpu;
  std::string file;  // of its page
  std::vector<AtlasEntry> kernels;
};

// CPUs in order of name, kernels of each from the oldest on. Runs that do not say on what CPU or
// kernel they were made, as those of other programs, are left out and counted in `left_out`.
struct Atlas {
  std::vector<AtlasCpu> cpus;
  std::size_t runs = 0;
  std::size_t left_out = 0;
  std::size_t mixed = 0;  // runs left out that are of several machines or kernels themselves
  std::vector<ErrorRow> missing_passes;
};
Atlas make_atlas(ResultSet set);

// The overview, index.html, and a page per CPU: name and text.
struct AtlasPage {
  std::string file;
  std::string html;
};
std::vector<AtlasPage> render_atlas(const Atlas& atlas);

}  // namespace zp::analysis
