// SPDX-License-Identifier: MIT
#include "harness/probe/third_level.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

namespace zp::probe {
namespace {

constexpr std::uint32_t kLine = 64;
constexpr unsigned kWindows = 60, kVisits = 6;
constexpr std::uint64_t kWindowReads = 4096;
// Two tables, in sizes of the second level. Not more: others share the third.
constexpr std::uint64_t kSmaller = 3, kLarger = 4;
constexpr double kSameLevel = 0.2;  // two tables agree, or one of them lies elsewhere, too
constexpr double kMostAtOnce = 25;  // fills of L1D in flight: 10 to 24 (Zen 5 shows 14 to 19,
                                    // Emerald Rapids 12 to 20; 37 to 47 where lines were lost)
constexpr double kBeyondL2 = 1.3;   // L2 hits cost less than a third level

// Lines of that many pages, shuffled; so many of each, at offsets that are drawn, and of each line
// that word.
Loop shuffled_lines(const Reach& reach, std::uint64_t pages, std::uint64_t of_each,
                    std::uint32_t word) {
  const std::uint64_t page_bytes = std::uint64_t{1} << reach.page_shift;
  const std::uint64_t lines = page_bytes / kLine;
  std::mt19937_64 random(pages);
  Loop loop;
  loop.window_reads = kWindowReads;
  for (std::uint64_t page = 0; page < pages; ++page) {
    const std::uint64_t first = random() % lines;
    for (std::uint64_t i = 0; i < of_each; ++i)
      loop.reads.push_back(
          {static_cast<std::uint32_t>(page),
           static_cast<std::uint32_t>((first + i * (lines / of_each)) % lines * kLine + word * 8),
           page * page_bytes});
  }
  std::shuffle(loop.reads.begin(), loop.reads.end(), random);
  return loop;
}

// Of the smaller table and the larger, where they agree.
std::optional<Figure> of_one_level(const std::optional<Figure>& smaller,
                                   const std::optional<Figure>& larger) {
  if (!smaller || !larger || larger->middle > (1 + kSameLevel) * smaller->middle ||
      smaller->middle > (1 + kSameLevel) * larger->middle)
    return std::nullopt;
  return Figure{larger->middle, std::min(smaller->low, larger->low),
                std::max(smaller->high, larger->high)};
}

class ThirdLevelSearch {
 public:
  ThirdLevelSearch(Timer& timer, const Patience& patience, std::uint64_t level_bytes,
                   const Figure& l2_hit)
      : timer_(timer), patience_(patience), l2_hit_(l2_hit) {
    const Reach& reach = timer.reach();
    const std::uint64_t page_bytes = std::uint64_t{1} << reach.page_shift;
    const std::uint64_t lines = page_bytes / kLine, pages = kLarger * level_bytes / page_bytes;
    smaller_ = shuffled_lines(reach, kSmaller * level_bytes / page_bytes, lines, 0);
    larger_ = shuffled_lines(reach, pages, lines, 0);
    // A few lines of the same pages, which L2 holds: what they take above an L2 hit is the TLB's.
    near_ = shuffled_lines(reach, pages,
                           std::clamp<std::uint64_t>(level_bytes / 4 / kLine / pages, 1, lines), 1);
  }

  // Again later, when a neighbour may be quiet.
  Outcome<ThirdLevel> run() {
    ThirdLevel found;
    bool lost = false;
    for (unsigned visit = 0; visit < kVisits; ++visit) {
      if (auto done = visit_once(); out_of_time_)
        break;
      else if (!done)
        return fail(done);
      found.latency = of_one_level(agreed(latencies_[0]), agreed(latencies_[1]));
      found.in_flight = of_one_level(agreed(in_flight_[0]), agreed(in_flight_[1]));
      // Slow reads leave others time to throw lines out, fast ones do not: a latency without them
      // may be that of memory, or of a quota.
      lost = found.latency && found.in_flight &&
             found.latency->middle > kMostAtOnce * found.in_flight->middle;
      if (lost || !found.in_flight) found.latency.reset();
      if (found.latency && found.in_flight) break;
    }
    if (found.latency && found.latency->middle < kBeyondL2 * l2_hit_.middle) {
      found = {};
      found.why_not = "lines beyond L2 cost what its hits do";
    } else if (lost) {
      found.why_not = "others threw its lines out: reads that wait went to memory";
    } else if (out_of_time_) {
      found.why_not = kNoTimeLeft;
    } else if (!found.latency || !found.in_flight) {
      found.why_not = fmt::format("{} visits and two tables did not agree", latencies_[0].size());
    }
    return found;
  }

 private:
  Outcome<Figure> price(Loop& loop, unsigned chains) {
    loop.chains = chains;
    return price_in_time(timer_, patience_, 1, loop, kWindows, kWindowReads, out_of_time_);
  }

  Outcome<void> visit_once() {
    const auto tlb = price(near_, 1);
    if (!tlb) return fail(tlb);
    const auto less_tlb = [&](double far_ns, double near_ns) {
      return far_ns - std::max(0.0, near_ns - l2_hit_.middle);
    };
    for (unsigned i = 0; i < 2; ++i) {
      Loop& loop = i == 0 ? smaller_ : larger_;
      const auto line = price(loop, 1);
      if (!line) return fail(line);
      latencies_[i].push_back({less_tlb(line->middle, tlb->middle), less_tlb(line->low, tlb->high),
                               less_tlb(line->high, tlb->low)});
      const auto free = price(loop, 0);
      if (!free) return fail(free);
      in_flight_[i].push_back(*free);
    }
    return {};
  }

  Timer& timer_;
  Patience patience_;
  Figure l2_hit_;
  bool out_of_time_ = false;
  Loop near_, smaller_, larger_;
  std::array<std::vector<Figure>, 2> latencies_, in_flight_;  // of the smaller table, the larger
};

}  // namespace

Outcome<ThirdLevel> find_third_level(Timer& timer, const Patience& patience,
                                     const std::optional<Figure>& l2_hit) {
  const Reach& reach = timer.reach();
  const std::uint64_t room =
      std::min({reach.l3_bytes / 2, std::uint64_t{reach.frames} << reach.page_shift,
                std::uint64_t{1} << std::min(reach.free_below, 63U)});
  ThirdLevel found;
  if (reach.l2_bytes == 0 || reach.l3_bytes == 0)
    found.why_not = "the system does not say how large L2 and L3 are";
  else if (kLarger * reach.l2_bytes > room)
    found.why_not = "no table that can be had lies between L2 and L3";
  else if (!l2_hit)
    found.why_not = "L2 hits were not priced";
  if (!found.why_not.empty()) return found;
  return ThirdLevelSearch(timer, patience, reach.l2_bytes, *l2_hit).run();
}

}  // namespace zp::probe
