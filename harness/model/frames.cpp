// SPDX-License-Identifier: MIT
#include "harness/model/frames.hpp"

#include <array>
#include <charconv>

#include "harness/support/nearest.hpp"

namespace zp::model {
namespace {

constexpr std::uint64_t kFirstFrame = 0x100000;
constexpr std::uint64_t kMostPages = 1ULL << 24;
constexpr std::uint64_t kMaxPageSharing = 256;
constexpr std::uint64_t kHugeBytes = 2 << 20;
constexpr std::array<std::string_view, 10> kPlacements{
    "private",     "read_fault",     "ksm_single",       "ksm_default",  "ksm_zero_page",
    "ksm_nonzero", "ksm_coloured:N", "memfd_coloured:N", "huge_private", "huge_zero"};

// N of "ksm_coloured:N" or "memfd_coloured:N"; 0 when it is neither.
Outcome<std::uint64_t> colours_of(std::string_view placement) {
  for (const std::string_view prefix : {"ksm_coloured:", "memfd_coloured:"}) {
    if (placement.substr(0, prefix.size()) != prefix) continue;
    const std::string_view number = placement.substr(prefix.size());
    std::uint64_t colours = 0;
    const auto [end, failed] =
        std::from_chars(number.data(), number.data() + number.size(), colours);
    if (failed != std::errc() || end != number.data() + number.size() ||
        !std::has_single_bit(colours))
      return fail(ExitCode::kUsage, "placement '{}': colours must be a power of two", placement);
    return colours;
  }
  return 0;
}

}  // namespace

Outcome<ConstructedFrames> construct_frames(std::string_view placement, std::uint64_t pages,
                                            std::uint64_t page_bytes,
                                            std::optional<std::uint64_t> zero_page_colours) {
  if (pages == 0 || pages > kMostPages)
    return fail(ExitCode::kUsage, "a table of {} pages; the model takes 1 to {}", pages,
                kMostPages);
  auto colours = colours_of(placement);
  if (!colours) return tl::make_unexpected(colours.error());

  // Page i has frame (i / run) % period.
  std::uint64_t run = 1;
  std::uint64_t period = *colours;
  ConstructedFrames made;
  made.mapping_bytes = page_bytes;
  if (placement == "private" || placement == "huge_private") {
    period = pages;
  } else if (placement == "ksm_single" || placement == "ksm_nonzero") {
    period = 1;
  } else if (placement == "ksm_default") {
    run = kMaxPageSharing;
    period = pages;
  } else if (placement == "read_fault" || placement == "ksm_zero_page") {
    if (!zero_page_colours)
      return fail(ExitCode::kUsage, "placement {}: the CPU description has no 'zero_page_colours'",
                  placement);
    period = *zero_page_colours;
  } else if (placement == "huge_zero") {
    period = std::max<std::uint64_t>(kHugeBytes / page_bytes, 1);
  } else if (period == 0) {
    const std::string close = nearest<std::string_view>(placement, kPlacements);
    return fail(ExitCode::kUsage, "unknown placement '{}'; {}: {}", placement,
                close.empty() ? "known" : "nearest",
                close.empty() ? fmt::format("{}", fmt::join(kPlacements, " ")) : close);
  } else if (period > pages) {
    return fail(ExitCode::kUsage, "placement '{}': more colours than the table's {} pages",
                placement, pages);
  }
  if (placement.substr(0, 5) == "huge_") made.mapping_bytes = std::max(kHugeBytes, page_bytes);

  made.pfns.resize(pages);
  for (std::uint64_t page = 0; page < pages; ++page)
    made.pfns[page] = kFirstFrame + page / run % period;
  made.frames = std::min(period, (pages + run - 1) / run);
  return made;
}

}  // namespace zp::model
