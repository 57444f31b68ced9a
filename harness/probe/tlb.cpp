// SPDX-License-Identifier: MIT
#include "harness/probe/tlb.hpp"

#include <algorithm>
#include <random>

namespace zp::probe {
namespace {

constexpr std::uint32_t kLineBytes = 64;  // two lines of a page never closer
constexpr unsigned kStepSamples = 25;
constexpr unsigned kConfirmations = 3;
constexpr double kMostOfStep = 0.7;

class Tlb {
 public:
  Tlb(Timer& timer, const Patience& patience, double cycle_ns)
      : timer_(timer),
        patience_(patience),
        cycle_ns_(cycle_ns),
        page_(static_cast<std::uint32_t>(1U << timer.reach().page_shift)),
        most_pages_(timer.reach().frames) {}

  Outcome<TlbFindings> run() {
    for (auto step : {&Tlb::measure, &Tlb::find_steps, &Tlb::judge_huge})
      if (auto done = (this->*step)(); !done) return fail(done);
    return found_;
  }

  // The first step alone, where it lies below so many pages.
  Outcome<std::optional<TlbStep>> first_step(std::uint64_t most_pages) {
    most_pages_ = std::min(most_pages, most_pages_);
    for (auto step : {&Tlb::measure, &Tlb::find_steps})
      if (auto done = (this->*step)(); !done) return fail(done);
    if (found_.out_of_time || found_.steps.empty()) return std::nullopt;
    return found_.steps.front();
  }

 private:
  Outcome<void> measure() {
    for (std::uint64_t pages = 16; pages <= most_pages_; pages = next(pages)) {
      if (found_.out_of_time = timer_.seconds() > patience_.deadline_s; found_.out_of_time) break;
      auto times = times_of(pages, false);
      if (!times) return fail(times);
      times_.emplace_back(pages, *times);
      found_.most_pages = pages;
    }
    return {};
  }

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

  // Packed in slot 0, a page each in slot 1.
  Outcome<Undisturbed> times_of(std::uint64_t count, bool huge) {
    if (auto set = timer_.prepare(0, lines(count, true, huge)); !set) return fail(set);
    if (auto set = timer_.prepare(1, lines(count, false, huge)); !set) return fail(set);
    return undisturbed_ns(timer_, kStepSamples, std::max<std::uint64_t>(count, 512));
  }

  [[nodiscard]] double extra_ns(std::size_t at) const { return times_[at].second.extra_ns(); }
  [[nodiscard]] bool is_step(std::size_t at, double level_ns) const {
    const double least = std::max(1.5 * cycle_ns_, kMostOfStep * level_ns);
    return extra_ns(at) - level_ns >= least && extra_ns(at + 1) - level_ns >= least;
  }

  // Measured again later, when a neighbour may be quiet.
  Outcome<void> measure_again(std::size_t at) {
    auto times = times_of(times_[at].first, false);
    if (!times) return fail(times);
    times_[at].second.merge(*times);
    return {};
  }

  // A step is where reads begin to cost more, and stay so, also when they are measured again.
  Outcome<void> find_steps() {
    double level_ns = 0;
    for (std::size_t i = 1; i + 1 < times_.size() && found_.steps.size() < 2; ++i) {
      for (unsigned again = 0; again < kConfirmations && is_step(i, level_ns); ++again)
        for (const std::size_t at : {i, i + 1})
          if (auto done = measure_again(at); !done) return done;
      if (!is_step(i, level_ns)) continue;
      // The level that follows: the median of what lies within the next doubling.
      std::vector<double> after;
      std::size_t j = i;
      for (; j < times_.size() && times_[j].first <= 3 * times_[i].first; ++j)
        if (times_[j].first * 2 > times_[i].first * 3) after.push_back(extra_ns(j));
      const double next_ns = after.empty() ? extra_ns(i + 1) : median(after);
      if (next_ns <= level_ns) continue;  // what comes after contradicts it
      // Of what lies between, some pages fit: a neighbour has the room for others, or chance
      // decides.
      std::size_t exceeded = i;
      while (exceeded < j && extra_ns(exceeded) - level_ns < kMostOfStep * (next_ns - level_ns))
        ++exceeded;
      level_ns = next_ns;
      found_.steps.push_back({times_[i - 1].first, times_[exceeded].first, level_ns});
      i = std::max(i, j > 0 ? j - 1 : 0);
    }
    return {};
  }

  Outcome<void> judge_huge() {
    found_.why_no_huge = timer_.reach().why_no_huge;
    if (timer_.reach().huge_bytes == 0 || timer_.seconds() > patience_.deadline_s) return {};
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
    auto small = times_of(pieces, false);
    if (!small) return fail(small);
    auto large = times_of(pieces, true);
    if (!large) return fail(large);
    found_.huge_pieces = pieces;
    found_.page_extra_ns = std::max(0.0, small->extra_ns());
    found_.huge_extra_ns = std::max(0.0, large->extra_ns());
    if (found_.page_extra_ns < 1.5 * cycle_ns_) {
      found_.why_no_huge = "small pages cost too little extra";
    } else if (found_.huge_extra_ns < 0.3 * found_.page_extra_ns) {
      found_.huge = Answer::kYes;
    } else if (found_.huge_extra_ns > 0.6 * found_.page_extra_ns) {
      found_.huge = Answer::kNo;
    }
    return {};
  }

  Timer& timer_;
  Patience patience_;
  double cycle_ns_;
  std::uint32_t page_;
  std::uint64_t most_pages_;
  std::vector<std::pair<std::uint64_t, Undisturbed>> times_;
  TlbFindings found_;
};

}  // namespace

Outcome<TlbFindings> find_tlb(Timer& timer, const Patience& patience, double cycle_ns) {
  return Tlb(timer, patience, cycle_ns).run();
}

Outcome<void> look_again(Timer& timer, const Patience& patience, double cycle_ns,
                         TlbFindings& found) {
  if (found.steps.empty()) return {};
  TlbStep& first = found.steps.front();
  if (found.looks.empty()) found.looks.push_back(first.fit);
  const auto seen = Tlb(timer, patience, cycle_ns).first_step(4 * first.exceeded);
  if (!seen) return fail(seen);
  if (!*seen) return {};
  found.looks.push_back((*seen)->fit);
  if ((*seen)->fit > first.fit) first = **seen;
  return {};
}

unsigned TlbFindings::smaller_looks() const {
  return static_cast<unsigned>(
      std::ranges::count_if(looks, [&](std::uint64_t fit) { return fit < steps.front().fit; }));
}

}  // namespace zp::probe
