// SPDX-License-Identifier: MIT
#include "bench/families.hpp"

#include <algorithm>
#include <array>

#include "bench/program_families.hpp"
#include "harness/families/ancestor.hpp"
#include "harness/families/collapse.hpp"
#include "harness/families/cow.hpp"
#include "harness/families/fault.hpp"
#include "harness/families/fault_processes.hpp"
#include "harness/families/guest.hpp"
#include "harness/families/metadata.hpp"
#include "harness/families/numa.hpp"
#include "harness/families/pin.hpp"
#include "harness/families/rmap.hpp"
#include "harness/families/safety.hpp"
#include "harness/families/scan.hpp"
#include "harness/families/split.hpp"
#include "harness/families/swap.hpp"
#include "harness/families/toggle.hpp"
#include "harness/families/unmerge.hpp"
#include "harness/host/available_memory.hpp"
#include "harness/host/page_size.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/name_parts.hpp"

namespace zp {
namespace {

using Cells = std::vector<FamilyCell>;

constexpr std::array kArms{false, true};

// A request for tables of the size asked for, or as the family has them.
template <class Request>
Request with_table(const FamilyChoice& choice) {
  Request request;
  if (choice.table_bytes) request.table_bytes = *choice.table_bytes;
  return request;
}

// "FAMILY/placement:ID/table:BYTES", to which more can be added.
template <class Request>
NameWriter table_name(std::string_view family, const Request& request) {
  NameWriter name(family);
  name.add("placement", to_string(request.placement)).add("table", request.table_bytes);
  return name;
}

// A cell of tables in one placement.
template <class Request>
FamilyCell table_cell(const NameWriter& name, const Request& request, const PlacementId& placement,
                      Outcome<Figures> (*measure)(const Request&, FamilyEnvironment&)) {
  return {name.text(), placement, memory_needed_bytes(placement, request.table_bytes),
          [request, measure](FamilyEnvironment& e) { return measure(request, e); }};
}

void add_ancestor(const FamilyChoice& choice, Cells& cells) {
  for (const PlacementKind kind : {PlacementKind::kHugeZero, PlacementKind::kReadFault})
    for (const bool seek : {false, true}) {
      auto request = with_table<AncestorRequest>(choice);
      request.placement = {kind, 0};
      request.seek = seek;
      cells.push_back(
          table_cell(table_name("ancestor", request).add("walk", seek ? "seek" : "compare"),
                     request, request.placement, measure_ancestor));
    }
}

void add_collapse(const FamilyChoice& choice, Cells& cells) {
  using enum PlacementKind;
  const auto add = [&](PlacementKind kind, CollapseZeros zeros, PtesNone ptes_none,
                       CollapseWay way) {
    auto request = with_table<CollapseRequest>(choice);
    request.placement = {kind, 0};
    request.zeros = zeros;
    request.ptes_none = ptes_none;
    request.way = way;
    cells.push_back(table_cell(table_name("collapse", request)
                                   .add("zeros", to_string(zeros))
                                   .add("max_ptes_none", to_string(ptes_none))
                                   .add("way", to_string(way)),
                               request, request.placement, measure_collapse));
    // All of it becomes huge pages, beside what it was before.
    cells.back().memory_bytes = std::max(cells.back().memory_bytes, 2 * request.table_bytes);
  };
  for (const PlacementKind kind : {kKsmZeroPage, kKsmDefault, kReadFault}) {
    for (const PtesNone ptes_none : {PtesNone::kZero, PtesNone::kFourFifths, PtesNone::kAllButOne})
      add(kind, CollapseZeros::kAllButOne, ptes_none, CollapseWay::kKhugepaged);
    add(kind, CollapseZeros::kAllButOne, PtesNone::kZero, CollapseWay::kMadvise);
  }
  for (const PlacementKind kind : {kKsmZeroPage, kKsmDefault})
    for (const PtesNone ptes_none : {PtesNone::kZero, PtesNone::kFourFifths})
      add(kind, CollapseZeros::kHalf, ptes_none, CollapseWay::kKhugepaged);
}

void add_cow(const FamilyChoice& choice, Cells& cells) {
  using enum PlacementKind;
  for (const PlacementKind kind :
       {kPrivate, kReadFault, kHugeZero, kKsmSingle, kKsmDefault, kKsmZeroPage}) {
    auto request = with_table<CowRequest>(choice);
    request.placement = {kind, 0};
    cells.push_back(
        table_cell(table_name("cow", request), request, request.placement, measure_cow));
    // Merged or not, all of it becomes this process's own.
    cells.back().memory_bytes = std::max(cells.back().memory_bytes, request.table_bytes);
  }
}

void add_fault(const FamilyChoice& choice, Cells& cells) {
  using enum PlacementKind;
  constexpr PlacementId kHuge{kHugeZero, 0};
  // First: once this process has touched the huge zero page, nothing takes it from the kernel.
  if (choice.drop_caches) {
    const auto request = with_table<FaultDroppedRequest>(choice);
    cells.push_back(table_cell(NameWriter("fault")
                                   .add("placement", to_string(kHuge))
                                   .add("table", request.table_bytes)
                                   .add("way", "drop_caches"),
                               request, kHuge, measure_fault_dropped));
    cells.back().drops_caches = true;
  }
  for (const PlacementKind kind : {kReadFault, kPopulateRead, kUffdZero, kShmemHole, kPrivate,
                                   kHugeZero, kHugePrivate, kKsmSingle, kKsmZeroPage}) {
    auto request = with_table<FaultRequest>(choice);
    request.placement = {kind, 0};
    cells.push_back(
        table_cell(table_name("fault", request), request, request.placement, measure_fault));
  }
  for (const PlacementKind kind : {kReadFault, kHugeZero})
    for (const std::size_t processes : {2U, 8U}) {
      auto request = with_table<FaultProcessesRequest>(choice);
      request.placement = {kind, 0};
      request.processes = processes;
      cells.push_back(table_cell(table_name("fault", request).add("processes", processes), request,
                                 request.placement, measure_fault_processes));
      cells.back().memory_bytes *= processes;
    }
}

void add_guest(const FamilyChoice& choice, Cells& cells) {
  constexpr std::uint64_t kQemuBytes = 128ULL << 20;  // besides the guest's memory
  for (const bool huge_pages : {false, true})
    for (const bool use_zero_pages : kArms) {
      GuestRequest request;
      request.use_zero_pages = use_zero_pages;
      request.huge_pages = huge_pages;
      request.kernel = choice.guest_kernel;
      cells.push_back({NameWriter("guest")
                           .add("use_zero_pages", use_zero_pages)
                           .add("huge_pages", huge_pages)
                           .add("memory", request.memory_bytes)
                           .text(),
                       ksm_zero_placement(use_zero_pages), request.memory_bytes + kQemuBytes,
                       [request](FamilyEnvironment& e) { return measure_guest(request, e); }});
    }
}

void add_metadata(const FamilyChoice& choice, Cells& cells) {
  using enum PlacementKind;
  for (const PlacementKind kind : {kKsmSingle, kKsmDefault, kKsmZeroPage}) {
    auto request = with_table<MetadataRequest>(choice);
    request.placement = {kind, 0};
    cells.push_back(
        table_cell(table_name("metadata", request), request, request.placement, measure_metadata));
  }
}

void add_numa(const FamilyChoice& choice, Cells& cells) {
  for (const bool use_zero_pages : kArms)
    for (const bool merge_across_nodes : {true, false}) {
      auto request = with_table<NumaRequest>(choice);
      request.use_zero_pages = use_zero_pages;
      request.merge_across_nodes = merge_across_nodes;
      cells.push_back(table_cell(NameWriter("numa")
                                     .add("use_zero_pages", use_zero_pages)
                                     .add("merge_across_nodes", merge_across_nodes)
                                     .add("table", request.table_bytes),
                                 request, ksm_zero_placement(use_zero_pages), measure_numa));
      cells.back().memory_bytes *= 2;  // a table on each of two nodes
    }
}

void add_rmap(const FamilyChoice&, Cells& cells) {
  using enum PlacementKind;
  constexpr std::uint64_t kManyVmas = 20000, kManySharers = 256;
  const auto add = [&](RmapWay way, PlacementKind kind, std::uint64_t sharers, std::uint64_t vmas) {
    RmapRequest request;
    request.placement = {kind, 0};
    request.sharers = sharers;
    request.vmas = vmas;
    request.way = way;
    cells.push_back(
        {NameWriter("rmap")
             .add("placement", to_string(request.placement))
             .add("sharers", sharers)
             .add("vmas", vmas)
             .add("way", to_string(way))
             .text(),
         request.placement,
         memory_needed_bytes(request.placement, rmap_table_pages(request) * system_page_bytes()),
         [request](FamilyEnvironment& e) { return measure_rmap(request, e); }});
    cells.back().adds_swap = way == RmapWay::kPageout;
  };
  for (const RmapWay way : {RmapWay::kPageout, RmapWay::kMigrate})
    for (const std::uint64_t vmas : {std::uint64_t{1}, kManyVmas}) {
      for (const std::uint64_t sharers : {std::uint64_t{2}, kManySharers})
        add(way, kKsmNonzero, sharers, vmas);
      add(way, kPrivate, 1, vmas);
      add(way, kReadFault, kManySharers, vmas);
    }
}

void add_pin(const FamilyChoice& choice, Cells& cells) {
  using enum PlacementKind;
  using enum PinWay;
  for (const PlacementKind kind : {kReadFault, kKsmSingle, kKsmZeroPage})
    for (const PinWay way : {kIoUring, kMlock, kMlockOnfault, kVmsplice}) {
      auto request = with_table<PinRequest>(choice);
      request.placement = {kind, 0};
      request.way = way;
      cells.push_back(table_cell(NameWriter("pin")
                                     .add("placement", to_string(request.placement))
                                     .add("way", to_string(way))
                                     .add("table", request.table_bytes),
                                 request, request.placement, measure_pin));
      // All of it may become this process's own.
      cells.back().memory_bytes = std::max(cells.back().memory_bytes, request.table_bytes);
    }
}

void add_safety(const FamilyChoice&, Cells& cells) {
  constexpr std::uint64_t kManyCopies = 64;  // of a table of half a MiB: threads, forks, remnants
  constexpr std::pair<SafetyMode, const char*> kModes[] = {{SafetyMode::kMerged, "merged"},
                                                           {SafetyMode::kRacing, "racing"},
                                                           {SafetyMode::kPressure, "pressure"}};
  for (const auto& [mode, name] : kModes)
    for (const bool use_zero_pages : kArms) {
      SafetyRequest request;
      request.use_zero_pages = use_zero_pages;
      request.mode = mode;
      cells.push_back(
          {NameWriter("safety").add("use_zero_pages", use_zero_pages).add("mode", name).text(),
           ksm_zero_placement(use_zero_pages),
           kManyCopies * request.pages_a_table * system_page_bytes(),
           [request](FamilyEnvironment& e) { return measure_safety(request, e); }});
    }
}

void add_scan(const FamilyChoice& choice, Cells& cells) {
  using enum ScanKind;
  constexpr const char* kModes[] = {"plain", "smart_scan", "advisor", "zero_only"};
  const auto add = [&](const ScanContents& contents, ScanMode mode) {
    for (const bool use_zero_pages : kArms) {
      if (mode == ScanMode::kZeroOnly && !use_zero_pages) continue;
      auto request = with_table<ScanRequest>(choice);
      request.contents = contents;
      request.use_zero_pages = use_zero_pages;
      request.mode = mode;
      cells.push_back(table_cell(NameWriter("scan")
                                     .add("contents", to_string(contents))
                                     .add("use_zero_pages", use_zero_pages)
                                     .add("mode", kModes[static_cast<int>(mode)])
                                     .add("table", request.table_bytes),
                                 request, ksm_zero_placement(use_zero_pages), measure_scan));
    }
  };
  // Unique pages are those with 0 % of zeros.
  for (const ScanKind kind : {kUnique, kIdentical, kVolatile, kCollisionEarly, kCollisionLate})
    add({kind, 0}, ScanMode::kPlain);
  for (const std::uint64_t percent : {1U, 50U, 99U, 100U}) add({kZero, percent}, ScanMode::kPlain);
  for (const ScanMode mode : {ScanMode::kSmartScan, ScanMode::kAdvisor, ScanMode::kZeroOnly})
    add({kZero, 50}, mode);
  for (const ScanKind kind : {kUnique, kIdentical}) add({kind, 0}, ScanMode::kZeroOnly);
}

void add_split(const FamilyChoice& choice, Cells& cells) {
  const auto add = [&](SplitWay way, SplitContents contents, bool use_zero_pages,
                       bool shrink_underused) {
    auto request = with_table<SplitRequest>(choice);
    request.way = way;
    request.contents = contents;
    request.use_zero_pages = use_zero_pages;
    request.shrink_underused = shrink_underused;
    cells.push_back(table_cell(NameWriter("split")
                                   .add("contents", to_string(contents))
                                   .add("use_zero_pages", use_zero_pages)
                                   .add("shrink_underused", shrink_underused)
                                   .add("way", to_string(way))
                                   .add("table", request.table_bytes),
                               request, ksm_zero_placement(use_zero_pages), measure_split));
  };
  using enum SplitWay;
  for (const SplitWay way : {kDebugfs, kPageout, kFree, kKsm, kDontneed})
    for (const bool use_zero_pages : kArms)
      for (const bool shrink_underused : kArms)
        add(way, SplitContents::kZero, use_zero_pages, shrink_underused);
  // What looking for zeros costs.
  for (const SplitContents contents : {SplitContents::kFirstWord, SplitContents::kLastWord})
    add(kFree, contents, false, false);
}

void add_swap(const FamilyChoice& choice, Cells& cells) {
  using enum SwapContents;
  for (const SwapWay way : {SwapWay::kZram, SwapWay::kHost})
    for (const SwapContents contents : {kZero, kOneWord, kNonzero}) {
      auto request = with_table<SwapRequest>(choice);
      request.contents = contents;
      request.way = way;
      cells.push_back(table_cell(NameWriter("swap")
                                     .add("contents", to_string(contents))
                                     .add("way", to_string(way))
                                     .add("table", request.table_bytes),
                                 request, {PlacementKind::kPrivate, 0}, measure_swap));
      cells.back().memory_bytes *= 2;  // in the table, and in compressed memory
      cells.back().adds_swap = way == SwapWay::kZram;
    }
}

void add_toggle(const FamilyChoice& choice, Cells& cells) {
  for (const bool to : {true, false}) {
    auto request = with_table<ToggleRequest>(choice);
    request.to = to;
    cells.push_back(table_cell(
        NameWriter("toggle").add("from", !to).add("to", to).add("table", request.table_bytes),
        request, ksm_zero_placement(true), measure_toggle));
    cells.back().memory_bytes *= 2;  // one table merged before, one after
  }
}

void add_unmerge(const FamilyChoice& choice, Cells& cells) {
  for (const PlacementKind kind : {PlacementKind::kKsmSingle, PlacementKind::kKsmZeroPage})
    for (const UnmergeWay way : {UnmergeWay::kMadvise, UnmergeWay::kRun2}) {
      auto request = with_table<UnmergeRequest>(choice);
      request.placement = {kind, 0};
      request.way = way;
      cells.push_back(table_cell(NameWriter("unmerge")
                                     .add("placement", to_string(request.placement))
                                     .add("way", way == UnmergeWay::kMadvise ? "madvise" : "run2")
                                     .add("table", request.table_bytes),
                                 request, request.placement, measure_unmerge));
    }
}

struct Family {
  std::string_view name;
  bool repeated;   // a timing; else its cells are measured once a pass
  double seconds;  // of one repetition of a cell, about: a reference run's mean
  void (*add)(const FamilyChoice& choice, Cells& cells);
  std::span<const KnobWrite> knobs = {};  // besides those of its placements
};

constexpr KnobWrite kCollapseKnobs[] = {{"thp.enabled", KnobWrite::When::kWhereNever},
                                        {"thp.khugepaged.max_ptes_none"},
                                        {"thp.khugepaged.pages_to_scan"},
                                        {"thp.khugepaged.scan_sleep_millisecs"}};
constexpr KnobWrite kGuestKnobs[] = {{"thp.enabled", KnobWrite::When::kWhereNever}};
constexpr KnobWrite kSplitKnobs[] = {{"thp.enabled", KnobWrite::When::kWhereNever},
                                     {"thp.shrink_underused"}};
constexpr KnobWrite kNumaKnobs[] = {{"ksm.merge_across_nodes"}};

constexpr std::array kFamilies{Family{"ancestor", true, 2.0, add_ancestor},
                               Family{"collapse", false, 1.0, add_collapse, kCollapseKnobs},
                               Family{"cow", true, 0.55, add_cow},
                               Family{"fault", true, 0.25, add_fault},
                               Family{"guest", false, 11.5, add_guest, kGuestKnobs},
                               Family{"kernels", true, 0.2, add_kernels},
                               Family{"metadata", false, 0.6, add_metadata},
                               Family{"mixed", false, 0.5, add_mixed},
                               Family{"numa", false, 1.5, add_numa, kNumaKnobs},
                               Family{"pin", true, 0.4, add_pin},
                               Family{"readers", false, 0.3, add_readers},
                               Family{"rmap", true, 0.5, add_rmap},
                               Family{"safety", false, 5.2, add_safety},
                               Family{"scan", true, 0.65, add_scan},
                               Family{"split", true, 0.2, add_split, kSplitKnobs},
                               Family{"swap", true, 0.3, add_swap},
                               Family{"toggle", false, 0.3, add_toggle},
                               Family{"unmerge", true, 0.6, add_unmerge}};

}  // namespace

std::string family_names() {
  std::string names(kReadFamily);
  for (const Family& family : kFamilies) names += fmt::format(", {}", family.name);
  return names;
}

Outcome<std::vector<FamilyCell>> family_cells(const std::vector<std::string>& names,
                                              const FamilyChoice& choice) {
  Cells cells;
  for (const std::string& wanted : names) {
    if (wanted == kReadFamily) continue;
    const auto* found = std::find_if(kFamilies.begin(), kFamilies.end(),
                                     [&](const Family& family) { return family.name == wanted; });
    if (found == kFamilies.end())
      return fail(ExitCode::kUsage, "unknown family '{}'; there are {}", wanted, family_names());
    const std::size_t before = cells.size();
    found->add(choice, cells);
    for (std::size_t i = before; i < cells.size(); ++i) {
      cells[i].repeated = found->repeated;
      cells[i].seconds = found->seconds;
      cells[i].knobs = found->knobs;
    }
  }
  return cells;
}

}  // namespace zp
