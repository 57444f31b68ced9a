// SPDX-License-Identifier: MIT
#include "harness/names/placement_id.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "harness/support/nearest.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

using enum PlacementKind;
using enum Suffix;
using enum FrameCount;
using enum Backing;

constexpr KnobWrite kKsmKnobs[] = {{"ksm.run"},
                                   {"ksm.pages_to_scan"},
                                   {"ksm.sleep_millisecs"},
                                   {"ksm.use_zero_pages"},
                                   {"ksm.max_page_sharing"},
                                   {"ksm.smart_scan"},
                                   {"ksm.advisor_mode"},
                                   {"ksm.redhat_only_zero_pages"}};
constexpr KnobWrite kMappingKnobs[] = {{"vm.max_map_count", KnobWrite::When::kWhereTooFew}};
constexpr KnobWrite kHugeKnobs[] = {{"thp.enabled", KnobWrite::When::kWhereNever}};
constexpr KnobWrite kHugeZeroKnobs[] = {{"thp.enabled", KnobWrite::When::kWhereNever},
                                        {"thp.use_zero_page", KnobWrite::When::kWhereZero}};

constexpr std::array kCatalogue{
    PlacementEntry{kPrivate, "private", "one frame per page, written with zeros", kOnePerPage,
                   kOwnMemory, "memory", kNone, false, false},
    PlacementEntry{kReadFault, "read_fault", "never written: the kernel's own zero page(s)",
                   kPerColour, kZeroPage, "-", kNone, false, false},
    PlacementEntry{kPopulateRead, "populate_read",
                   "never touched: MADV_POPULATE_READ maps the zero page(s)", kPerColour, kZeroPage,
                   "madvise(MADV_POPULATE_READ) (Linux 5.14)", kNone, false, false},
    PlacementEntry{kUffdZero, "uffd_zero", "never touched: UFFDIO_ZEROPAGE maps the zero page(s)",
                   kPerColour, kZeroPage, "userfaultfd", kNone, false, false},
    PlacementEntry{kKsmSingle, "ksm_single", "KSM, one frame for all pages", kOne, kKsm,
                   "root, KSM", kNone, true, false, kKsmKnobs},
    PlacementEntry{kKsmDefault, "ksm_default", "KSM as shipped: one frame for 256 pages", kShared,
                   kKsm, "root, KSM", kNone, true, false, kKsmKnobs},
    PlacementEntry{kKsmShared, "ksm_shared", "KSM, one frame for N pages (max_page_sharing)",
                   kShared, kKsm, "root, KSM with max_page_sharing (Linux 4.13)", kSharers, true,
                   false, kKsmKnobs},
    PlacementEntry{kKsmNonzero, "ksm_nonzero", "as ksm_single, but not zero: the control", kOne,
                   kKsm, "root, KSM", kNone, true, false, kKsmKnobs},
    PlacementEntry{kKsmZeroPage, "ksm_zero_page", "KSM with use_zero_pages=1 (the 2017 patch)",
                   kPerColour, kZeroPage, "root, KSM with use_zero_pages (Linux 4.11)", kNone, true,
                   false, kKsmKnobs},
    PlacementEntry{kKsmColoured, "ksm_coloured", "KSM, N frames laid out by colour", kPerColour,
                   kKsm, "root, KSM", kColours, true, false, kKsmKnobs},
    PlacementEntry{kMemfdColoured, "memfd_coloured", "N memfd frames mapped by colour, no KSM",
                   kPerColour, kFile, "-", kColours, false, false, kMappingKnobs},
    PlacementEntry{kMemfdAgreeing, "memfd_agreeing", "one memfd frame, at addresses that agree",
                   kOne, kFile, "a rule found by the probe", kNone, false, false, kMappingKnobs},
    PlacementEntry{kMemfdDiffering, "memfd_differing", "its twin, at addresses that differ", kOne,
                   kFile, "a rule found by the probe", kNone, false, false, kMappingKnobs},
    PlacementEntry{kShmemHole, "shmem_hole",
                   "a hole in shared memory: one frame per page once read", kOnePerPage, kFile,
                   "memory", kNone, false, false},
    PlacementEntry{kHugePrivate, "huge_private", "transparent huge pages, written", kOnePerPage,
                   kOwnMemory, "THP, memory", kNone, false, true, kHugeKnobs},
    PlacementEntry{kHugeZero, "huge_zero", "the kernel's huge zero page, never written", kOne,
                   kZeroPage, "THP", kNone, false, true, kHugeZeroKnobs},
};

std::string written(const PlacementEntry& entry) {
  return std::string(entry.name) + (entry.suffix == kNone ? "" : ":N");
}

std::string unknown(std::string_view text) {
  std::vector<std::string> names;
  for (const auto& entry : kCatalogue) names.push_back(written(entry));
  const std::string close = nearest<std::string>(text, names);
  return close.empty() ? fmt::format("there are {}", fmt::join(names, ", ")) : "nearest: " + close;
}

}  // namespace

std::span<const PlacementEntry> placement_catalogue() {
  return kCatalogue;
}

const PlacementEntry& PlacementId::entry() const {
  return *std::ranges::find(kCatalogue, kind, &PlacementEntry::kind);
}

std::uint64_t PlacementId::memfd_frames() const {
  if (entry().backing != kFile || entry().frames == kOnePerPage) return 0;
  return entry().frames == kOne ? 1 : colours;
}

const PlacementEntry* find_placement_entry(std::string_view name) {
  const auto* found = std::ranges::find(kCatalogue, name, &PlacementEntry::name);
  return found == kCatalogue.end() ? nullptr : found;
}

std::size_t placement_rank(std::string_view text) {
  const auto* entry = find_placement_entry(text.substr(0, text.find(':')));
  return static_cast<std::size_t>((entry == nullptr ? kCatalogue.end() : entry) -
                                  kCatalogue.begin());
}

std::string to_string(const PlacementId& id) {
  const auto& entry = id.entry();
  return entry.suffix == kNone
             ? std::string(entry.name)
             : fmt::format("{}:{}", entry.name, entry.suffix == kColours ? id.colours : id.sharers);
}

Outcome<PlacementId> parse_placement(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  const auto* entry = find_placement_entry(name);
  if (entry == nullptr)
    return fail(ExitCode::kUsage, "unknown placement '{}'; {}", text, unknown(text));
  if (entry->suffix == kNone) {
    if (colon != std::string_view::npos)
      return fail(ExitCode::kUsage, "placement '{}': {} takes no number", text, name);
    return PlacementId{entry->kind};
  }
  if (colon == std::string_view::npos)
    return fail(ExitCode::kUsage, "placement '{}': say how many {}, e.g. {}:8", text,
                entry->suffix == kColours ? "colours" : "pages share a frame", name);
  const auto parsed = parse_whole<std::uint64_t>(text.substr(colon + 1));
  const std::uint64_t number = parsed.value_or(0);
  if (entry->suffix == kColours) {
    if (!parsed || !std::has_single_bit(number) || number > kMaxColours)
      return fail(ExitCode::kUsage, "placement '{}': colours must be a power of two, 1 to {}", text,
                  kMaxColours);
    return PlacementId{entry->kind, number};
  }
  if (!parsed || number < kMinSharers || number > kMaxSharers)
    return fail(ExitCode::kUsage, "placement '{}': pages that share a frame must be {} to {}", text,
                kMinSharers, kMaxSharers);
  return PlacementId{entry->kind, 0, number};
}

}  // namespace zp
