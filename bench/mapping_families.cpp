// SPDX-License-Identifier: MIT
#include "bench/family_rows.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "harness/families/ancestor.hpp"
#include "harness/families/collapse.hpp"
#include "harness/families/fault.hpp"
#include "harness/families/fault_processes.hpp"
#include "harness/families/pin.hpp"
#include "harness/families/rmap.hpp"
#include "harness/families/split.hpp"
#include "harness/families/swap.hpp"
#include "harness/host/page_size.hpp"

namespace zp {
namespace {

void add_ancestor(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
  for (const PlacementKind kind : {PlacementKind::kHugeZero, PlacementKind::kReadFault})
    for (const bool seek : {false, true}) {
      auto request = with_table<AncestorRequest>(choice, kind);
      request.seek = seek;
      cells.push_back(
          table_cell(table_name("ancestor", request).add("walk", seek ? "seek" : "compare"),
                     request, request.placement, measure_ancestor));
    }
}

constexpr KnobWrite kKhugepagedKnobs[] = {{"thp.enabled", KnobWrite::When::kWhereNever},
                                          {"thp.khugepaged.max_ptes_none"},
                                          {"thp.khugepaged.pages_to_scan"},
                                          {"thp.khugepaged.scan_sleep_millisecs"}};
constexpr KnobWrite kMadviseKnobs[] = {{"thp.khugepaged.max_ptes_none"}};
constexpr KnobWrite kSplitKnobs[] = {{"thp.enabled", KnobWrite::When::kWhereNever},
                                     {"thp.shrink_underused"},
                                     {"thp.khugepaged.max_ptes_none"}};

void add_collapse(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
  using enum PlacementKind;
  const auto add = [&](PlacementKind kind, CollapseZeros zeros, PtesNone ptes_none,
                       CollapseWay way) {
    auto request = with_table<CollapseRequest>(choice, kind);
    request.zeros = zeros;
    request.ptes_none = ptes_none;
    request.way = way;
    cells.push_back(table_cell(table_name("collapse", request)
                                   .add("zeros", to_string(zeros))
                                   .add("max_ptes_none", to_string(ptes_none))
                                   .add("way", to_string(way)),
                               request, request.placement, measure_collapse));
    if (way == CollapseWay::kMadvise) {
      cells.back().knobs = kMadviseKnobs;
    } else {
      cells.back().knobs = kKhugepagedKnobs;
      cells.back().khugepaged = ptes_none;
    }
    // All of it becomes huge pages, in addition to what it was before.
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

void add_fault(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
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
    auto request = with_table<FaultRequest>(choice, kind);
    cells.push_back(
        table_cell(table_name("fault", request), request, request.placement, measure_fault));
  }
  for (const PlacementKind kind : {kReadFault, kHugeZero})
    for (const std::size_t processes : {2U, 8U}) {
      auto request = with_table<FaultProcessesRequest>(choice, kind);
      request.processes = processes;
      cells.push_back(table_cell(table_name("fault", request).add("processes", processes), request,
                                 request.placement, measure_fault_processes));
      cells.back().memory_bytes *= processes;
    }
}

void add_pin(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
  using enum PlacementKind;
  using enum PinWay;
  for (const PlacementKind kind : {kReadFault, kKsmSingle, kKsmZeroPage})
    for (const PinWay way : {kIoUring, kMlock, kMlockOnfault, kVmsplice}) {
      auto request = with_table<PinRequest>(choice, kind);
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

void add_rmap(const FamilyChoice&, std::vector<FamilyCell>& cells) {
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

void add_split(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
  const auto add = [&](SplitWay way, SplitContents contents, bool use_zero_pages,
                       bool shrink_underused, std::optional<PtesNone> ptes_none = std::nullopt) {
    auto request = with_table<SplitRequest>(choice);
    request.ptes_none = ptes_none;
    request.way = way;
    request.contents = contents;
    request.use_zero_pages = use_zero_pages;
    request.shrink_underused = shrink_underused;
    NameWriter name("split");
    name.add("contents", to_string(contents))
        .add("use_zero_pages", use_zero_pages)
        .add("shrink_underused", shrink_underused);
    if (ptes_none) name.add("max_ptes_none", to_string(*ptes_none));
    name.add("way", to_string(way)).add("table", request.table_bytes);
    cells.push_back(table_cell(name, request, ksm_zero_placement(use_zero_pages), measure_split));
    cells.back().knobs = std::span(kSplitKnobs).first(ptes_none ? 3 : 2);
    cells.back().makes_group = reclaims(way);
    cells.back().khugepaged = ptes_none;
  };
  using enum SplitWay;
  for (const SplitWay way : {kDebugfs, kPageout, kFree, kKsm, kDontneed, kMovePages,
                             kDontneedMovePages, kDontneedReclaim})
    for (const bool use_zero_pages : kArms)
      for (const bool shrink_underused : kArms)
        add(way, SplitContents::kZero, use_zero_pages, shrink_underused);
  for (const PtesNone ptes_none : {PtesNone::kFourFifths, PtesNone::kAllButOne})
    for (const bool use_zero_pages : kArms)
      for (const bool shrink_underused : kArms)
        add(kReclaim, SplitContents::kZero, use_zero_pages, shrink_underused, ptes_none);
  // What looking for zeros costs.
  for (const SplitContents contents : {SplitContents::kFirstWord, SplitContents::kLastWord})
    add(kFree, contents, false, false);
}

void add_swap(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
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

constexpr std::array kMappingFamilies{
    Family{"ancestor", true, 2.0, add_ancestor}, Family{"collapse", false, 1.0, add_collapse},
    Family{"fault", true, 0.25, add_fault},      Family{"pin", true, 0.4, add_pin},
    Family{"rmap", true, 0.5, add_rmap},         Family{"split", true, 0.2, add_split},
    Family{"swap", true, 0.3, add_swap}};

}  // namespace

std::span<const Family> mapping_families() {
  return kMappingFamilies;
}

}  // namespace zp
