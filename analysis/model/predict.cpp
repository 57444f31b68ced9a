// SPDX-License-Identifier: MIT
#include "analysis/model/predict.hpp"

#include <random>

#include "harness/names/placement_id.hpp"

namespace zp::analysis {
namespace {

constexpr std::uint64_t kMostShuffled = 1 << 24;
constexpr double kNoDifference = 1e-3;  // events a read

// std::shuffle gives each library's own order; this is the same everywhere.
std::vector<std::uint64_t> shuffled_offsets(std::uint64_t reads, std::uint64_t stride,
                                            std::uint64_t seed) {
  std::vector<std::uint64_t> offsets(reads);
  for (std::uint64_t i = 0; i < reads; ++i) offsets[i] = i * stride;
  std::mt19937_64 random(seed);
  for (std::uint64_t i = reads; i > 1; --i) std::swap(offsets[i - 1], offsets[random() % i]);
  return offsets;
}

Outcome<model::SteadyState> walk(const model::Geometry& geometry, const model::Table& table,
                                 std::uint64_t stride, const PredictOptions& options) {
  if (options.walk == "sequential") return model::settle_sequential(geometry, table, stride);
  if (options.walk != "random")
    return fail(ExitCode::kUsage, "walk '{}': the model knows sequential and random", options.walk);
  if (stride == 0 || stride > table.bytes())
    return fail(ExitCode::kUsage, "stride {} over a table of {} bytes; take 1 up to the table",
                stride, table.bytes());
  const std::uint64_t reads = (table.bytes() + stride - 1) / stride;
  if (reads > kMostShuffled)
    return fail(ExitCode::kUsage,
                "a random walk of {} reads; take a larger stride or a smaller "
                "table, up to {} reads",
                reads, kMostShuffled);
  const auto offsets = shuffled_offsets(reads, stride, options.seed);
  return model::settle_order(geometry, table, [&](auto&& sink) {
    for (const std::uint64_t offset : offsets) sink(offset);
  });
}

}  // namespace

Outcome<model::ConstructedFrames> construct_table(const model::Description& cpu,
                                                  const std::string& placement,
                                                  std::uint64_t table_bytes) {
  if (table_bytes % cpu.page_bytes != 0)
    return fail(ExitCode::kUsage, "a table of {} bytes is no multiple of {}'s pages of {}",
                table_bytes, cpu.name, cpu.page_bytes);
  return model::construct_frames(placement, table_bytes / cpu.page_bytes, cpu.page_bytes,
                                 cpu.zero_page_colours);
}

Outcome<model::SteadyState> settle_walk(const model::Description& cpu,
                                        const model::ConstructedFrames& frames,
                                        std::uint64_t stride_bytes, const PredictOptions& options) {
  const auto table = model::Table::create(model::kConstructedAddress, frames.pfns, cpu.page_bytes,
                                          frames.mapping_bytes);
  if (!table) return tl::make_unexpected(table.error());
  return walk(cpu.geometry, *table, stride_bytes, options);
}

Outcome<PredictedCell> predict(const model::Description& cpu, const std::string& placement,
                               std::uint64_t stride_bytes, const PredictOptions& options) {
  const auto made = construct_table(cpu, placement, options.table_bytes);
  if (!made) return tl::make_unexpected(made.error());
  const auto state = settle_walk(cpu, *made, stride_bytes, options);
  if (!state) return tl::make_unexpected(state.error());
  return PredictedCell{placement, made->frames, stride_bytes, *state,
                       model::estimate_cost(cpu, state->counts)};
}

Outcome<ColourSweep> sweep_colours(const model::Description& cpu, std::uint64_t stride_bytes,
                                   std::uint64_t most, const PredictOptions& options) {
  ColourSweep sweep;
  sweep.stride_bytes = stride_bytes;
  const std::uint64_t pages = options.table_bytes / cpu.page_bytes;
  const std::uint64_t last = std::min(most, kMaxColours);
  for (std::uint64_t colours = 1; colours <= last && colours < pages; colours *= 2) {
    auto cell = predict(cpu, fmt::format("ksm_coloured:{}", colours), stride_bytes, options);
    if (!cell) return tl::make_unexpected(cell.error());
    sweep.colours.push_back(colours);
    sweep.cells.push_back(std::move(*cell));
  }
  auto all_private = predict(cpu, "private", stride_bytes, options);
  if (!all_private) return tl::make_unexpected(all_private.error());
  sweep.colours.push_back(pages);
  sweep.cells.push_back(std::move(*all_private));
  sweep.smallest = smallest_that_suffices(sweep.cells, cpu.geometry.caches.size());
  return sweep;
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
