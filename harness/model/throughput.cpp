// SPDX-License-Identifier: MIT
#include "harness/model/throughput.hpp"

#include <algorithm>

namespace zp::model {
namespace {

constexpr double kNever = 1e-3;           // events a read that need no price
constexpr std::uint64_t kEntryBytes = 8;  // of a page table

Range operator+(Range a, Range b) {
  return {a.low + b.low, a.high + b.high};
}
Range operator*(double times, Range range) {
  return {times * range.low, times * range.high};
}

// Prices by key; notes which are missing and whether one is uncertain.
class Prices {
 public:
  explicit Prices(const Description& cpu) : cpu_(cpu) {}

  // `events` a read at that price.
  Range of(double events, const std::optional<Range>& price, const std::string& key) {
    if (events < kNever) return {};
    if (!price) {
      if (missing_.find(key) == std::string::npos)
        missing_.append(missing_.empty() ? "" : ", ").append(key);
      return {};
    }
    for (const Figure& figure : cpu_.figures) uncertain_ |= figure.key == key && figure.uncertain;
    return events * *price;
  }

  [[nodiscard]] bool uncertain() const { return uncertain_; }
  [[nodiscard]] std::string missing() const {
    return missing_.empty() ? "" : fmt::format("{} has no figure for {}", cpu_.name, missing_);
  }

 private:
  const Description& cpu_;
  bool uncertain_ = false;
  std::string missing_;
};

// Which share of the entries of the page table a walk that jumps finds beyond the second level,
// which holds the table's lines as well as it can.
double entries_beyond_l2(const Description& cpu, const WalkShape& walk) {
  if (walk.order == WalkShape::Order::kSequential || cpu.geometry.caches.size() < 2) return 0;
  const auto bytes = static_cast<double>(walk.mappings * kEntryBytes);
  const auto room = static_cast<double>(cpu.geometry.caches[1].size_bytes);
  return bytes <= room ? 0 : 1 - room / bytes;
}

// What of the reads is served by each level: [0] the first, [caches] memory.
std::vector<double> served_by(const Description& cpu, const SteadyState& state) {
  std::vector<double> served;
  double asked = 1;
  for (std::size_t k = 0; k < cpu.geometry.caches.size(); ++k) {
    const double missed = state.per_read(state.counts.misses[k]);
    served.push_back(asked - missed);
    asked = missed;
  }
  served.push_back(asked);
  return served;
}

class Independent {
 public:
  Independent(const Description& cpu, const SteadyState& state, const WalkShape& walk)
      : cpu_(cpu), state_(state), walk_(walk), served_(served_by(cpu, state)), prices_(cpu) {}

  Throughput predict() {
    const bool sequential = walk_.order == WalkShape::Order::kSequential;
    add(Bound::kLoop, prices_.of(1, sequential ? cpu_.loop.sequential : cpu_.loop.random,
                                 sequential ? "loop.sequential_cycles" : "loop.random_cycles"));
    add_fills();
    add_turn_around();
    add_walks();
    Throughput result;
    result.uncertain = prices_.uncertain();
    result.missing = prices_.missing();
    if (!result.missing.empty()) return result;
    std::stable_sort(limits_.begin(), limits_.end(), [](const Limit& a, const Limit& b) {
      return middle(a.cycles_per_read) > middle(b.cycles_per_read);
    });
    result.limits = std::move(limits_);
    return result;
  }

 private:
  void add(Bound bound, Range cycles) { limits_.push_back({bound, cycles}); }

  // A fill takes `lines` where its set is another one each time, and `same_set` in one set, where
  // synonyms may have a price of their own; a set that comes round after d fills takes both into
  // account. Deeper levels have one price.
  void add_fills() {
    const double from_l2 = served_.size() > 2 ? served_[1] : 0;
    const double in_set = from_l2 * walk_.closeness.set;
    const Range spread = prices_.of(from_l2 - in_set, cpu_.overlap.lines, "overlap.lines_cycles");
    const double synonyms = state_.per_read(state_.counts.synonym_misses);
    const bool shuffled = walk_.order == WalkShape::Order::kRandom;
    const auto& overlap = cpu_.overlap;
    const bool own_price = shuffled && overlap.shuffled_same_set_synonym;
    const auto& of_synonym =
        own_price ? overlap.shuffled_same_set_synonym : overlap.same_set_synonym;
    const double share = of_synonym && from_l2 >= kNever ? std::min(1.0, synonyms / from_l2) : 0;
    const Range set = prices_.of(share * in_set, of_synonym,
                                 own_price ? "overlap.shuffled_same_set_synonym_cycles"
                                           : "overlap.same_set_synonym_cycles") +
                      prices_.of((1 - share) * in_set, overlap.same_set, "overlap.same_set_cycles");
    Range deeper;
    for (std::size_t k = 2; k + 1 < served_.size(); ++k)
      deeper = deeper + prices_.of(served_[k], cpu_.overlap.caches[k],
                                   fmt::format("overlap.l{}_cycles", k + 1));
    deeper = deeper + prices_.of(served_.back(), cpu_.overlap.memory, "overlap.memory_cycles");
    const Range all = spread + set + deeper;
    const bool few_sets = set.high > spread.high + deeper.high;
    const bool deep = deeper.high > spread.high;
    add(few_sets ? Bound::kOneSet : deep ? Bound::kDeepFills : Bound::kFills, all);
  }

  // Synonyms of one line wait for one another: a line that comes round after d reads takes a round
  // trip, and a fill for each of the d - 1 others. Reads of the next line need not wait for them.
  void add_turn_around() {
    const double synonyms = state_.per_read(state_.counts.synonym_misses);
    const double same = synonyms * walk_.closeness.line;
    Range cycles =
        prices_.of(same, cpu_.overlap.same_line, "overlap.same_line_cycles") +
        prices_.of(same < kNever ? 0 : synonyms - same, cpu_.overlap.lines, "overlap.lines_cycles");
    if (const auto& saved = cpu_.overlap.next_line) {
      const double changes = synonyms * walk_.closeness.changes;
      cycles = {std::max(0.0, cycles.low - changes * saved->high),
                std::max(0.0, cycles.high - changes * saved->low)};
    }
    add(Bound::kOneLine, cycles);
  }

  void add_walks() {
    if (cpu_.geometry.tlbs.empty()) return;
    const std::size_t last = cpu_.geometry.tlbs.size() - 1;
    const double walks = state_.per_read(state_.counts.tlb_misses[last]);
    const bool shuffled = walk_.order == WalkShape::Order::kRandom;
    const bool own_price = shuffled && cpu_.overlap.shuffled_walk;
    Range cycles =
        own_price ? prices_.of(walks, cpu_.overlap.shuffled_walk, "overlap.shuffled_walk_cycles")
                  : prices_.of(walks, cpu_.overlap.walk, "overlap.walk_cycles");
    if (shuffled && served_.size() > 2) {
      // An entry of the page table is then a line of its own.
      const double beyond = walks * entries_beyond_l2(cpu_, walk_);
      if (!own_price)
        cycles = cycles + prices_.of(walks - beyond, cpu_.overlap.lines, "overlap.lines_cycles");
      const bool third = served_.size() > 3;
      cycles = cycles + prices_.of(beyond, third ? cpu_.overlap.caches[2] : cpu_.overlap.memory,
                                   third ? "overlap.l3_cycles" : "overlap.memory_cycles");
    }
    add(Bound::kWalks, cycles);
  }

  const Description& cpu_;
  const SteadyState& state_;
  const WalkShape& walk_;
  std::vector<double> served_;
  Prices prices_;
  std::vector<Limit> limits_;
};

Throughput dependent(const Description& cpu, const SteadyState& state, const WalkShape& walk) {
  const Cost cost = estimate_cost(cpu, state.counts);
  Throughput result;
  result.uncertain = cost.uncertain;
  result.missing = cost.missing;
  if (!cost.cycles_per_read) return result;
  Prices prices(cpu);
  Range cycles = *cost.cycles_per_read + prices.of(1, cpu.loop.dependent, "loop.dependent_cycles");
  if (!cpu.geometry.tlbs.empty() && cpu.geometry.caches.size() > 2) {
    const double walks = state.per_read(state.counts.tlb_misses[cpu.geometry.tlbs.size() - 1]);
    const double beyond = walks * entries_beyond_l2(cpu, walk);
    const Range third = prices.of(beyond, cpu.latencies.caches[2], "l3.latency_cycles");
    const Range second = prices.of(beyond, cpu.latencies.caches[1], "l2.latency_cycles");
    cycles = cycles + Range{std::max(0.0, third.low - second.high), third.high - second.low};
  }
  result.uncertain |= prices.uncertain();
  result.missing = prices.missing();
  if (result.missing.empty()) result.limits.push_back({Bound::kLatency, cycles});
  return result;
}

}  // namespace

std::string_view name_of(Bound bound) {
  switch (bound) {
    case Bound::kLoop:
      return "loop";
    case Bound::kFills:
      return "fills from L2";
    case Bound::kOneSet:
      return "fills into one set";
    case Bound::kDeepFills:
      return "fills from below L2";
    case Bound::kOneLine:
      return "turn-around of one line";
    case Bound::kWalks:
      return "page walks";
    case Bound::kLatency:
      return "latency";
  }
  return "?";
}

std::string_view short_name_of(Bound bound) {
  switch (bound) {
    case Bound::kLoop:
      return "loop";
    case Bound::kFills:
      return "fills";
    case Bound::kOneSet:
      return "set";
    case Bound::kDeepFills:
      return "deep";
    case Bound::kOneLine:
      return "line";
    case Bound::kWalks:
      return "walks";
    case Bound::kLatency:
      return "latency";
  }
  return "?";
}

Throughput predict_throughput(const Description& cpu, const SteadyState& state,
                              const WalkShape& walk) {
  if (walk.order == WalkShape::Order::kDependent) return dependent(cpu, state, walk);
  return Independent(cpu, state, walk).predict();
}

}  // namespace zp::model
