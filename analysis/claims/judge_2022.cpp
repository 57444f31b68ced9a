// SPDX-License-Identifier: MIT
// What was said in September 2022 (20220930113047.60800177@p-imbrenda).
#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/claims/judges.hpp"
#include "analysis/load/units.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/views/paired.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

constexpr double kMostColoursOfAKernel = 128;  // s390x
constexpr std::string_view kColoured = "ksm_coloured:";

// N of "ksm_coloured:N"; 0 for other placements.
double colours_of(std::string_view placement) {
  if (!placement.starts_with(kColoured)) return 0;
  return parse_whole<double>(placement.substr(kColoured.size())).value_or(0);
}

std::set<std::string> coloured_placements(const ResultSet& set) {
  std::set<std::string> found;
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto name = parse_name(set.cell_name(cell));
    if (const auto placement = name.find("placement"); placement && colours_of(*placement) > 0)
      found.insert(std::string(*placement));
  }
  return found;
}

struct Merged {
  double colours = 0, frames = 0, pages = 0;
};

// The read cells of ksm_coloured, with the frames that their census counted.
std::vector<Merged> merged_by_colour(const FamilyRun& run) {
  std::vector<Merged> found;
  if (!is_ours(*run.set)) return found;  // another program's placements
  const auto page = page_bytes(run);
  for (std::size_t cell = 0; page && cell < run.set->cell_count(); ++cell) {
    const auto name = parse_name(run.set->cell_name(cell));
    const auto placement = name.find("placement"), table = name.find("table");
    auto frames = run.set->values(cell, "frames");
    if (!placement || !table || colours_of(*placement) == 0 || frames.empty()) continue;
    if (const auto bytes = parse_size_bytes(*table); bytes && *bytes > 0)
      found.push_back(
          {colours_of(*placement), median(std::move(frames)), static_cast<double>(*bytes) / *page});
  }
  return found;
}

}  // namespace

Judgement judge_each_page(const FamilyRun& run) {
  if (run.emulated) return emulated_times();
  std::vector<CellPair> pairs;
  std::vector<std::string> placements;
  for (const std::string& coloured : coloured_placements(*run.set))
    for (auto& pair : cell_pairs(*run.set, "ksm_nonzero", coloured)) {
      placements.push_back(coloured);
      pairs.push_back(std::move(pair));
    }
  if (pairs.empty())
    return {ClaimVerdict::kNoData,
            "the run does not have read rows of both ksm_nonzero and ksm_coloured:N"};
  const auto changes = paired_changes(pairs);
  const auto count = [&](Effect effect) {
    return std::ranges::count(changes, effect, &PairedChange::effect);
  };
  const auto faster = count(Effect::kFaster), open = count(Effect::kUndecided);
  std::string text = fmt::format(
      "of {} read cells of pages with non-zero contents, all in one frame (ksm_nonzero), {} are "
      "faster from frames laid out by colour, {} slower, {} the same, {} undecided",
      pairs.size(), faster, count(Effect::kSlower), count(Effect::kSame), open);
  std::size_t best = changes.size();
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (changes[i].effect == Effect::kFaster &&
        (best == changes.size() || changes[i].ratio < changes[best].ratio))
      best = i;
  if (best < changes.size())
    text += fmt::format("; the most: {} from {} ({} times)", pairs[best].name, placements[best],
                        three_digits(changes[best].ratio));
  const auto zeros = read_changes(run, "ksm_single", "ksm_nonzero");
  const std::size_t differ = zeros.slower.size() + zeros.faster;
  if (zeros.cells > 0)
    text += fmt::format(
        ". Compared with one frame of zeros (ksm_single), of {} cells {} are slower, {} faster, {} "
        "the same, {} undecided",
        zeros.cells, zeros.slower.size(), zeros.faster, zeros.same, zeros.undecided);
  text += ".";
  if (faster > 0 && zeros.cells == 0) return {ClaimVerdict::kUndecided, text};
  if (faster > 0) return {differ == 0 ? ClaimVerdict::kConfirmed : ClaimVerdict::kDepends, text};
  return {open == 0 ? ClaimVerdict::kRefuted : ClaimVerdict::kUndecided, text};
}

Judgement judge_buckets(const FamilyRun& run) {
  const auto merged = merged_by_colour(run);
  if (merged.empty())
    return {ClaimVerdict::kNoData, "the run has no read row of ksm_coloured:N with a census"};
  const auto nearest = std::ranges::min_element(merged, [](const Merged& a, const Merged& b) {
    const auto distance = [](const Merged& m) {
      return std::abs(std::log(m.colours / kMostColoursOfAKernel));
    };
    return std::pair(distance(a), a.pages) < std::pair(distance(b), b.pages);
  });
  const double share = nearest->frames / nearest->pages;
  std::string text =
      fmt::format("{} zero-filled pages in {} buckets take {} frames: {} of the memory is saved.",
                  short_number(nearest->pages), short_number(nearest->colours),
                  short_number(nearest->frames), percent(1 - share));
  return {verdict_of(share > 0.99, share < 0.5), text};
}

Judgement judge_no_use(const FamilyRun& run) {
  const auto arch = run.set->context_value("arch");
  if (arch.starts_with("s390") || arch.starts_with("mips"))
    return {ClaimVerdict::kNoData, "the claim is about other machines"};
  const auto bytes = [&run](std::string_view placement) -> std::optional<double> {
    const PartList parts{{"placement", placement}};
    const auto items = run.figure("metadata", parts, "computed_rmap_bytes_per_page"),
               nodes = run.figure("metadata", parts, "computed_stable_node_bytes_per_page");
    return items && nodes ? std::optional(*items + *nodes) : std::nullopt;
  };
  const auto off = bytes(knob_off(run, "metadata", "computed_rmap_bytes_per_page")),
             on = bytes("ksm_zero_page");
  const auto zeros = [](const char* arm) {
    return PartList{{"contents", "zero:100"}, {"use_zero_pages", arm}, {"mode", "plain"}};
  };
  const auto scan = run.emulated
                        ? std::nullopt
                        : ratio_of(run, "scan", zeros("0"), zeros("1"), "later_cpu_ns_per_page");
  if ((!off || !on) && !scan)
    return {ClaimVerdict::kNoData,
            "the run has no metadata row and no scan row of zero:100 to judge by"};
  std::string text;
  bool saves = false;
  if (off && on) {
    saves |= *on < *off / 2;
    text += fmt::format(
        "KSM keeps {} bytes per merged zero-filled page with the knob off and {} with it on",
        short_number(*off), short_number(*on));
  }
  if (scan) {
    saves |= is_below(*scan, 0.95);
    text += fmt::format("{}with the knob on, a later scan of zeros takes ksmd {} the CPU time",
                        text.empty() ? "" : "; ", times(run, *scan));
  }
  text += ".";
  if (saves) return {ClaimVerdict::kRefuted, text};
  const bool all = off && on && scan && scan->interval && scan->interval->low >= 0.95 &&
                   !scan->disturbed.mostly();
  return {all ? ClaimVerdict::kConfirmed : ClaimVerdict::kUndecided, text};
}

Judgement judge_guest_colours(const FamilyRun& run) {
  const auto figure = [&run](const char* arm, const char* key) {
    return run.figure("guest", {{"use_zero_pages", arm}, {"huge_pages", "0"}}, key);
  };
  const auto zeros = figure("0", "zero_pages"), merged = figure("0", "zero_in_ksm_frames");
  if (!zeros || !merged || *zeros <= 0) return no_data(run, "guest");
  std::string text =
      fmt::format("with use_zero_pages=0, {} of the guest's {} zero-filled pages are in KSM frames",
                  percent(*merged / *zeros), short_number(*zeros));
  if (*merged < kNearlyAll * *zeros) return {ClaimVerdict::kRefuted, text + "."};
  const auto off = figure("0", "frames"), on = figure("1", "frames");
  if (!off || !on || run.set->context_value("zero_page.colours") != "1")
    return {ClaimVerdict::kUndecided, text + "; the number of these frames is not known."};
  // The zero page itself is among the frames of both where some pages are on it anyway.
  const bool both = figure("0", "zero_on_zero_page").value_or(0) > 0;
  const double frames = *off - *on + (both ? 0 : 1);
  if (frames < 1)
    return {ClaimVerdict::kUndecided, text +
                                          "; use_zero_pages=1 left as many frames, so that the "
                                          "number of these is not known."};
  text += fmt::format(", of which there are about {}", short_number(frames));
  if (frames <= 1) return {ClaimVerdict::kConfirmed, text + "."};
  return {ClaimVerdict::kDepends, text +
                                      ": the guest's own colour order is lost, but "
                                      "max_page_sharing leaves more than one page."};
}

}  // namespace zp::analysis
