// SPDX-License-Identifier: MIT
#include "harness/memory/census_figures.hpp"

#include "harness/host/page_size.hpp"

namespace zp {
namespace {

// Frames of one page colour bring all their lines into the same sets, a line each into a set. More
// of them than the cache has ways crowd: not all their lines can stay.
void add_page_colours(const Census& census, const DataCache& l2, Figures& figures) {
  const auto colours = l2.page_colours(system_page_bytes());
  if (!colours || *colours > census.frames_by_number.size() || census.frames == 0) return;
  std::vector<std::uint64_t> frames_of_colour(*colours);
  for (std::size_t i = 0; i < census.frames_by_number.size(); ++i)
    frames_of_colour[i % *colours] += census.frames_by_number[i];
  std::uint64_t seen = 0, crowded = 0;
  for (const std::uint64_t frames : frames_of_colour) {
    seen += frames > 0 ? 1U : 0U;
    crowded += frames > l2.ways ? frames : 0;
  }
  figures.emplace_back("l2_page_colours", static_cast<double>(seen));
  figures.emplace_back("l2_crowded_share",
                       static_cast<double>(crowded) / static_cast<double>(census.frames));
}

}  // namespace

Figures census_figures(const Census& census, const std::optional<DataCache>& l2) {
  if (!census.strong) return {};
  const auto pages = static_cast<double>(census.pages);
  Figures figures{{"frames", static_cast<double>(census.frames)}};
  if (census.colours_seen)
    figures.emplace_back("colours_seen", static_cast<double>(*census.colours_seen));
  figures.emplace_back("zero_page_share", static_cast<double>(census.zero_pages) / pages);
  figures.emplace_back("ksm_share", static_cast<double>(census.ksm_pages) / pages);
  figures.emplace_back("huge_share", static_cast<double>(census.huge_pages) / pages);
  if (l2) add_page_colours(census, *l2, figures);
  return figures;
}

}  // namespace zp
