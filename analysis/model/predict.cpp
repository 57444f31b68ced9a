// SPDX-License-Identifier: MIT
#include "analysis/model/predict.hpp"

#include <algorithm>

#include "harness/names/placement_id.hpp"
#include "harness/support/parse_word.hpp"
#include "harness/walk/walk.hpp"

namespace zp::analysis {
namespace {

constexpr std::uint64_t kMostShuffled = 1 << 24;
constexpr double kAsFast = 1.05;  // of the best predicted time

// How close a walk comes to itself shows in its first reads; a short walk is read several times.
constexpr std::uint64_t kMostRead = 1 << 16, kLeastRead = 1 << 12;

Outcome<Walk> walk_of(const model::Description& cpu, const model::MappedTable& table,
                      std::uint64_t stride, const PredictOptions& options) {
  const auto order =
      parse_word<Order::kSequential, Order::kRandom, Order::kDependent>(options.walk);
  if (!order) return fail(ExitCode::kUsage, "--walk: {}", order.error().message);
  Walk walk;
  walk.order = *order;
  if (stride == 0 || stride > table.bytes())
    return fail(ExitCode::kUsage, "stride {} over a table of {} bytes; take 1 up to the table",
                stride, table.bytes());
  if (options.rotated && stride % table.page_bytes() != 0)
    return fail(ExitCode::kUsage, "stride {}: offsets are rotated at strides of whole pages only",
                stride);
  walk.stride_bytes = stride;
  walk.reads = table.bytes() / stride;
  walk.page_bytes = table.page_bytes();
  walk.rotate_bytes = options.rotated ? cpu.geometry.caches[0].line_bytes : 0;
  walk.seed = options.seed;
  if (walk.order != Order::kSequential && walk.reads > kMostShuffled)
    return fail(ExitCode::kUsage,
                "a shuffled walk of {} reads; take a larger stride or a smaller "
                "table, up to {} reads",
                walk.reads, kMostShuffled);
  return walk;
}

model::WalkShape::Order order_of(Order order) {
  switch (order) {
    case Order::kSequential:
      return model::WalkShape::Order::kSequential;
    case Order::kRandom:
      return model::WalkShape::Order::kRandom;
    case Order::kDependent:
      return model::WalkShape::Order::kDependent;
  }
  return model::WalkShape::Order::kSequential;
}

// What a walk's first reads show of it.
model::WalkShape shape_of(const model::Description& cpu, const model::MappedTable& table,
                          const Walk& walk, std::uint64_t frame_distance) {
  model::ClosenessMeter meter(cpu.geometry.caches[0]);
  const Permutation shuffled(walk.reads, walk.seed);
  std::uint64_t read = 0;
  while (read < kLeastRead)
    for (std::uint64_t i = 0; i < shuffled.values() && read < kMostRead; ++i) {
      const std::uint64_t slot = walk.order == Order::kSequential ? i : shuffled.once(i);
      if (slot >= walk.reads) continue;
      const std::uint64_t offset = walk.offset_of_slot(slot);
      meter.read(table.virtual_address(offset), table.physical_address(offset));
      ++read;
    }
  const std::uint64_t mappings = std::max<std::uint64_t>(table.bytes() / table.mapping_bytes(), 1);
  std::vector<std::uint64_t> frames(table.pfns().begin(), table.pfns().end());
  std::ranges::sort(frames);
  frames.erase(std::unique(frames.begin(), frames.end()), frames.end());
  return {order_of(walk.order),
          mappings,
          meter.result(),
          meter.lines(),
          frames.size() * table.page_bytes(),
          frame_distance * table.page_bytes()};
}

double synonyms(const model::SteadyState& state) {
  return state.per_read(state.counts.synonym_misses);
}

}  // namespace

Outcome<model::ConstructedFrames> construct_table(const model::Description& cpu,
                                                  const std::string& placement,
                                                  std::uint64_t table_bytes,
                                                  model::FrameLayout layout) {
  if (table_bytes % cpu.page_bytes != 0)
    return fail(ExitCode::kUsage, "a table of {} bytes is not a multiple of {}'s pages of {}",
                table_bytes, cpu.name, cpu.page_bytes);
  return model::construct_frames(placement, table_bytes / cpu.page_bytes, cpu.page_bytes,
                                 cpu.zero_page_colours, layout);
}

Outcome<SettledWalk> settle_walk(const model::Description& cpu,
                                 const model::ConstructedFrames& frames, std::uint64_t stride_bytes,
                                 const PredictOptions& options) {
  const auto table = model::MappedTable::create(model::kConstructedAddress, frames.pfns,
                                                cpu.page_bytes, frames.mapping_bytes);
  if (!table) return fail(table);
  const auto walk = walk_of(cpu, *table, stride_bytes, options);
  if (!walk) return fail(walk);
  auto state =
      walk->order == Order::kSequential && !options.rotated
          ? model::settle_sequential(cpu.geometry, *table, stride_bytes)
          : model::settle_order(cpu.geometry, *table, [&](auto&& sink) { replay(*walk, sink); });
  if (!state) return fail(state);
  return SettledWalk{*state, shape_of(cpu, *table, *walk, frames.distance)};
}

Outcome<PredictedCell> predict(const model::Description& cpu, const std::string& placement,
                               std::uint64_t stride_bytes, const PredictOptions& options) {
  const auto made = construct_table(cpu, placement, options.table_bytes);
  if (!made) return fail(made);
  const auto walk = settle_walk(cpu, *made, stride_bytes, options);
  if (!walk) return fail(walk);
  return PredictedCell{placement,
                       made->frames,
                       stride_bytes,
                       walk->state,
                       model::estimate_cost(cpu, walk->state.counts),
                       model::predict_throughput(cpu, walk->state, walk->shape)};
}

Outcome<ColourSweep> sweep_colours(const model::Description& cpu, std::uint64_t stride_bytes,
                                   std::uint64_t most, const PredictOptions& options) {
  ColourSweep sweep;
  sweep.stride_bytes = stride_bytes;
  const std::uint64_t pages = options.table_bytes / cpu.page_bytes;
  const std::uint64_t last = std::min(most, kMaxColours);
  for (std::uint64_t colours = 1; colours <= last && colours < pages; colours *= 2) {
    auto cell = predict(cpu, fmt::format("ksm_coloured:{}", colours), stride_bytes, options);
    if (!cell) return fail(cell);
    sweep.colours.push_back(colours);
    sweep.cells.push_back(std::move(*cell));
  }
  auto all_private = predict(cpu, "private", stride_bytes, options);
  if (!all_private) return fail(all_private);
  sweep.colours.push_back(pages);
  sweep.cells.push_back(std::move(*all_private));
  const std::size_t levels = cpu.geometry.caches.size();
  sweep.smallest = smallest_that_suffices(sweep.cells, levels);
  if (const auto fastest = smallest_by_time(sweep.cells, levels)) {
    sweep.smallest = *fastest;
    sweep.by_time = true;
    return sweep;
  }
  const model::SteadyState& least = sweep.cells[sweep.smallest].state;
  for (const PredictedCell& cell : sweep.cells)
    sweep.undecided |= !cheaper(least, cell.state, levels) &&
                       synonyms(least) > synonyms(cell.state) + kNoDifference;
  return sweep;
}

std::optional<std::uint64_t> free_of_synonyms_from(const ColourSweep& sweep) {
  std::optional<std::uint64_t> first;
  for (std::size_t i = sweep.cells.size(); i > 0; --i) {
    if (synonyms(sweep.cells[i - 1].state) >= kNoDifference) break;
    first = sweep.colours[i - 1];
  }
  return first;
}

std::optional<std::uint64_t> first_that_hits(const ColourSweep& sweep) {
  for (std::size_t i = 0; i < sweep.cells.size(); ++i) {
    const model::SteadyState& state = sweep.cells[i].state;
    if (state.per_read(state.counts.misses[0]) < kNoDifference) return sweep.colours[i];
  }
  return std::nullopt;
}

std::optional<std::size_t> smallest_by_time(const std::vector<PredictedCell>& cells,
                                            std::size_t levels) {
  const auto cycles = [](const PredictedCell& cell) {
    return model::middle(cell.time.cycles_per_read());
  };
  const PredictedCell* best = nullptr;
  for (const PredictedCell& cell : cells)
    if (!cell.time.limits.empty() && (best == nullptr || cycles(cell) < cycles(*best)))
      best = &cell;
  if (best == nullptr) return std::nullopt;
  for (const PredictedCell& cell : cells)
    if (cell.time.limits.empty() && !cheaper(best->state, cell.state, levels)) return std::nullopt;
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!cells[i].time.limits.empty() && cycles(cells[i]) <= cycles(*best) * kAsFast) return i;
  return std::nullopt;
}

bool cheaper(const model::SteadyState& a, const model::SteadyState& b, std::size_t levels) {
  const auto difference = [&](std::uint64_t of_a, std::uint64_t of_b) {
    return a.per_read(of_a) - b.per_read(of_b);
  };
  const double exceptions = difference(a.counts.exceptions, b.counts.exceptions);
  if (exceptions > kNoDifference || exceptions < -kNoDifference) return exceptions < 0;
  for (std::size_t k = levels; k > 0; --k) {
    const double misses = difference(a.counts.misses[k - 1], b.counts.misses[k - 1]);
    if (misses > kNoDifference || misses < -kNoDifference) return misses < 0;
  }
  return false;
}

std::size_t smallest_that_suffices(const std::vector<PredictedCell>& cells, std::size_t levels) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    bool beaten = false;
    for (const PredictedCell& other : cells) beaten |= cheaper(other.state, cells[i].state, levels);
    if (!beaten) return i;
  }
  return 0;
}

}  // namespace zp::analysis
