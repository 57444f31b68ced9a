// SPDX-License-Identifier: MIT
// What a census must show for each placement (the table in docs/method.md).
#include "harness/memory/placement.hpp"

#include <algorithm>

namespace zp {
namespace {

std::string claim(bool holds, std::string text) {
  return holds ? std::string() : text;
}

std::string found(const Census& c) {
  if (!c.strong)
    return fmt::format("found {} of {} pages present, {} exclusive, {} of a file", c.present,
                       c.pages, c.exclusive_pages, c.file_pages);
  std::string text = fmt::format("found {} frames for {} pages", c.frames, c.pages);
  if (c.present != c.pages) text += fmt::format(", {} not present", c.pages - c.present);
  text += fmt::format("; {} KSM, {} zero page, {} huge", c.ksm_pages, c.zero_pages, c.huge_pages);
  if (c.large_pages != 0)
    text += fmt::format(", {} in large folios of less than a huge page", c.large_pages);
  if (c.file_pages != 0) text += fmt::format(", {} of a file", c.file_pages);
  if (c.off_colour_pages != 0)
    text += fmt::format(", {} not on the frame of their colour", c.off_colour_pages);
  return text;
}

// All of KSM: in how many frames.
std::string broken_ksm_claim(const PlacementId& id, const Census& c) {
  const bool all_ksm = c.ksm_pages == c.pages;
  switch (id.entry().frames) {
    case FrameCount::kShared: {
      // ksmd fills a frame before it starts another; a few start early.
      const std::uint64_t sharers = id.pages_per_frame();
      const std::uint64_t least = c.pages / sharers + (c.pages % sharers != 0);
      return claim(all_ksm && c.frames >= least && c.frames <= least + least / 16 + 2,
                   fmt::format("all KSM, {} frames or a few more", least));
    }
    case FrameCount::kPerColour:
      return claim(all_ksm && c.frames == id.colours && c.off_colour_pages == 0,
                   fmt::format("all KSM, {} frames by colour", id.colours));
    default:
      return claim(all_ksm && c.frames == 1, "all KSM, 1 frame");
  }
}

// What is claimed, in words, when the census does not show it; empty when it does.
std::string broken_claim(const PlacementId& id, const Census& c,
                         std::optional<std::uint64_t> zero_colours) {
  const PlacementEntry& entry = id.entry();
  const bool all_zero = c.zero_pages == c.pages;
  const std::uint64_t not_small = c.huge_pages + c.large_pages;
  if (entry.needs_huge_pages) {
    const bool all_huge = c.huge_pages == c.pages;
    return entry.backing == Backing::kZeroPage
               ? claim(all_huge && all_zero, "all the huge zero page")
               : claim(all_huge && c.zero_pages == 0, "all huge pages, none the zero page");
  }
  switch (entry.backing) {
    case Backing::kOwnMemory:
      return claim(
          c.frames == c.pages && c.ksm_pages + c.zero_pages + not_small + c.file_pages == 0,
          "one small frame per page, of no file");
    case Backing::kZeroPage: {
      const std::uint64_t zero_frames = zero_colours.value_or(1);
      return claim(all_zero && not_small == 0 && c.frames == std::min(zero_frames, c.pages) &&
                       (!c.colours_seen || *c.colours_seen == zero_frames),
                   fmt::format("all zero page, {} frame(s) by colour", zero_frames));
    }
    case Backing::kKsm:
      return broken_ksm_claim(id, c);
    case Backing::kFile:
      if (const std::uint64_t frames = id.memfd_frames(); frames != 0)
        return claim(c.file_pages == c.pages && not_small == 0 && c.frames == frames &&
                         c.off_colour_pages == 0,
                     fmt::format("{} small memfd frames by colour", frames));
      return claim(c.file_pages == c.pages && c.frames == c.pages &&
                       c.ksm_pages + c.zero_pages + not_small == 0,
                   "one small page-cache frame per page");
  }
  return {};
}

// What can be said without frame numbers: construction, and KSM's counters for this process.
std::string broken_weak_claim(const PlacementId& id, const Census& c) {
  const bool shared_anonymous = c.exclusive_pages == 0 && c.file_pages == 0;
  if (id.entry().needs_huge_pages)
    return "huge pages, which need CAP_SYS_ADMIN to be proven";  // why_not_here() has said so
  switch (id.entry().backing) {
    case Backing::kOwnMemory:
      return claim(c.exclusive_pages == c.pages && c.file_pages == 0, "one exclusive page each");
    case Backing::kZeroPage:
      if (!id.entry().needs_ksm) return claim(shared_anonymous, "the zero page, which is nobody's");
      return claim(shared_anonymous && c.own_zero_pages.value_or(0) >= c.pages,
                   "all pages merged with the zero page (ksm_zero_pages)");
    case Backing::kKsm:
      return claim(shared_anonymous && c.own_ksm_pages.value_or(0) >= c.pages,
                   "all pages merged (ksm_merging_pages)");
    case Backing::kFile:
      return claim(c.file_pages == c.pages, id.memfd_frames() != 0 ? "all pages of the memfd"
                                                                   : "all pages of the page cache");
  }
  return {};
}

}  // namespace

std::optional<std::string> census_mismatch(const PlacementId& id, const Census& census,
                                           std::optional<std::uint64_t> zero_colours) {
  std::string broken =
      census.strong ? broken_claim(id, census, zero_colours) : broken_weak_claim(id, census);
  if (broken.empty() && census.present != census.pages) broken = "every page present";
  if (broken.empty()) return std::nullopt;
  return fmt::format("{} must be {}; {}", to_string(id), broken, found(census));
}

}  // namespace zp
