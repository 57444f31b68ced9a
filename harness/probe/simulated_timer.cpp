// SPDX-License-Identifier: MIT
#include "harness/probe/simulated_timer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <random>

#include "harness/model/cost.hpp"
#include "harness/model/machine.hpp"

namespace zp::probe {
namespace {

constexpr unsigned kHighestBit = 43;  // of the addresses that the model takes
constexpr std::uint32_t kFrames = 4096;
constexpr double kPrepareNs = 3000;  // what mapping a loop takes on a machine, about

model::Description with_all_prices(model::Description cpu) {
  constexpr std::array<double, model::kMaxCaches> kCaches{4, 12, 40, 110};
  const auto supply = [](std::optional<model::Range>& price, double cycles) {
    if (!price) price = model::Range{cycles, cycles};
  };
  double dearest = 0;
  for (std::size_t k = 0; k < cpu.geometry.caches.size(); ++k) {
    auto& price = cpu.latencies.caches[k];
    supply(price, std::max(kCaches[k], 2.5 * dearest));
    dearest = price->high;
  }
  supply(cpu.latencies.memory, std::max(220.0, 2 * dearest));
  supply(cpu.latencies.exception, 400);
  for (std::size_t k = 0; k < cpu.geometry.tlbs.size(); ++k)
    supply(cpu.latencies.tlbs[k], k == 0 ? 0 : 7);
  supply(cpu.latencies.walk, 30);
  return cpu;
}

class SimulatedTimer final : public Timer {
 public:
  SimulatedTimer(model::Description cpu, model::Machine machine, const Noise& noise)
      : cpu_(with_all_prices(std::move(cpu))),
        machine_(std::move(machine)),
        noise_(noise),
        random_(noise.seed) {
    reach_.page_shift = static_cast<unsigned>(std::countr_zero(cpu_.page_bytes));
    for (unsigned bit = reach_.page_shift; bit <= kHighestBit; ++bit) reach_.bits.push_back(bit);
    reach_.frames = kFrames;
    reach_.why_no_huge = "simulated";
    const auto& caches = cpu_.geometry.caches;
    reach_.l1d_ways = caches[0].ways;
    reach_.l2_bytes = caches.size() > 1 ? caches[1].size_bytes : 0;
    reach_.l3_bytes = caches.size() > 2 ? caches[2].size_bytes : 0;
    // Anywhere, each once.
    constexpr std::uint64_t kPhysicalPages = 1 << 18;
    pfns_.resize(kPhysicalPages);
    for (std::uint64_t i = 0; i < kPhysicalPages; ++i) pfns_[i] = i;
    std::shuffle(pfns_.begin(), pfns_.end(), random_);
    pfns_.resize(kFrames);
  }

  [[nodiscard]] const Reach& reach() const override { return reach_; }

  Outcome<void> prepare(unsigned slot, const Loop& loop) override {
    seconds_ += kPrepareNs * 1e-9;
    slots_[slot] = {loop, {}};
    return {};
  }

  double sample_ns(unsigned slot, std::uint64_t least_reads) override {
    Slot& mine = slots_[slot];
    if (mine.loop.reads.empty()) return 0;
    if (!mine.ns) mine.ns = undisturbed_ns(mine.loop);
    const std::uint64_t warming = mine.loop.window_reads != 0 ? 0 : 3 * mine.loop.reads.size();
    seconds_ += *mine.ns * 1e-9 * static_cast<double>(least_reads + warming);
    return disturbed(*mine.ns);
  }

  double cycle_ns() override { return disturbed(1); }

  [[nodiscard]] double seconds() const override { return seconds_; }

 private:
  struct Slot {
    Loop loop;
    std::optional<double> ns;
  };

  double disturbed(double ns) {
    if (noise_.outliers > 0 && uniform_(random_) < noise_.outliers)
      return uniform_(random_) < 0.1 ? -1 : ns * (2 + 18 * uniform_(random_));
    return ns * std::max(0.1, 1 + noise_.share * normal_(random_));
  }

  // A cycle takes a nanosecond.
  double undisturbed_ns(const Loop& loop) {
    std::vector<model::Access> round;
    for (const Read& read : loop.reads)
      round.push_back({read.address + read.offset_bytes,
                       (pfns_[read.frame] << reach_.page_shift) + read.offset_bytes});
    // Where chance decides what stays, a pair takes a while to settle, and a mean needs many reads.
    const bool any_chance = cpu_.geometry.has_chance(), chance = any_chance && round.size() > 2;
    const bool long_loop = loop.window_reads != 0;
    const std::size_t rounds =
        long_loop ? 2 : std::max<std::size_t>(8, (chance ? 1024 : 0) / round.size());
    const auto run = [&](std::size_t times) {
      for (std::size_t i = 0; i < times; ++i) static_cast<void>(machine_.run(round));
    };
    run(long_loop ? 2 : chance ? 16 : any_chance ? 64 : 4);
    machine_.clear_counts();
    run(rounds);
    const auto counts = machine_.counts();
    const auto cost = model::estimate_cost(cpu_, counts).cycles_per_read;
    if (!cost) return 1;
    const double alone = (cost->low + cost->high) / 2;
    return loop.chains == 1 ? alone : in_flight(loop, counts, alone);
  }

  // As many reads at once as there are chains, bounded by what one line and one set can do.
  double in_flight(const Loop& loop, const model::Counts& counts, double alone) const {
    const double chains = loop.chains == 0 ? 8 : loop.chains;
    const double missed = static_cast<double>(counts.misses[0]) / static_cast<double>(counts.reads);
    const Read& first = loop.reads.front();
    const bool one_frame = std::ranges::all_of(loop.reads, [&](const Read& read) {
      return read.frame == first.frame && read.offset_bytes / 64 == first.offset_bytes / 64;
    });
    const bool one_set = std::ranges::all_of(loop.reads, [&](const Read& read) {
      return read.offset_bytes / 64 == first.offset_bytes / 64;
    });
    const auto price = [](const std::optional<model::Range>& known, double otherwise) {
      return known ? (known->low + known->high) / 2 : otherwise;
    };
    const double bound = one_frame ? price(cpu_.overlap.same_line, 0.85 * alone)
                         : one_set ? price(cpu_.overlap.same_set, 0.5 * alone)
                                   : price(cpu_.overlap.lines, 0.1 * alone);
    double walks = 0;
    if (!cpu_.geometry.tlbs.empty())
      walks = static_cast<double>(counts.tlb_misses[cpu_.geometry.tlbs.size() - 1]) /
              static_cast<double>(counts.reads);
    double deep = 0;
    if (cpu_.geometry.caches.size() > 2)
      deep = price(cpu_.overlap.caches[2], 0.1 * alone) * static_cast<double>(counts.misses[1]) /
             static_cast<double>(counts.reads);
    double walk = price(cpu_.overlap.walk, 8);
    // As the model takes it where it is not given: the page table's entry comes from L2.
    if (loop.spaced) walk = price(cpu_.overlap.shuffled_walk, walk + price(cpu_.overlap.lines, 2));
    return std::max({0.5, deep > 0 ? deep : alone / chains, bound * missed, walk * walks});
  }

  model::Description cpu_;
  model::Machine machine_;
  Noise noise_;
  std::mt19937_64 random_;
  std::uniform_real_distribution<double> uniform_{0, 1};
  std::normal_distribution<double> normal_;
  Reach reach_;
  std::vector<std::uint64_t> pfns_;
  std::array<Slot, 2> slots_;
  double seconds_ = 0;
};

}  // namespace

Outcome<std::unique_ptr<Timer>> simulated_timer(const model::Description& cpu, const Noise& noise) {
  auto machine = model::Machine::create(cpu.geometry, cpu.page_bytes);
  if (!machine) return fail(machine);
  return std::make_unique<SimulatedTimer>(cpu, std::move(*machine), noise);
}

}  // namespace zp::probe
