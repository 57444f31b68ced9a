// SPDX-License-Identifier: MIT
#include "bench/family_rows.hpp"

#include <algorithm>
#include <array>

#include "harness/families/cow.hpp"
#include "harness/families/guest.hpp"
#include "harness/families/metadata.hpp"
#include "harness/families/numa.hpp"
#include "harness/families/safety.hpp"
#include "harness/families/scan.hpp"
#include "harness/families/toggle.hpp"
#include "harness/families/unmerge.hpp"
#include "harness/host/page_size.hpp"

namespace zp {
namespace {

void add_cow(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
  using enum PlacementKind;
  for (const PlacementKind kind :
       {kPrivate, kReadFault, kHugeZero, kKsmSingle, kKsmDefault, kKsmZeroPage}) {
    auto request = with_table<CowRequest>(choice, kind);
    cells.push_back(
        table_cell(table_name("cow", request), request, request.placement, measure_cow));
    // Merged or not, all of it becomes this process's own.
    cells.back().memory_bytes = std::max(cells.back().memory_bytes, request.table_bytes);
  }
}

constexpr KnobWrite kGuestKnobs[] = {{"thp.enabled", KnobWrite::When::kWhereNever}};
constexpr KnobWrite kNumaKnobs[] = {{"ksm.merge_across_nodes"}};

void add_guest(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
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
      if (huge_pages) cells.back().knobs = kGuestKnobs;
    }
}

void add_metadata(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
  using enum PlacementKind;
  for (const PlacementKind kind : {kKsmSingle, kKsmDefault, kKsmZeroPage}) {
    auto request = with_table<MetadataRequest>(choice, kind);
    cells.push_back(
        table_cell(table_name("metadata", request), request, request.placement, measure_metadata));
  }
}

void add_numa(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
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
      cells.back().knobs = kNumaKnobs;
      cells.back().memory_bytes *= 2;  // a table on each of two nodes
    }
}

void add_safety(const FamilyChoice&, std::vector<FamilyCell>& cells) {
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
      cells.back().makes_group = mode == SafetyMode::kPressure;
    }
}

void add_scan(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
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

void add_toggle(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
  for (const bool to : {true, false}) {
    auto request = with_table<ToggleRequest>(choice);
    request.to = to;
    cells.push_back(table_cell(
        NameWriter("toggle").add("from", !to).add("to", to).add("table", request.table_bytes),
        request, ksm_zero_placement(true), measure_toggle));
    cells.back().memory_bytes *= 2;  // one table merged before, one after
  }
}

void add_unmerge(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
  for (const PlacementKind kind : {PlacementKind::kKsmSingle, PlacementKind::kKsmZeroPage})
    for (const UnmergeWay way : {UnmergeWay::kMadvise, UnmergeWay::kRun2}) {
      auto request = with_table<UnmergeRequest>(choice, kind);
      request.way = way;
      cells.push_back(table_cell(NameWriter("unmerge")
                                     .add("placement", to_string(request.placement))
                                     .add("way", way == UnmergeWay::kMadvise ? "madvise" : "run2")
                                     .add("table", request.table_bytes),
                                 request, request.placement, measure_unmerge));
    }
}

constexpr std::array kMergingFamilies{
    Family{"cow", true, 0.55, add_cow},           Family{"guest", false, 11.5, add_guest},
    Family{"metadata", false, 0.6, add_metadata}, Family{"numa", false, 1.5, add_numa},
    Family{"safety", false, 5.2, add_safety},     Family{"scan", true, 0.65, add_scan},
    Family{"toggle", false, 0.3, add_toggle},     Family{"unmerge", true, 0.6, add_unmerge}};

}  // namespace

std::span<const Family> merging_families() {
  return kMergingFamilies;
}

}  // namespace zp
