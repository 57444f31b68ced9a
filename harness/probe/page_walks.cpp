// SPDX-License-Identifier: MIT
#include "harness/probe/page_walks.hpp"

#include <algorithm>
#include <random>

namespace zp::probe {
namespace {

constexpr std::uint32_t kLineBytes = 64;
// More than any second TLB holds; frames that the first level holds.
constexpr std::uint64_t kPages = 16384, kFrames = 64;
constexpr unsigned kWalkSamples = 30, kWaitingSamples = 25, kTries = 6;

class Walks {
 public:
  Walks(Timer& timer, const Patience& patience, const std::optional<Figure>& l2_hit)
      : timer_(timer), patience_(patience), l2_hit_(l2_hit) {}

  Outcome<PageWalks> run() {
    const Reach& reach = timer_.reach();
    if (reach.free_below < 64 &&
        kPages > (std::uint64_t{1} << reach.free_below) >> reach.page_shift)
      return found_;
    // Those that map the same pages one after the other.
    for (auto step : {&Walks::price_in_order, &Walks::price_shuffled, &Walks::price_waiting,
                      &Walks::price_one_line})
      if (auto done = (this->*step)(); found_.out_of_time)
        break;
      else if (!done)
        return fail(done);
    return found_;
  }

 private:
  // As a loop over many pages pays them: one read a page, lines that stay in the first level.
  [[nodiscard]] Loop page_after_page(std::uint64_t frames) const {
    Loop loop;
    loop.chains = 0;
    for (std::uint64_t i = 0; i < kPages; ++i)
      loop.reads.push_back({static_cast<std::uint32_t>(i % frames),
                            static_cast<std::uint32_t>(i % frames * kLineBytes),
                            i << timer_.reach().page_shift});
    return loop;
  }

  Outcome<Figure> price(const Loop& loop, unsigned samples = kWalkSamples) {
    return price_in_time(timer_, patience_, 1, loop, samples, kPages, found_.out_of_time);
  }

  Outcome<void> price_in_order() {
    const auto figure = price(page_after_page(kFrames));
    if (!figure) return fail(figure);
    found_.in_order = *figure;
    return {};
  }

  Outcome<void> price_one_line() {
    const auto figure = price(page_after_page(1));
    if (!figure) return fail(figure);
    found_.of_one_line = *figure;
    return {};
  }

  // Again later, when a neighbour may be quiet.
  Outcome<void> price_shuffled() {
    Loop loop = page_after_page(kFrames);
    loop.spaced = true;
    std::vector<Figure> tries;
    while (tries.size() < kTries) {
      std::shuffle(loop.reads.begin(), loop.reads.end(), std::mt19937_64(tries.size()));
      const auto figure = price(loop);
      if (!figure) return fail(figure);
      tries.push_back(*figure);
      if (found_.shuffled = agreed(tries); found_.shuffled) return {};
    }
    found_.disagreeing = static_cast<unsigned>(tries.size());
    std::ranges::sort(tries, {}, &Figure::middle);
    found_.shuffled = Figure{tries[0].middle, tries[0].low, std::max(tries[0].high, tries[1].high)};
    return {};
  }

  // Each word is read once, as the next address stands in it: so the lines are L2 hits.
  Outcome<void> price_waiting() {
    if (!l2_hit_) return {};
    const std::uint64_t apart = (std::uint64_t{kFrames} << timer_.reach().page_shift) / kPages;
    Loop loop = page_after_page(kFrames);
    loop.chains = 1;
    for (std::uint64_t i = 0; i < kPages; ++i)
      loop.reads[i].offset_bytes = static_cast<std::uint32_t>(i / kFrames * apart);
    std::shuffle(loop.reads.begin(), loop.reads.end(), std::mt19937_64(1));
    const auto read = price(loop, kWaitingSamples);
    if (!read) return fail(read);
    const Figure& hit = *l2_hit_;
    if (read->low > hit.high)
      found_.latency =
          Figure{read->middle - hit.middle, read->low - hit.high, read->high - hit.low};
    return {};
  }

  Timer& timer_;
  Patience patience_;
  std::optional<Figure> l2_hit_;
  PageWalks found_;
};

}  // namespace

Outcome<PageWalks> find_page_walks(Timer& timer, const Patience& patience,
                                   const std::optional<Figure>& l2_hit) {
  return Walks(timer, patience, l2_hit).run();
}

}  // namespace zp::probe
