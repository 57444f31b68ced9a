// SPDX-License-Identifier: MIT
#include "harness/model/throughput.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numeric>

#include "harness/support/units.hpp"
#include "harness/support/words.hpp"

namespace zp::model {
namespace {

constexpr double kNever = 1e-3;           // events per read that need no price
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
      if (std::ranges::find(absent_, key) == absent_.end()) absent_.push_back(key);
      return {};
    }
    for (const SourcedFigure& figure : cpu_.figures)
      uncertain_ |= figure.key == key && figure.uncertain;
    return events * *price;
  }

  [[nodiscard]] bool uncertain() const { return uncertain_; }
  [[nodiscard]] const std::vector<std::string>& absent() const { return absent_; }

 private:
  const Description& cpu_;
  bool uncertain_ = false;
  std::vector<std::string> absent_;
};

// Which share of the reads of `mine` lines finds them in a cache that holds `room` lines, where as
// many reads go to each of the `others`, and each line of them is as likely to be the next.
double share_found(double room, double mine, std::initializer_list<double> others) {
  if (std::accumulate(others.begin(), others.end(), mine) <= room) return 1;
  const auto missed = [](double reads, double lines) {
    return lines == 0 ? 1 : std::exp(-reads / lines);
  };
  // A line is replaced after so many reads that those which are read meanwhile fill the room.
  double early = 0, late = room;
  const auto filled = [&](double reads) {
    double lines = mine * (1 - missed(reads, mine));
    for (const double other : others) lines += other * (1 - missed(reads, other));
    return lines;
  };
  while (filled(late) < room) late *= 2;
  for (int i = 0; i < 40; ++i) {
    const double reads = (early + late) / 2;
    (filled(reads) < room ? early : late) = reads;
  }
  return 1 - missed(early, mine);
}

// What of the page walks finds its entry further away than the price of a walk has it, as the page
// table shares the caches with the lines that are read: in the second level what the first would
// hold of the table alone, and beyond the second. In order, eight entries in a row are one line.
struct Entries {
  double out_of_first = 0, beyond_second = 0;
  Range host;  // in a guest: in the second level that of the host's table
};

// A guest's page walk also reads the host's entry for the frame. Frames that lie apart have a line
// of entries each: at best spread over the sets of the first level, at worst all in one.
Range host_entries(const Description& cpu, const WalkShape& walk, double room, double table) {
  const CacheGeometry& first = cpu.geometry.caches[0];
  const std::uint64_t frames = walk.frame_bytes / cpu.page_bytes;
  const std::uint64_t line_maps =
      cpu.nested_page_bytes.value_or(0) * first.line_bytes / kEntryBytes;
  if (line_maps == 0 || walk.frame_distance_bytes < line_maps || frames <= first.ways) return {};
  if (walk.order == WalkShape::Order::kSequential) return {0, 1};
  return {
      1 - share_found(room, static_cast<double>(frames), {table, static_cast<double>(walk.lines)}),
      1};
}

Entries entries_of(const Description& cpu, const WalkShape& walk) {
  const auto& caches = cpu.geometry.caches;
  if (caches.size() < 2) return {};
  const double line_bytes = caches[0].line_bytes;
  const double mine = std::ceil(static_cast<double>(walk.mappings * kEntryBytes) / line_bytes);
  const auto others = static_cast<double>(walk.lines);
  const auto room = [&](std::size_t level) {
    return static_cast<double>(caches[level].size_bytes) / line_bytes;
  };
  const Range host = host_entries(cpu, walk, room(0), mine);
  if (walk.order == WalkShape::Order::kSequential)
    return {0, mine + others > room(1) ? kEntryBytes / line_bytes : 0, host};
  return {share_found(room(0), mine, {}) - share_found(room(0), mine, {others}),
          1 - share_found(room(1), mine, {others}), host};
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

constexpr std::uint64_t kSharedPart = 4;  // of a third level, one in so many

// Others share the third level, and lay it out: what reads from more than a part of it take is not
// a figure of the CPU. Empty: they need less, or none.
std::string why_not_third(const Description& cpu, const WalkShape& walk,
                          const std::vector<double>& served) {
  if (served.size() < 4 || served[2] < kNever) return "";
  const std::uint64_t part = cpu.geometry.caches[2].size_bytes / kSharedPart;
  if (walk.frame_bytes <= part) return "";
  return fmt::format(
      "reads from L3 are priced up to {} of frames, and these have {}: others share it",
      human_size(part), human_size(walk.frame_bytes));
}

class Independent {
 public:
  Independent(const Description& cpu, const SteadyState& state, const WalkShape& walk,
              const Entries& entries)
      : cpu_(cpu),
        state_(state),
        walk_(walk),
        entries_(entries),
        served_(served_by(cpu, state)),
        prices_(cpu) {}

  Throughput predict() {
    const bool sequential = walk_.order == WalkShape::Order::kSequential;
    add(Bound::kLoop, prices_.of(1, sequential ? cpu_.loop.sequential : cpu_.loop.random,
                                 sequential ? "loop.sequential_cycles" : "loop.random_cycles"));
    add_fills();
    add_turn_around();
    add_walks();
    Throughput result;
    result.uncertain = prices_.uncertain();
    result.absent = prices_.absent();
    result.missing = no_figures(cpu_, result.absent);
    if (result.missing.empty()) result.missing = why_not_third(cpu_, walk_, served_);
    if (!result.missing.empty()) return result;
    std::ranges::stable_sort(limits_, std::ranges::greater{},
                             [](const Limit& limit) { return middle(limit.cycles_per_read); });
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
    // In order, a line may have been fetched ahead.
    if (walk_.order == WalkShape::Order::kSequential && cpu_.overlap.lines)
      deeper.low = std::min(deeper.low, (1 - served_[0] - from_l2) * cpu_.overlap.lines->low);
    deeper_ = deeper;
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
    if (served_.size() > 2) {
      const double beyond = walks * entries_.beyond_second;
      const Range host =
          prices_.of(walks * entries_.host.high, cpu_.overlap.lines, "overlap.lines_cycles");
      cycles = cycles + Range{host.low * entries_.host.low, host.high};
      if (shuffled) {
        const double second = own_price ? 0 : 1 - entries_.beyond_second;
        cycles = cycles + prices_.of(walks * (second + entries_.out_of_first), cpu_.overlap.lines,
                                     "overlap.lines_cycles");
      }
      const bool third = served_.size() > 3;
      const bool own = third && cpu_.overlap.l3_entry;
      const auto& price = own     ? cpu_.overlap.l3_entry
                          : third ? cpu_.overlap.caches[2]
                                  : cpu_.overlap.memory;
      Range deep;
      if (shuffled || price)
        deep = prices_.of(beyond, price,
                          own     ? "overlap.l3_entry_cycles"
                          : third ? "overlap.l3_cycles"
                                  : "overlap.memory_cycles");
      if (!shuffled) deep.low = 0;  // it may have been fetched ahead
      cycles = cycles + deep;
    }
    // Lines from below L2 come while page walks go on, but not all of them: both use what a core
    // has for misses.
    if (walks >= kNever) cycles.high += deeper_.high;
    add(Bound::kWalks, cycles);
  }

  const Description& cpu_;
  const SteadyState& state_;
  const WalkShape& walk_;
  const Entries& entries_;
  std::vector<double> served_;
  Range deeper_;  // fills from below L2, a read
  Prices prices_;
  std::vector<Limit> limits_;
};

Throughput dependent(const Description& cpu, const SteadyState& state, const WalkShape& walk,
                     const Entries& entries) {
  const Cost cost = estimate_cost(cpu, state.counts);
  Throughput result;
  result.uncertain = cost.uncertain;
  result.absent = cost.absent;
  result.missing = cost.missing;
  if (!cost.cycles_per_read) return result;
  Prices prices(cpu);
  Range cycles = *cost.cycles_per_read + prices.of(1, cpu.loop.dependent, "loop.dependent_cycles");
  if (!cpu.geometry.tlbs.empty() && cpu.geometry.caches.size() > 2) {
    const double walks = state.per_read(state.counts.tlb_misses[cpu.geometry.tlbs.size() - 1]);
    const auto& levels = cpu.latencies.caches;
    const double beyond = walks * entries.beyond_second, nearer = walks * entries.out_of_first;
    const Range third = prices.of(beyond, levels[2], "l3.latency_cycles");
    const Range second = prices.of(beyond, levels[1], "l2.latency_cycles");
    cycles = cycles + Range{std::max(0.0, third.low - second.high), third.high - second.low};
    if (levels[0] && levels[1])  // both are in the sum
      cycles = cycles + Range{(nearer + walks * entries.host.low) *
                                  std::max(0.0, levels[1]->low - levels[0]->low),
                              (nearer + walks * entries.host.high) *
                                  std::max(0.0, levels[1]->high - levels[0]->high)};
  }
  result.uncertain |= prices.uncertain();
  result.absent = prices.absent();
  result.missing = no_figures(cpu, result.absent);
  if (result.missing.empty()) result.missing = why_not_third(cpu, walk, served_by(cpu, state));
  if (result.missing.empty()) result.limits.push_back({Bound::kLatency, cycles});
  return result;
}

}  // namespace

std::string_view name_of(Bound bound) {
  return word_for(bound, {"loop", "fills from L2", "fills into one set", "fills from below L2",
                          "turn-around of one line", "page walks", "latency"});
}

std::string_view short_name_of(Bound bound) {
  return word_for(bound, {"loop", "fills", "set", "deep", "line", "walks", "latency"});
}

Throughput predict_throughput(const Description& cpu, const SteadyState& state,
                              const WalkShape& walk) {
  const Entries entries = entries_of(cpu, walk);
  Throughput result = walk.order == WalkShape::Order::kDependent
                          ? dependent(cpu, state, walk, entries)
                          : Independent(cpu, state, walk, entries).predict();
  if (cpu.geometry.caches.size() < 3) return result;
  result.from_third = served_by(cpu, state)[2];
  if (const auto& tlbs = cpu.geometry.tlbs; !tlbs.empty())
    result.from_third +=
        state.per_read(state.counts.tlb_misses[tlbs.size() - 1]) * entries.beyond_second;
  return result;
}

}  // namespace zp::model
