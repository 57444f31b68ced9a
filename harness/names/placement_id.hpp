// SPDX-License-Identifier: MIT
// The placements: which frames back a table. One catalogue: names, --doctor, checks, the cache
// model and the order of tables use it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "harness/support/error.hpp"

namespace zp {

enum class PlacementKind {
  kPrivate,
  kReadFault,
  kPopulateRead,
  kUffdZero,
  kKsmSingle,
  kKsmDefault,
  kKsmZeroPage,
  kKsmShared,
  kKsmColoured,
  kKsmNonzero,
  kMemfdColoured,
  kMemfdAgreeing,
  kMemfdDiffering,
  kShmemHole,
  kHugePrivate,
  kHugeZero,
};

// How many frames the pages have: huge ones where the pages are huge. What a census must find, and
// what the model constructs, follows from these two.
enum class FrameCount {
  kOnePerPage,
  kOne,
  kShared,     // each by pages_per_frame()
  kPerColour,  // page p has frame p modulo colours: asked for, or the kernel's zero pages
};
enum class Backing { kOwnMemory, kZeroPage, kKsm, kFile };

// The number behind a placement's name.
enum class Suffix { kNone, kColours, kSharers };

// A knob that making something writes: always, or only where this kernel's value is in the way.
struct KnobWrite {
  std::string_view knob;
  enum class When { kAlways, kWhereNever, kWhereZero, kWhereTooFew } when = When::kAlways;
};

struct PlacementEntry {
  PlacementKind kind;
  std::string_view name;         // stable: it appears in names, JSON and plots
  std::string_view description;  // one line for --doctor
  FrameCount frames;
  Backing backing;
  std::string_view needs;  // what the host must offer, in words
  Suffix suffix;           // kNone, or written name:N
  bool needs_ksm;
  bool needs_huge_pages;
  std::span<const KnobWrite> knobs = {};  // that making it may write
};

// In the order of the vocabulary (docs/method.md) and of the rows of tables.
std::span<const PlacementEntry> placement_catalogue();

inline constexpr std::uint64_t kMaxColours = 4096;
// What KSM takes for max_page_sharing; more than any table has pages is one frame for all.
inline constexpr std::uint64_t kMinSharers = 2, kMaxSharers = 1 << 30;

// Pages per frame as the kernel ships: mm/ksm.c, ksm_max_page_sharing (since 4.13).
inline constexpr std::uint64_t kShippedPageSharing = 256;

struct PlacementId {
  PlacementKind kind = PlacementKind::kPrivate;
  std::uint64_t colours = 0;  // a power of two where the kind takes colours, else 0
  std::uint64_t sharers = 0;  // pages per frame, where the kind takes them, else 0

  friend bool operator==(const PlacementId&, const PlacementId&) = default;
  [[nodiscard]] const PlacementEntry& entry() const;

  // Of kShared: as asked for, or as the kernel ships.
  [[nodiscard]] std::uint64_t pages_per_frame() const {
    return sharers != 0 ? sharers : kShippedPageSharing;
  }
  // Frames of a memfd that the table is mapped to again and again; 0 where it is not.
  [[nodiscard]] std::uint64_t memfd_frames() const;
  // One of the causal pair: only some pages of the table are read, chosen by what the probe finds.
  [[nodiscard]] bool reads_chosen_pages() const {
    return kind == PlacementKind::kMemfdAgreeing || kind == PlacementKind::kMemfdDiffering;
  }
};

// "ksm_single", "memfd_coloured:8", "ksm_shared:16"
std::string to_string(const PlacementId& id);
Outcome<PlacementId> parse_placement(std::string_view text);

// The entry of this name, without a number; nullptr: there is none.
const PlacementEntry* find_placement_entry(std::string_view name);

// The place of a placement's kind in the catalogue, whatever its number; the catalogue's length
// for what is not in it.
std::size_t placement_rank(std::string_view text);

}  // namespace zp
