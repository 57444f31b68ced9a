// SPDX-License-Identifier: MIT
#include "harness/probe/prices.hpp"

#include <algorithm>
#include <random>

namespace zp::probe {
namespace {

constexpr unsigned kSamples = 60;
constexpr std::uint64_t kReads = 4096;
constexpr unsigned kMostChains = 8;
constexpr unsigned kLineChains = 4;

class Pricing {
 public:
  Pricing(Timer& timer, const Patience& patience, const HashFindings& hash, const SetFindings& sets)
      : timer_(timer),
        patience_(patience),
        hash_(hash),
        sets_(sets),
        piece_(piece_of(timer.reach())) {}

  Outcome<Prices> run() {
    auto hit = price({{{0, 0, 0}, {0, 8, 0}}});
    if (!hit) return tl::make_unexpected(hit.error());
    prices_.l1_hit = *hit;
    if (hash_.counting != 0)
      for (auto step : {&Pricing::synonyms, &Pricing::causal_pair})
        if (auto done = (this->*step)(); !done) return tl::make_unexpected(done.error());
    if (auto done = second_level(); !done) return tl::make_unexpected(done.error());
    return prices_;
  }

 private:
  Outcome<Figure> price(const Loop& loop) {
    if (auto set = timer_.prepare(1, loop); !set) return tl::make_unexpected(set.error());
    return price_ns(timer_, 1, kSamples, kReads);
  }

  Outcome<void> synonyms() {
    const Mask lowest = hash_.counting & -hash_.counting;
    auto single = price({{{0, piece_ + 1024, 0}, {0, piece_ + 1032, lowest}}});
    if (!single) return tl::make_unexpected(single.error());
    prices_.synonym = *single;
    // A line of 64 bytes has words for four chains of two. Each chain has two addresses of its own:
    // with shared ones a chain would find a line as another one left it.
    const auto addresses = competing_addresses(timer_.reach(), hash_.rows, true, 2 * kLineChains);
    const auto pairs = static_cast<std::uint32_t>(addresses.size() / 2);
    const auto in_flight = [&](std::uint32_t chains, std::uint32_t lines) {
      Loop loop;
      loop.chains = chains;
      const std::uint32_t pitch = 4096 / kMostChains;
      for (const std::uint32_t second : {0U, 1U})
        for (std::uint32_t chain = 0; chain < chains; ++chain)
          loop.reads.push_back({0,
                                piece_ + chain % lines * pitch + 8 * (2 * (chain / lines) + second),
                                addresses[2 * (chain / lines) + second]});
      return loop;
    };
    auto same = price(in_flight(std::min(kLineChains, pairs), 1));
    if (!same) return tl::make_unexpected(same.error());
    prices_.same_line = *same;
    auto several = price(in_flight(kMostChains, kMostChains));
    if (!several) return tl::make_unexpected(several.error());
    prices_.several_lines = *several;
    return {};
  }

  Outcome<void> causal_pair() {
    constexpr unsigned kAddresses = 16;
    const auto neutral = null_space(hash_.rows, free_bits(timer_.reach()));
    const auto agree = combinations(neutral, kAddresses);
    const auto differ = competing_addresses(timer_.reach(), hash_.rows, true, kAddresses);
    const std::size_t count = std::min(agree.size(), differ.size());
    if (count < 2) return {};
    const auto one_frame = [&](const std::vector<Mask>& addresses) {
      Loop loop;
      loop.chains = 0;
      for (std::size_t i = 0; i < count; ++i)
        for (std::uint32_t quarter = 0; quarter < 4; ++quarter)
          loop.reads.push_back({0, piece_ + quarter * 1024, addresses[i]});
      return loop;
    };
    auto agreeing = price(one_frame(agree));
    if (!agreeing) return tl::make_unexpected(agreeing.error());
    auto differing = price(one_frame(differ));
    if (!differing) return tl::make_unexpected(differing.error());
    prices_.hashes_agree = *agreeing;
    prices_.hashes_differ = *differing;
    prices_.control_addresses = static_cast<unsigned>(count);
    return {};
  }

  // Twice and three times as many lines as fit into a set: all of them come from the second level,
  // if both cost the same. What the same pages cost with lines that fit is taken off: that is the
  // TLB's. Frames whose lines collide in the second level, too, cost more: other frames are tried,
  // and the cheapest count.
  Outcome<void> second_level() {
    if (!sets_.lines_that_fit) {
      prices_.why_no_l2 = "no number of lines up to 64 left the first level";
      return {};
    }
    const unsigned fit = *sets_.lines_that_fit;
    const auto twice = cheapest(2 * fit, 1, 4);
    if (!twice) return tl::make_unexpected(twice.error());
    const auto thrice = cheapest(3 * fit, 1, 4);
    if (!thrice) return tl::make_unexpected(thrice.error());
    if (!*twice || !*thrice || (*thrice)->middle > 1.2 * (*twice)->middle ||
        (*twice)->middle > 1.2 * (*thrice)->middle) {
      prices_.why_no_l2 = "lines that leave the first level do not cost one price";
      return {};
    }
    prices_.l2_hit = Figure{(*twice)->middle, std::min((*twice)->low, (*thrice)->low),
                            std::max((*twice)->high, (*thrice)->high)};
    const auto same_set = cheapest(2 * fit, std::min(kMostChains, 2 * fit), 1);
    if (!same_set) return tl::make_unexpected(same_set.error());
    prices_.same_set = *same_set;
    const auto spread = cheapest(2 * fit, kMostChains, kMostChains);
    if (!spread) return tl::make_unexpected(spread.error());
    prices_.spread = *spread;
    return {};
  }

  // Of that many frames, one line each in each of so many sets.
  Outcome<std::optional<Figure>> cheapest(unsigned count, unsigned chains, unsigned in_sets) {
    const auto addresses = competing_addresses(timer_.reach(), hash_.rows,
                                               sets_.evict_each_other == Answer::kYes, count);
    std::optional<Figure> best;
    if (addresses.size() < count) return best;
    for (std::uint32_t draw = 0; draw < 4; ++draw) {
      const std::uint32_t first = 1 + draw * count;
      if (first + count > timer_.reach().frames) break;
      Loop loop, fitting;
      loop.chains = chains;
      for (std::uint32_t i = 0; i < count; ++i) {
        // Of one page, as far apart as can be: what a prefetcher adds to a miss lies near it.
        for (std::uint32_t set = 0; set < in_sets; ++set)
          loop.reads.push_back(
              {first + i, piece_ + (1024 + set * (4096 / in_sets)) % 4096, addresses[i]});
        fitting.reads.push_back(
            {first + i, piece_ + i * 5 % 16 * 256 + i / 16 % 4 * 64 + 8, addresses[i]});
      }
      // No order that a prefetcher could follow.
      std::shuffle(loop.reads.begin(), loop.reads.end(), std::mt19937_64(draw));
      auto figure = price(loop);
      if (!figure) return tl::make_unexpected(figure.error());
      if (chains == 1) {
        auto control = price(fitting);
        if (!control) return tl::make_unexpected(control.error());
        const double tlb_ns = std::max(0.0, control->middle - prices_.l1_hit->middle);
        *figure = {figure->middle - tlb_ns, figure->low - tlb_ns, figure->high - tlb_ns};
      }
      if (!best || figure->middle < best->middle) best = *figure;
    }
    return best;
  }

  Timer& timer_;
  Patience patience_;
  const HashFindings& hash_;
  const SetFindings& sets_;
  std::uint32_t piece_;
  Prices prices_;
};

}  // namespace

Outcome<Prices> find_prices(Timer& timer, const Patience& patience, const HashFindings& hash,
                            const SetFindings& sets) {
  return Pricing(timer, patience, hash, sets).run();
}

}  // namespace zp::probe
