// SPDX-License-Identifier: MIT
#include "harness/model/cost.hpp"

#include <algorithm>

namespace zp::model {
namespace {

class Sum {
 public:
  explicit Sum(const Description& cpu) : cpu_(cpu) {}

  void add(std::uint64_t events, const std::optional<Range>& cycles, const std::string& key) {
    if (events == 0) return;
    if (!cycles) {
      absent_.push_back(key);
      return;
    }
    total_.low += static_cast<double>(events) * cycles->low;
    total_.high += static_cast<double>(events) * cycles->high;
    for (const SourcedFigure& figure : cpu_.figures)
      uncertain_ |= figure.key == key && figure.uncertain;
  }

  Cost per_read(std::uint64_t reads) const {
    Cost cost;
    if (reads == 0) return cost;
    cost.uncertain = uncertain_;
    cost.absent = absent_;
    cost.missing = no_figures(cpu_, absent_);
    if (!absent_.empty()) return cost;
    const auto count = static_cast<double>(reads);
    cost.cycles_per_read = Range{total_.low / count, total_.high / count};
    return cost;
  }

 private:
  const Description& cpu_;
  Range total_;
  bool uncertain_ = false;
  std::vector<std::string> absent_;
};

}  // namespace

std::string no_figures(const Description& cpu, const std::vector<std::string>& keys) {
  return keys.empty() ? ""
                      : fmt::format("{} has no figure for {}", cpu.name, fmt::join(keys, ", "));
}

Cost estimate_cost(const Description& cpu, const Counts& counts) {
  const Latencies& latencies = cpu.latencies;
  Sum sum(cpu);
  const std::size_t caches = cpu.geometry.caches.size();
  std::uint64_t asked = counts.reads;
  for (std::size_t k = 0; k < caches; ++k) {
    std::uint64_t served = asked - counts.misses[k];
    if (k == 1 && latencies.synonym) {
      const std::uint64_t synonyms = std::min(served, counts.synonym_misses);
      sum.add(synonyms, latencies.synonym, "synonym.latency_cycles");
      served -= synonyms;
    }
    sum.add(served, latencies.caches[k],
            k == 0 ? "l1d.latency_cycles" : fmt::format("l{}.latency_cycles", k + 1));
    asked = counts.misses[k];
  }
  sum.add(asked, latencies.memory, "memory.latency_cycles");
  sum.add(counts.exceptions, latencies.exception, "exception.latency_cycles");

  const std::size_t tlbs = cpu.geometry.tlbs.size();
  for (std::size_t k = 1; k < tlbs; ++k)
    sum.add(counts.tlb_misses[k - 1] - counts.tlb_misses[k], latencies.tlbs[k],
            fmt::format("dtlb{}.extra_cycles", k + 1));
  if (tlbs > 0) sum.add(counts.tlb_misses[tlbs - 1], latencies.walk, "walk.latency_cycles");
  return sum.per_read(counts.reads);
}

}  // namespace zp::model
