// SPDX-License-Identifier: MIT
#include "harness/probe/prices.hpp"

#include <algorithm>
#include <random>
#include <tuple>

namespace zp::probe {
namespace {

constexpr unsigned kSamples = 60;
constexpr std::uint64_t kReads = 4096;
constexpr std::uint32_t kLines = 8, kPages = 128;
constexpr double kAlike = 1.2;      // of the cheapest
constexpr unsigned kSetLines = 64;  // more than a core has fills in flight

class Pricing {
 public:
  Pricing(Timer& timer, const Patience& patience, const HashFindings& hash, const SetFindings& sets)
      : timer_(timer),
        patience_(patience),
        hash_(hash),
        sets_(sets),
        piece_(piece_of(timer.reach())) {}

  Outcome<Prices> run() {
    // What was priced until time ended holds.
    if (auto done = price_all(); !done && !prices_.out_of_time) return fail(done);
    return prices_;
  }

 private:
  Outcome<void> price_all() {
    if (auto done = first_level(); !done) return fail(done);
    if (hash_.counting != 0)
      for (auto step : {&Pricing::synonyms, &Pricing::causal_pair})
        if (auto done = (this->*step)(); !done) return fail(done);
    for (auto step : {&Pricing::hits, &Pricing::second_level})
      if (auto done = (this->*step)(); !done) return fail(done);
    return {};
  }

  Outcome<Figure> price(const Loop& loop) {
    return price_in_time(timer_, patience_, 1, loop, kSamples, kReads, prices_.out_of_time);
  }

  // The cheapest of a few pages: once in some 20 runs on Emerald Rapids one page took 60 cycles a
  // read, sample after sample, where the others took 5.
  Outcome<void> first_level() {
    for (std::uint32_t page = 0; page < 4; ++page) {
      const std::uint64_t address = std::uint64_t{page} << timer_.reach().page_shift;
      const auto hit = price({{{page, 0, address}, {page, 8, address}}});
      if (!hit) return fail(hit);
      if (page == 0 || hit->middle < prices_.l1_hit->middle) prices_.l1_hit = *hit;
    }
    return {};
  }

  // What a loop of reads that wait for nothing takes where all of them hit.
  Outcome<void> hits() {
    Loop loop;
    loop.chains = 0;
    for (std::uint32_t i = 0; i < kLines; ++i)
      loop.reads.push_back({0, piece_ + i * (4096 / kLines), 0});
    auto figure = price(loop);
    if (!figure) return fail(figure);
    prices_.hits = *figure;
    return {};
  }

  Outcome<void> synonyms() {
    const Mask lowest = hash_.counting & -hash_.counting;
    auto single = price({{{0, piece_ + 1024, 0}, {0, piece_ + 1032, lowest}}});
    if (!single) return fail(single);
    prices_.synonym = *single;
    for (const auto& [lines, to] :
         {std::pair(1U, &prices_.same_line), std::pair(kLines, &prices_.several_lines)}) {
      auto figure = price(page_after_page(lines));
      if (!figure) return fail(figure);
      *to = *figure;
    }
    return {};
  }

  // One frame behind pages in a row, as a loop reads them. More pages than a core has reads in
  // flight: an address that comes round sooner shares the fill of the one before. (Chains over
  // eight addresses showed 6.8 cycles on Zen 5, where loops pay 12.)
  Loop page_after_page(std::uint32_t lines) const {
    Loop loop;
    loop.chains = 0;
    for (std::uint64_t page = 0; page < kPages; ++page)
      loop.reads.push_back({0, piece_ + static_cast<std::uint32_t>(page % lines) * (4096 / kLines),
                            page << timer_.reach().page_shift});
    return loop;
  }

  Outcome<void> causal_pair() {
    constexpr unsigned kAddresses = 16;
    const auto neutral = null_space(hash_.rows, free_bits(timer_.reach()));
    const auto agree = combinations(neutral, kAddresses);
    const auto differ = competing_addresses(timer_.reach(), hash_.rows, true, kAddresses);
    const auto one_frame = [&](const std::vector<Mask>& addresses, std::size_t count) {
      Loop loop;
      loop.chains = 0;
      for (std::size_t i = 0; i < count; ++i)
        for (std::uint32_t quarter = 0; quarter < 4; ++quarter)
          loop.reads.push_back({0, piece_ + quarter * 1024, addresses[i]});
      return loop;
    };
    // Where every lower bit counts, those that agree share a set of a TLB: as few as it holds.
    for (std::size_t count = std::min(agree.size(), differ.size()); count >= 2; count /= 2) {
      auto agreeing = price(one_frame(agree, count));
      if (!agreeing) return fail(agreeing);
      auto differing = price(one_frame(differ, count));
      if (!differing) return fail(differing);
      prices_.why_no_control =
          fmt::format("{} addresses whose bits agree cost {:.2f} ns, {:.2f} where they differ",
                      count, agreeing->middle, differing->middle);
      if (agreeing->middle >= differing->middle) continue;
      prices_.why_no_control.clear();
      prices_.hashes_agree = *agreeing;
      prices_.hashes_differ = *differing;
      prices_.control_addresses = static_cast<unsigned>(count);
      break;
    }
    return {};
  }

  // Twice and three times as many lines as fit into a set: all of them come from the second level,
  // if both cost the same. What the same pages cost with lines that fit is taken off: that is the
  // TLB's. Frames whose lines collide in the second level, too, cost more: other frames are tried,
  // and the cheapest count.
  Outcome<void> second_level() {
    if (!sets_.lines_that_fit) {
      prices_.why_no_l2 = sets_.why_unclear.empty()
                              ? "no number of lines up to 64 left the first level"
                              : sets_.why_unclear;
      return {};
    }
    const unsigned fit = *sets_.lines_that_fit;
    const auto twice = cheapest(2 * fit, 1, 4);
    if (!twice) return fail(twice);
    const auto thrice = cheapest(3 * fit, 1, 4);
    if (!thrice) return fail(thrice);
    if (!*twice || !*thrice) {
      prices_.why_no_l2 = "too few addresses or frames to fill a set three times";
      return {};
    }
    if ((*thrice)->middle > 1.2 * (*twice)->middle || (*twice)->middle > 1.2 * (*thrice)->middle) {
      prices_.why_no_l2 = "lines that leave the first level do not cost one price";
      return {};
    }
    prices_.l2_hit = Figure{(*twice)->middle, std::min((*twice)->low, (*thrice)->low),
                            std::max((*twice)->high, (*thrice)->high)};
    for (const auto& [count, in_sets, to] :
         {std::tuple(std::max(kSetLines, 2 * fit), 1U, &prices_.same_set),
          std::tuple(2 * fit, kLines, &prices_.spread)}) {
      const auto free = cheapest(count, 0, in_sets);
      if (!free) return fail(free);
      *to = *free;
    }
    return {};
  }

  // Of that many frames, one line each in each of so many sets.
  Outcome<std::optional<Figure>> cheapest(unsigned count, unsigned chains, unsigned in_sets) {
    const auto addresses = competing_addresses(timer_.reach(), hash_.rows,
                                               sets_.evict_each_other == Answer::kYes, count);
    std::optional<Figure> best;
    std::vector<Figure> tried;
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
      if (!figure) return fail(figure);
      if (chains == 1) {
        auto control = price(fitting);
        if (!control) return fail(control);
        const double tlb_ns = std::max(0.0, control->middle - prices_.l1_hit->middle);
        *figure = {figure->middle - tlb_ns, figure->low - tlb_ns, figure->high - tlb_ns};
      }
      tried.push_back(*figure);
      if (!best || figure->middle < best->middle) best = *figure;
    }
    // Other frames that do not collide either are as good.
    for (const Figure& other : tried)
      if (other.middle < kAlike * best->middle) best->high = std::max(best->high, other.high);
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

std::optional<Figure> Prices::fill() const {
  if (!same_set || !spread) return std::nullopt;
  const auto left = [](double of_all, double of_set) {
    return std::max(0.1 * of_all, (kLines * of_all - of_set) / (kLines - 1));
  };
  return Figure{left(spread->middle, same_set->middle), left(spread->low, same_set->high),
                left(spread->high, same_set->low)};
}

Outcome<Prices> find_prices(Timer& timer, const Patience& patience, const HashFindings& hash,
                            const SetFindings& sets) {
  return Pricing(timer, patience, hash, sets).run();
}

}  // namespace zp::probe
