// SPDX-License-Identifier: MIT
// The frames a placement would have, where there is no census to take them from. Constructed, not
// observed: whoever prints figures from them says so.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/model/mapped_table.hpp"

namespace zp::model {

struct ConstructedFrames {
  std::vector<std::uint64_t> pfns;  // one per page
  std::uint64_t frames = 0;         // distinct ones
  std::uint64_t mapping_bytes = 0;  // what one page-table entry maps
  std::uint64_t distance = 1;       // pages from one to the next, where memory is in one piece
};

// Where frames lie in a cache whose ways hold `page_colours` frames each: in so many of its page
// colours. `crowded_share` of the frames crowd: more of them have that colour than there are
// `ways`; the others don't. Without ways, and where no frames can lie so: as evenly as that goes.
struct FrameLayout {
  std::uint64_t page_colours = 1, used = 1;
  std::uint64_t ways = 0;
  double crowded_share = 0;

  friend auto operator<=>(const FrameLayout&, const FrameLayout&) = default;
};

// `placement` as in results/README.md: private, ksm_single, ksm_coloured:8, ... Frame numbers are
// consecutive, but for `layout`; ksm_default shares each frame among 256 pages in a row
// (max_page_sharing), ksm_shared:N among N. `zero_page_colours` is what read_fault and
// ksm_zero_page use. Errors: unknown placement (with the nearest), colours that are not a power of
// two or above the table's pages, no pages, more than 2^24 pages.
Outcome<ConstructedFrames> construct_frames(std::string_view placement, std::uint64_t pages,
                                            std::uint64_t page_bytes,
                                            std::optional<std::uint64_t> zero_page_colours,
                                            FrameLayout layout = {});

// Aligned to every colour span in use, as tables of a real run are.
inline constexpr std::uint64_t kConstructedAddress = 0x7f0000000000;

}  // namespace zp::model
