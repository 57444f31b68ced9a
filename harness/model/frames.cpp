// SPDX-License-Identifier: MIT
#include "harness/model/frames.hpp"

#include <algorithm>
#include <cmath>

#include "harness/names/placement_id.hpp"

namespace zp::model {
namespace {

constexpr std::uint64_t kFirstFrame = 0x100000;
constexpr std::uint64_t kMostPages = 1ULL << 24;
constexpr std::uint64_t kHugeBytes = 2 << 20;

// Numbers of frames 0, 1, ...; those that crowd are spread evenly among them.
class Numbers {
 public:
  Numbers(const FrameLayout& layout, std::uint64_t frames) : layout_(layout), frames_(frames) {
    const auto crowded = static_cast<std::uint64_t>(
        std::llround(layout.crowded_share * static_cast<double>(frames)));
    if (layout.ways == 0 || crowded <= layout.ways || crowded > frames) return;
    const std::uint64_t for_others = (frames - crowded + layout.ways - 1) / layout.ways;
    if (for_others >= layout.used) return;
    crowded_ = crowded;
    colours_ = std::min(crowded / (layout.ways + 1), layout.used - for_others);
  }

  [[nodiscard]] std::uint64_t operator()(std::uint64_t frame) const {
    const std::uint64_t before = frame * crowded_ / frames_;
    const bool crowds = (frame + 1) * crowded_ / frames_ > before;
    const std::uint64_t first = crowds ? 0 : colours_;
    const std::uint64_t colours = crowds ? colours_ : layout_.used - colours_;
    const std::uint64_t among = crowds ? before : frame - before;
    return kFirstFrame + among / colours * layout_.page_colours + first + among % colours;
  }

 private:
  FrameLayout layout_;
  std::uint64_t frames_, crowded_ = 0;
  std::uint64_t colours_ = 0;  // that the crowded ones have
};

}  // namespace

Outcome<ConstructedFrames> construct_frames(std::string_view placement, std::uint64_t pages,
                                            std::uint64_t page_bytes,
                                            std::optional<std::uint64_t> zero_page_colours,
                                            FrameLayout layout) {
  if (pages == 0 || pages > kMostPages)
    return fail(ExitCode::kUsage, "a table of {} pages; the model takes 1 to {}", pages,
                kMostPages);
  const auto id = parse_placement(placement);
  if (!id) return fail(id);

  if (id->reads_chosen_pages())
    return fail(ExitCode::kUsage,
                "placement {}: which pages are read follows from what a machine's probe finds; the "
                "model constructs whole tables only",
                placement);

  // Page i has frame (i / run) % period.
  std::uint64_t run = 1;
  std::uint64_t period = pages;
  ConstructedFrames made;
  made.mapping_bytes = id->entry().needs_huge_pages ? std::max(kHugeBytes, page_bytes) : page_bytes;
  switch (id->entry().frames) {
    case FrameCount::kOnePerPage:
      break;
    case FrameCount::kOne:
      period = made.mapping_bytes / page_bytes;
      break;
    case FrameCount::kShared:
      run = id->pages_per_frame();
      break;
    case FrameCount::kPerColour:
      if (id->colours > pages)
        return fail(ExitCode::kUsage, "placement '{}': more colours than the table's {} pages",
                    placement, pages);
      if (id->colours == 0 && !zero_page_colours)
        return fail(
            ExitCode::kUsage,
            "placement {}: the CPU description has no 'zero_page_colours': add it, or choose "
            "other placements",
            placement);
      period = id->colours != 0 ? id->colours : *zero_page_colours;
      break;
  }

  made.frames = std::min(period, (pages + run - 1) / run);
  made.distance = run;  // KSM keeps one page of so many
  const Numbers number_of(layout, made.frames);
  made.pfns.resize(pages);
  for (std::uint64_t page = 0; page < pages; ++page)
    made.pfns[page] = number_of(page / run % period);
  return made;
}

}  // namespace zp::model
