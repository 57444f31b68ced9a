// SPDX-License-Identifier: MIT
#include "harness/probe/tlb.hpp"

#include <algorithm>
#include <random>

namespace zp::probe {
namespace {

constexpr std::uint32_t kLineBytes = 64;  // two lines of a page never closer
constexpr unsigned kStepSamples = 9;

class Tlb {
 public:
  Tlb(Timer& timer, const Patience& patience, double cycle_ns)
      : timer_(timer),
        patience_(patience),
        cycle_ns_(cycle_ns),
        page_(static_cast<std::uint32_t>(1U << timer.reach().page_shift)) {}

  Outcome<TlbFindings> run() {
    for (std::uint64_t pages = 16; pages <= timer_.reach().frames; pages = next(pages)) {
      if (timer_.seconds() > patience_.deadline_s) break;
      auto extra = extra_ns(pages, false);
      if (!extra) return tl::make_unexpected(extra.error());
      extras_.emplace_back(pages, *extra);
      found_.most_pages = pages;
    }
    find_steps();
    if (auto done = judge_huge(); !done) return tl::make_unexpected(done.error());
    return found_;
  }

 private:
  // 16 24 32 48 64 80 96 112 128 160 192 ... : where TLBs end, and between.
  static std::uint64_t next(std::uint64_t pages) {
    std::uint64_t power = 16;
    while (power * 2 <= pages) power *= 2;
    return pages + power / (power < 64 ? 2 : 4);
  }

  // The same number of lines, one per page or packed, shuffled. Which line of a page is drawn: in a
  // fixed order, pages that lie in a row would use few sets of the second level.
  Loop lines(std::uint64_t count, bool packed, bool huge) const {
    const std::uint64_t page_lines = page_ / kLineBytes;
    std::mt19937_64 random(count);
    Loop loop;
    loop.huge = huge;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t page = packed ? i / page_lines : i;
      const std::uint64_t line = packed ? i % page_lines : random() % page_lines;
      loop.reads.push_back({static_cast<std::uint32_t>(page),
                            static_cast<std::uint32_t>(line * kLineBytes + (packed ? 8 : 0)),
                            page * page_});
    }
    std::shuffle(loop.reads.begin(), loop.reads.end(), random);
    return loop;
  }

  Outcome<double> extra_ns(std::uint64_t count, bool huge) {
    if (auto set = timer_.prepare(0, lines(count, true, huge)); !set)
      return tl::make_unexpected(set.error());
    if (auto set = timer_.prepare(1, lines(count, false, huge)); !set)
      return tl::make_unexpected(set.error());
    std::vector<double> extra;
    for (unsigned i = 0; i < kStepSamples; ++i) {
      const double packed = timer_.sample_ns(0, std::max<std::uint64_t>(count, 512));
      const double apart = timer_.sample_ns(1, std::max<std::uint64_t>(count, 512));
      if (packed > 0 && apart > 0) extra.push_back(apart - packed);
    }
    return extra.empty() ? 0 : median(extra);
  }

  // A step is where reads begin to cost more, and stay so.
  void find_steps() {
    double level_ns = 0;
    for (std::size_t i = 1; i + 1 < extras_.size() && found_.steps.size() < 2; ++i) {
      const double least = std::max(1.5 * cycle_ns_, 0.7 * level_ns);
      if (extras_[i].second - level_ns < least || extras_[i + 1].second - level_ns < least)
        continue;
      TlbStep step{extras_[i - 1].first, extras_[i].first, 0};
      // The level that follows: the median of what lies within the next doubling.
      std::vector<double> after;
      std::size_t j = i;
      for (; j < extras_.size() && extras_[j].first <= 3 * extras_[i].first; ++j)
        if (extras_[j].first * 2 > extras_[i].first * 3) after.push_back(extras_[j].second);
      level_ns = after.empty() ? extras_[i + 1].second : median(after);
      step.extra_ns = level_ns;
      found_.steps.push_back(step);
      i = std::max(i, j > 0 ? j - 1 : 0);
    }
  }

  Outcome<void> judge_huge() {
    found_.why_no_huge = timer_.reach().why_no_huge;
    if (timer_.reach().huge_bytes == 0 || extras_.empty()) return {};
    if (found_.steps.empty()) {
      found_.why_no_huge = "small pages show no step either";
      return {};
    }
    // Where small pages exceed the first TLB for certain, and caches play no part yet.
    const std::uint64_t pieces = 2 * found_.steps.front().exceeded;
    if (pieces > timer_.reach().huge_bytes / page_ || pieces > timer_.reach().frames) {
      found_.why_no_huge = "too little memory in huge pages";
      return {};
    }
    auto small = extra_ns(pieces, false);
    if (!small) return tl::make_unexpected(small.error());
    auto large = extra_ns(pieces, true);
    if (!large) return tl::make_unexpected(large.error());
    found_.huge_pieces = pieces;
    found_.page_extra_ns = *small;
    found_.huge_extra_ns = *large;
    if (*small < 1.5 * cycle_ns_) {
      found_.why_no_huge = "small pages cost too little extra";
    } else if (*large < 0.3 * *small) {
      found_.huge = Answer::kYes;
    } else if (*large > 0.6 * *small) {
      found_.huge = Answer::kNo;
    }
    return {};
  }

  Timer& timer_;
  Patience patience_;
  double cycle_ns_;
  std::uint32_t page_;
  std::vector<std::pair<std::uint64_t, double>> extras_;
  TlbFindings found_;
};

}  // namespace

Outcome<TlbFindings> find_tlb(Timer& timer, const Patience& patience, double cycle_ns) {
  return Tlb(timer, patience, cycle_ns).run();
}

}  // namespace zp::probe
