// SPDX-License-Identifier: MIT
#include "harness/probe/sampling.hpp"

#include <algorithm>
#include <cmath>

namespace zp::probe {
namespace {

// Ranks of an interval for the median that leaves out `sigmas` standard deviations at either end.
std::pair<std::size_t, std::size_t> ranks(std::size_t count, double sigmas) {
  const double n = static_cast<double>(count);
  const double below = std::floor((n - sigmas * std::sqrt(n)) / 2 - 0.5);
  const auto low = static_cast<std::size_t>(std::max(0.0, below));
  return {low, count - 1 - low};
}

template <class Draw>
Figure figure_of_times(unsigned samples, Draw draw) {
  std::vector<double> values;
  for (unsigned i = 0; i < samples; ++i)
    if (const double ns = draw(); ns > 0) values.push_back(ns);
  return values.empty() ? Figure{} : figure_of(std::move(values));
}

}  // namespace

Figure figure_of(std::vector<double> values) {
  std::ranges::sort(values);
  const auto [low, high] = ranks(values.size(), 1.96);
  return {median(values), values[low], values[high]};
}

Votes::Votes(double error) {
  const double least = std::clamp(error, 0.002, kMostError);
  needed_ = static_cast<int>(std::ceil(16 / std::log((1 - least) / least)));
}

std::optional<Answer> Votes::answer() const {
  if (lead_ >= needed_) return Answer::kYes;
  if (lead_ <= -needed_) return Answer::kNo;
  return std::nullopt;
}

Answer costs_more(Timer& timer, double least_ns, double share, const Patience& patience) {
  constexpr std::size_t kLeast = 25;  // below, four standard deviations leave nothing over
  std::vector<double> over;
  while (over.size() < patience.most_samples) {
    for (std::size_t i = 0; i < kLeast; ++i) {
      const double plain = timer.sample_ns(0, 256), tried = timer.sample_ns(1, 256);
      if (plain > 0 && tried > 0) over.push_back(tried - plain - std::max(least_ns, share * plain));
    }
    if (over.size() >= kLeast) {
      std::vector<double> sorted = over;
      std::ranges::sort(sorted);
      const auto [low, high] = ranks(sorted.size(), 4);
      if (sorted[low] > 0) return Answer::kYes;
      if (sorted[high] < 0) return Answer::kNo;
    }
    if (timer.seconds() > patience.deadline_s) break;
  }
  return Answer::kUnclear;
}

Figure price_ns(Timer& timer, unsigned slot, unsigned samples, std::uint64_t reads) {
  return figure_of_times(samples, [&] { return timer.sample_ns(slot, reads); });
}

Outcome<Figure> price_in_time(Timer& timer, const Patience& patience, unsigned slot,
                              const Loop& loop, unsigned samples, std::uint64_t reads,
                              bool& out_of_time) {
  out_of_time = timer.seconds() > patience.deadline_s;
  if (out_of_time) return fail(ExitCode::kCannotRun, kNoTimeLeft);
  if (auto set = timer.prepare(slot, loop); !set) return fail(set);
  return price_ns(timer, slot, samples, reads);
}

std::optional<Figure> agreed(std::vector<Figure> tries) {
  constexpr double kSame = 0.1;
  if (tries.size() < 2) return std::nullopt;
  std::ranges::sort(tries, {}, &Figure::middle);
  const Figure &one = tries[0], &other = tries[1];
  if (one.middle <= 0 || other.middle > (1 + kSame) * one.middle) return std::nullopt;
  return Figure{(one.middle + other.middle) / 2, std::min(one.low, other.low),
                std::max(one.high, other.high)};
}

void Undisturbed::merge(const Undisturbed& other) {
  const auto less = [](double a, double b) { return a > 0 && (b <= 0 || a < b) ? a : b; };
  plain_ns = less(plain_ns, other.plain_ns);
  tried_ns = less(tried_ns, other.tried_ns);
}

Undisturbed undisturbed_ns(Timer& timer, unsigned samples, std::uint64_t reads) {
  std::vector<double> plain, tried;
  for (unsigned i = 0; i < samples; ++i) {
    const double one = timer.sample_ns(0, reads), other = timer.sample_ns(1, reads);
    if (one > 0) plain.push_back(one);
    if (other > 0) tried.push_back(other);
  }
  const auto fast = [](std::vector<double>& values) {
    if (values.empty()) return 0.0;
    const auto tenth = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 10);
    std::nth_element(values.begin(), tenth, values.end());
    return *tenth;
  };
  return {fast(plain), fast(tried)};
}

Figure cycle_ns(Timer& timer, unsigned samples) {
  return figure_of_times(samples, [&] { return timer.cycle_ns(); });
}

}  // namespace zp::probe
