// SPDX-License-Identifier: MIT
#include "harness/names/placement_id.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "harness/support/nearest.hpp"

namespace zp {
namespace {

using enum PlacementKind;

constexpr std::array kCatalogue{
    PlacementEntry{kPrivate, "private", "one frame a page, written with zeros", "memory", false,
                   false, false},
    PlacementEntry{kReadFault, "read_fault", "never written: the kernel's own zero page(s)", "-",
                   false, false, false},
    PlacementEntry{kKsmSingle, "ksm_single", "KSM, one frame for all pages", "root, KSM", false,
                   true, false},
    PlacementEntry{kKsmDefault, "ksm_default", "KSM as shipped: one frame for 256 pages",
                   "root, KSM", false, true, false},
    PlacementEntry{kKsmNonzero, "ksm_nonzero", "as ksm_single, but not zero: the control",
                   "root, KSM", false, true, false},
    PlacementEntry{kKsmZeroPage, "ksm_zero_page", "KSM with use_zero_pages=1 (the 2017 patch)",
                   "root, KSM with use_zero_pages (Linux 4.11)", false, true, false},
    PlacementEntry{kKsmColoured, "ksm_coloured", "KSM, N frames laid out by colour", "root, KSM",
                   true, true, false},
    PlacementEntry{kMemfdColoured, "memfd_coloured", "N memfd frames mapped by colour, no KSM", "-",
                   true, false, false},
    PlacementEntry{kHugePrivate, "huge_private", "transparent huge pages, written", "THP, memory",
                   false, false, true},
    PlacementEntry{kHugeZero, "huge_zero", "the kernel's huge zero page, never written", "THP",
                   false, false, true},
};

std::string written(const PlacementEntry& entry) {
  return std::string(entry.name) + (entry.takes_colours ? ":N" : "");
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
  return *std::find_if(kCatalogue.begin(), kCatalogue.end(),
                       [this](const auto& entry) { return entry.kind == kind; });
}

const PlacementEntry* find_placement_entry(std::string_view name) {
  const auto* found = std::find_if(kCatalogue.begin(), kCatalogue.end(),
                                   [name](const auto& known) { return known.name == name; });
  return found == kCatalogue.end() ? nullptr : found;
}

std::size_t placement_rank(std::string_view text) {
  const auto* entry = find_placement_entry(text.substr(0, text.find(':')));
  return static_cast<std::size_t>((entry == nullptr ? kCatalogue.end() : entry) -
                                  kCatalogue.begin());
}

std::string to_string(const PlacementId& id) {
  const auto& entry = id.entry();
  return entry.takes_colours ? fmt::format("{}:{}", entry.name, id.colours)
                             : std::string(entry.name);
}

Outcome<PlacementId> parse_placement(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  const auto* entry = find_placement_entry(name);
  if (entry == nullptr)
    return fail(ExitCode::kUsage, "unknown placement '{}'; {}", text, unknown(text));
  if (!entry->takes_colours) {
    if (colon != std::string_view::npos)
      return fail(ExitCode::kUsage, "placement '{}': {} takes no colours", text, name);
    return PlacementId{entry->kind, 0};
  }
  if (colon == std::string_view::npos)
    return fail(ExitCode::kUsage, "placement '{}': say how many colours, e.g. {}:8", text, name);
  const auto number = text.substr(colon + 1);
  std::uint64_t colours = 0;
  const char* end = number.data() + number.size();
  const auto [rest, failed] = std::from_chars(number.data(), end, colours);
  if (failed != std::errc() || rest != end || !std::has_single_bit(colours) ||
      colours > kMaxColours)
    return fail(ExitCode::kUsage, "placement '{}': colours must be a power of two, 1 to {}", text,
                kMaxColours);
  return PlacementId{entry->kind, colours};
}

}  // namespace zp
