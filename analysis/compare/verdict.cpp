// SPDX-License-Identifier: MIT
#include "analysis/compare/verdict.hpp"

#include <algorithm>

#include "analysis/stats/mann_whitney.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

bool enough(const Change& change, const VerdictRules& rules) {
  return std::min(change.base_n, change.new_n) >= rules.min_n;
}

// The interval as "how many times worse": above 1 is a regression.
Interval worsening(const Change& change, Better better) {
  const auto& interval = change.ratio->interval;
  return better == Better::kHigher ? Interval{1 / interval.high, 1 / interval.low} : interval;
}

Doubt decide_by_interval(Change& change, Better better, const VerdictRules& rules) {
  if (!change.ratio->decides()) return Doubt::kFewValues;
  const auto interval = worsening(change, better);
  const double limit = 1 + rules.threshold;
  if (interval.low >= 1 / limit && interval.high <= limit) {
    change.verdict = Verdict::kSame;
    return Doubt::kNone;
  }
  if (interval.low <= 1 && interval.high >= 1) return Doubt::kWideInterval;
  if (change.p_holm >= rules.alpha) return Doubt::kNotSignificant;
  change.verdict = interval.low > 1 ? Verdict::kSlower : Verdict::kFaster;
  return Doubt::kNone;
}

// Counts are sums divided by the number of reads: equal ones may differ in the last digits.
constexpr double kRounding = 1e-9;

Verdict verdict_of(const CountRanges& counts, Better better, double threshold) {
  const auto& [base, other] = counts;
  const double limit = 1 + threshold;
  const double most = base.high * limit + kRounding;
  const double least = base.low / limit - kRounding;
  if (other.low > most) return better == Better::kHigher ? Verdict::kFaster : Verdict::kSlower;
  if (other.high < least) return better == Better::kHigher ? Verdict::kSlower : Verdict::kFaster;
  // Every count of one side against every one of the other.
  const bool alike =
      other.high <= base.low * limit + kRounding && other.low >= base.high / limit - kRounding;
  return alike ? Verdict::kSame : Verdict::kUndecided;
}

BisectAnswer bisect_counts(const CountRanges& counts, Better better, double threshold) {
  const auto verdict = verdict_of(counts, better, threshold);
  if (verdict == Verdict::kUndecided) return BisectAnswer::kSkip;
  const bool bad =
      verdict == Verdict::kSlower || (better == Better::kNeither && verdict == Verdict::kFaster);
  return bad ? BisectAnswer::kBad : BisectAnswer::kGood;
}

Interval extent(std::span<const double> values) {
  const auto [low, high] = std::ranges::minmax_element(values);
  return {*low, *high};
}

}  // namespace

Change measure_change(std::span<const double> base, std::span<const double> other,
                      const VerdictRules& rules) {
  auto change = describe_values(base, other, rules);
  change.ratio = rules.bootstrap ? bootstrap_ratio(base, other, rules.seed)
                                 : hodges_lehmann_ratio(base, other);
  const auto test = mann_whitney(base, other);
  change.p = test.p;
  change.p_exact = test.exact;
  return change;
}

Change describe_values(std::span<const double> base, std::span<const double> other,
                       const VerdictRules& rules) {
  Change change;
  change.base_n = base.size();
  change.new_n = other.size();
  if (rules.counts) change.counts = CountRanges{extent(base), extent(other)};
  const double first = base.front();
  const auto differs = [&](double value) { return value < first || value > first; };
  change.all_equal = std::ranges::none_of(base, differs) && std::ranges::none_of(other, differs);
  return change;
}

void decide(Change& change, Better better, const VerdictRules& rules) {
  change.verdict = Verdict::kUndecided;
  if (change.counts) {
    change.verdict = verdict_of(*change.counts, better, rules.threshold);
    change.doubt = change.verdict == Verdict::kUndecided ? Doubt::kWideInterval : Doubt::kNone;
  } else if (!enough(change, rules)) {
    change.doubt = Doubt::kFewValues;
  } else if (change.all_equal) {
    change.verdict = Verdict::kSame;
    change.doubt = Doubt::kNone;
  } else if (!change.ratio) {
    change.doubt = Doubt::kNoRatio;
  } else {
    change.doubt = decide_by_interval(change, better, rules);
  }
  change.shown = change.verdict;
  if (change.verdict == Verdict::kUndecided || change.counts) return;
  if (!change.disturbed.mostly() && !rules.hold_one_boot && !rules.hold_hosts) return;
  change.verdict = Verdict::kUndecided;
  change.doubt = change.disturbed.mostly() ? Doubt::kDisturbed
                 : rules.hold_hosts        ? Doubt::kOtherHosts
                                           : Doubt::kOneBoot;
}

std::string_view doubt_word(Doubt doubt) {
  return word_for(doubt, {"", "few values", "wide interval", "not significant", "no ratio",
                          "one boot", "other hosts", "disturbed", "no figure"});
}

std::string_view held_mark(Doubt doubt) {
  return word_for(doubt, {"", "", "", "", "", "[1]", "[h]", "[d]", ""});
}

std::string_view verdict_word(Verdict verdict, const Metric& metric) {
  if (metric.depends_on_clock) return word_for(verdict, {"faster", "slower", "same", "undecided"});
  if (metric.better == Better::kNeither)
    return word_for(verdict, {"less", "more", "same", "undecided"});
  return word_for(verdict, {"better", "worse", "same", "undecided"});
}

BisectAnswer bisect_answer(const Change& change, Better better, const VerdictRules& rules) {
  if (change.counts) return bisect_counts(*change.counts, better, rules.threshold);
  if (change.disturbed.mostly() || rules.hold_one_boot || rules.hold_hosts ||
      !enough(change, rules))
    return BisectAnswer::kSkip;
  if (change.all_equal) return BisectAnswer::kGood;
  if (!change.ratio || !change.ratio->decides()) return BisectAnswer::kSkip;
  const auto interval = worsening(change, better);
  const double limit = 1 + rules.threshold;
  if (interval.high <= limit) return BisectAnswer::kGood;
  if (interval.low > limit && change.p_holm < rules.alpha) return BisectAnswer::kBad;
  return BisectAnswer::kSkip;
}

}  // namespace zp::analysis
