// SPDX-License-Identifier: MIT
#include "analysis/attribute/counts.hpp"

#include <algorithm>

#include "analysis/attribute/pair_prices.hpp"
#include "analysis/model/predict.hpp"
#include "analysis/rows/host.hpp"
#include "harness/support/text.hpp"

namespace zp::analysis {
namespace {

std::optional<double> cell_of(const PlacementTable& table, const PlacementBlock& block,
                              const std::string& placement, const std::string& stride) {
  const PlacementBlock* same = table.find(block);
  const PlacementRow* row = same == nullptr ? nullptr : same->find(placement);
  if (row == nullptr) return std::nullopt;
  const auto at = std::ranges::find(same->strides, stride);
  const auto column = static_cast<std::size_t>(at - same->strides.begin());
  if (at == same->strides.end() || column >= row->cells.size() || !row->cells[column])
    return std::nullopt;
  return row->cells[column]->median;
}

Events events_of(const model::Geometry& geometry, const model::SteadyState& state) {
  const model::Counts& counts = state.counts;
  Events events{{"l1d_miss", state.per_read(counts.misses[0])},
                {"synonym_miss", state.per_read(counts.synonym_misses)}};
  if (geometry.caches.size() > 1) events["l2_miss"] = state.per_read(counts.misses[1]);
  if (geometry.caches.size() > 2) events["l3_miss"] = state.per_read(counts.misses[2]);
  if (!geometry.tlbs.empty()) events["dtlb_miss"] = state.per_read(counts.tlb_misses[0]);
  return events;
}

}  // namespace

EventCounts::EventCounts(const ResultSet& set, const std::optional<model::Description>& cpu)
    : cpu_(cpu) {
  add_rows(set, "", "PMU");
  add_rows(set, "model_", "model, in the rows");  // the only model of a run; else its name is there
  if (cpu)
    add_rows(set, "model_" + cpu->name + "_", fmt::format("model {}, in the rows", cpu->name));
  if (!frame_numbers_are_real(set) || !set.has_metric("l2_page_colours")) return;
  const auto l2 = l2_sets(set);
  if (!l2) return;
  l2_ = model::FrameLayout{l2->page_colours, l2->page_colours, l2->ways};
  colours_seen_ = placement_table(set, "l2_page_colours");
  if (set.has_metric("l2_crowded_share")) crowded_seen_ = placement_table(set, "l2_crowded_share");
}

void EventCounts::add_rows(const ResultSet& set, const std::string& prefix, std::string source) {
  Rows rows{std::move(source), !prefix.empty(), {}};
  for (const char* event : kPriced)
    if (set.has_metric(prefix + event))
      rows.tables.emplace(event, placement_table(set, prefix + event));
  if (rows.tables.count("l1d_miss")) rows_.push_back(std::move(rows));
}

Outcome<Counted> EventCounts::of(const PlacementBlock& block, const std::string& stride,
                                 const std::string& base, const std::string& target,
                                 std::uint64_t most_reads) {
  for (const Rows& rows : rows_) {
    Counted counted{{}, {}, rows.source, rows.of_model};
    for (const auto& [event, table] : rows.tables) {
      if (const auto value = cell_of(table, block, base, stride)) counted.base[event] = *value;
      if (const auto value = cell_of(table, block, target, stride)) counted.target[event] = *value;
    }
    if (counted.base.count("l1d_miss") && counted.target.count("l1d_miss")) return counted;
  }
  if (!cpu_)
    return fail(ExitCode::kUsage,
                "no counts; --cpu NAME takes those of this model, or lets it count");
  auto of_base = predicted(block, stride, base, most_reads);
  if (!of_base) return fail(of_base);
  auto of_target = predicted(block, stride, target, most_reads);
  if (!of_target) return fail(of_target);
  return Counted{std::move(of_base->events), std::move(of_target->events),
                 fmt::format("model {} on constructed frames", cpu_->name), true};
}

Outcome<model::Throughput> EventCounts::time_of(const PlacementBlock& block,
                                                const std::string& stride,
                                                const std::string& placement) {
  if (!cpu_) return fail(ExitCode::kUsage, "no CPU whose prices could be taken; --cpu NAME");
  auto cell = predicted(block, stride, placement, static_cast<std::uint64_t>(-1));
  if (!cell) return fail(cell);
  if (cell->time.limits.empty()) return fail(ExitCode::kUsage, "{}", cell->time.missing);
  return std::move(cell->time);
}

model::FrameLayout EventCounts::seen_layout(const PlacementBlock& block, const std::string& stride,
                                            const std::string& placement) const {
  const auto seen = [&](const std::optional<PlacementTable>& table) {
    return table ? cell_of(*table, block, placement, stride) : std::nullopt;
  };
  const auto used = seen(colours_seen_), crowded = seen(crowded_seen_);
  if (!used || !(*used >= 1 && *used <= static_cast<double>(l2_.page_colours))) return {};
  model::FrameLayout layout = l2_;
  layout.used = static_cast<std::uint64_t>(*used);
  if (crowded && *crowded >= 0 && *crowded <= 1)
    layout.crowded_share = *crowded;
  else
    layout.ways = 0;
  return layout;
}

Outcome<std::size_t> EventCounts::layout_of(const std::string& placement, std::uint64_t table_bytes,
                                            model::FrameLayout seen) {
  const LayoutKey key{placement, table_bytes, seen};
  const auto known = layout_by_name_.find(key);
  if (known != layout_by_name_.end()) return known->second;
  auto made = construct_table(*cpu_, placement, table_bytes, seen);
  if (!made) return fail(made);
  const auto same = std::ranges::find_if(layouts_, [&](const model::ConstructedFrames& other) {
    return other.mapping_bytes == made->mapping_bytes && other.distance == made->distance &&
           other.pfns == made->pfns;
  });
  const auto layout = static_cast<std::size_t>(same - layouts_.begin());
  if (same == layouts_.end()) layouts_.push_back(std::move(*made));
  layout_by_name_[key] = layout;
  return layout;
}

Outcome<EventCounts::Predicted> EventCounts::predicted(const PlacementBlock& block,
                                                       const std::string& stride,
                                                       const std::string& placement,
                                                       std::uint64_t most_reads) {
  PredictOptions options;
  options.table_bytes = table_bytes_of(block);
  const auto stride_bytes = stride_bytes_of(stride);
  if (!stride_bytes) return fail(ExitCode::kUsage, "stride {} can't be predicted", stride);
  options.rotated = rotated(block, stride);
  if (*stride_bytes > 0 && options.table_bytes / *stride_bytes > most_reads)
    return fail(ExitCode::kUsage, "a walk of more than {} reads", most_reads);
  options.walk = part_of(block, "walk");

  const auto layout =
      layout_of(placement, options.table_bytes, seen_layout(block, stride, placement));
  if (!layout) return fail(layout);
  const CellKey key{*layout, *stride_bytes, options.walk, options.rotated};
  const auto known = predictions_.find(key);
  if (known != predictions_.end()) return known->second;
  const auto walk = settle_walk(*cpu_, layouts_[*layout], *stride_bytes, options);
  if (!walk) return fail(walk);
  return predictions_[key] = {events_of(cpu_->geometry, walk->state),
                              model::predict_throughput(*cpu_, walk->state, walk->shape)};
}

bool rotated(const PlacementBlock& block, const std::string& stride) {
  return stride.find("rotated") != std::string::npos ||
         block.offsets.find(stride + " rotated") != std::string::npos;
}

}  // namespace zp::analysis
