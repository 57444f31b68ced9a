// SPDX-License-Identifier: MIT
#include "harness/probe/pairs.hpp"

#include <algorithm>
#include <cmath>

namespace zp::probe {
namespace {

constexpr std::uint64_t kWindowReads = 192;
constexpr std::uint32_t kFrame = 0;
constexpr double kLeastShare = 0.2;  // of the control's time, for a cost to be one

double share_beyond(const std::vector<double>& values, double threshold, bool above) {
  const auto wrong = std::ranges::count_if(
      values, [&](double value) { return above ? value > threshold : value < threshold; });
  return (static_cast<double>(wrong) + 0.5) / (static_cast<double>(values.size()) + 1);
}

}  // namespace

Outcome<void> PairOracle::prepare(Mask difference) {
  // Lines that fall into sets of their own even where a way is 1 KiB; a pair's two words lie in one
  // line of 16 bytes.
  const std::uint32_t piece = piece_of(timer_.reach());
  const std::uint32_t line = piece + 1024, first = piece + 256, second = piece + 2560;
  if (auto set = timer_.prepare(0, {{{kFrame, first, 0}, {kFrame, second, difference}}}); !set)
    return set;
  return timer_.prepare(1, {{{kFrame, line, 0}, {kFrame, line + 8, difference}}});
}

double PairOracle::over_control_ns() {
  for (int tries = 0; tries < 100; ++tries) {
    const double control = timer_.sample_ns(0, kWindowReads);
    const double pair = timer_.sample_ns(1, kWindowReads);
    if (control > 0 && pair > 0) return pair - control;  // else the clock jumped
  }
  return 0;
}

Outcome<bool> PairOracle::calibrate(std::vector<HashFindings::BitTime>& bits) {
  constexpr unsigned kSamples = 31, kReference = 121;
  if (auto set = prepare(0); !set) return fail(set);
  std::vector<double> reference, controls;
  for (unsigned i = 0; i < kReference; ++i) {
    controls.push_back(timer_.sample_ns(0, kWindowReads));
    reference.push_back(over_control_ns());
  }
  const double control_ns = median(controls);
  const double middle = median(reference);
  std::vector<double> deviations;
  for (const double value : reference) deviations.push_back(std::abs(value - middle));
  const double noise_ns = 1.48 * median(deviations);
  // Five standard errors of a median of that many samples.
  const double least_ns =
      std::max(kLeastShare * control_ns, 5 * 1.25 * noise_ns / std::sqrt(double{kSamples}));
  std::vector<double> costly;
  std::vector<double> middles;
  for (const unsigned number : timer_.reach().bits) {
    if (auto set = prepare(bit(number)); !set) return fail(set);
    std::vector<double> over;
    for (unsigned i = 0; i < kSamples; ++i) over.push_back(over_control_ns());
    const double over_ns = median(over);
    bits.push_back({number, over_ns, Answer::kNo});
    if (over_ns - middle < least_ns) continue;
    middles.push_back(over_ns);
    costly.insert(costly.end(), over.begin(), over.end());
  }
  if (costly.empty()) return false;
  // Nearer to the state without a cost, whose noise is smaller.
  threshold_ns_ = middle + 0.42 * (median(middles) - middle);
  vote_error_ = std::max(share_beyond(reference, threshold_ns_, true),
                         share_beyond(costly, threshold_ns_, false));
  return true;
}

Outcome<Answer> PairOracle::ask(Mask difference) {
  if (auto set = prepare(difference); !set) return fail(set);
  Votes votes(vote_error_);
  for (unsigned i = 0; i < patience_.most_samples; ++i) {
    votes.add(over_control_ns() > threshold_ns_);
    if (const auto answer = votes.answer()) return *answer;
  }
  return Answer::kUnclear;
}

}  // namespace zp::probe
