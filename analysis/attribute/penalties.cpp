// SPDX-License-Identifier: MIT
#include "analysis/attribute/penalties.hpp"

#include <algorithm>
#include <charconv>

namespace zp::analysis {
namespace {

using Times = std::array<std::optional<Interval>, kServers.size()>;

std::optional<double> number(const Context& context, const char* key) {
  const auto found = context.find(key);
  if (found == context.end()) return std::nullopt;
  double value = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [rest, failed] = std::from_chars(found->second.data(), end, value);
  if (failed != std::errc() || rest != end || !(value > 0)) return std::nullopt;
  return value;
}

bool same_but_table(const PlacementBlock& a, const PlacementBlock& b) {
  const auto without = [](const PlacementBlock& block) {
    std::vector<NamePart> parts;
    for (const NamePart& part : block.common)
      if (part.key != "table") parts.push_back(part);
    return parts;
  };
  return without(a) == without(b);
}

void widen(std::optional<Interval>& time, const Interval& more) {
  if (!time) time = more;
  time->low = std::min(time->low, more.low);
  time->high = std::max(time->high, more.high);
}

// Times of `private` by the level that serves the table. `stride` "" takes every stride.
void collect(Times& times, const Context& context, const PlacementBlock& block,
             const std::string& stride) {
  const PlacementRow* row = block.find("private");
  double table_bytes = 0;
  const std::string table = part_of(block, "table");
  std::from_chars(table.data(), table.data() + table.size(), table_bytes);
  const auto server = server_of(context, table_bytes);
  if (row == nullptr || !server) return;
  for (std::size_t i = 0; i < row->cells.size() && i < block.strides.size(); ++i)
    if (row->cells[i] && (stride.empty() || block.strides[i] == stride))
      widen(times[*server], row->cells[i]->interval);
}

// Bounds of (deeper - shallower); nullopt when one of them is not known.
std::optional<Interval> step(const std::optional<Interval>& shallow,
                             const std::optional<Interval>& deep) {
  if (!shallow || !deep) return std::nullopt;
  return Interval{std::max(0.0, deep->low - shallow->high),
                  std::max(0.0, deep->high - shallow->low)};
}

// Fills the steps that are still open; `overlap`: reads may overlap, so the lower bound is 0.
bool fill(Penalties& penalties, const Times& times, bool overlap) {
  bool used = false;
  for (std::size_t k = 0; k < penalties.level.size(); ++k) {
    if (penalties.level[k]) continue;
    auto found = step(times[k], times[k + 1]);
    if (!found) continue;
    if (overlap) found->low = 0;
    penalties.level[k] = found;
    used = true;
  }
  return used;
}

Times described(const AttributeOptions& options) {
  Times times;
  if (!options.cpu || options.ghz <= 0) return times;
  const model::Latencies& latencies = options.cpu->latencies;
  const auto in_ns = [&](const std::optional<model::Range>& cycles) -> std::optional<Interval> {
    if (!cycles) return std::nullopt;
    return Interval{cycles->low / options.ghz, cycles->high / options.ghz};
  };
  for (std::size_t k = 0; k < 3 && k < options.cpu->geometry.caches.size(); ++k)
    times[k] = in_ns(latencies.caches[k]);
  times[3] = in_ns(latencies.memory);
  return times;
}

}  // namespace

std::string part_of(const PlacementBlock& block, std::string_view key) {
  for (const NamePart& part : block.common)
    if (part.key == key) return part.value;
  return {};
}

std::optional<std::size_t> server_of(const Context& context, double table_bytes) {
  const auto l1 = number(context, "cache.l1d.size_bytes");
  const auto l2 = number(context, "cache.l2.size_bytes");
  const auto l3 = number(context, "cache.l3.size_bytes");
  if (table_bytes <= 0) return std::nullopt;
  if (l1 && table_bytes <= *l1 * 0.75) return 0;
  if (l1 && l2 && table_bytes >= *l1 * 2 && table_bytes <= *l2 * 0.5) return 1;
  if (l2 && l3 && table_bytes >= *l2 * 2 && table_bytes <= *l3 * 0.5) return 2;
  if (l3 && table_bytes >= *l3 * 4) return 3;
  return std::nullopt;
}

Penalties find_penalties(const ResultSet& set, const PlacementTable& times,
                         const PlacementBlock& block, const std::string& stride,
                         const AttributeOptions& options) {
  Times same_walk, latency;
  for (const PlacementBlock& other : times.blocks) {
    if (same_but_table(block, other)) collect(same_walk, set.context(), other, stride);
    if (part_of(other, "family") == "latency") collect(latency, set.context(), other, "");
  }
  Penalties penalties;
  penalties.overlap = part_of(block, "walk") != "dependent";
  const auto note = [&](bool used, const std::string& what) {
    if (used) penalties.source += (penalties.source.empty() ? "" : "; ") + what;
  };
  note(fill(penalties, same_walk, false), "cells of this walk and stride with other table sizes");
  note(fill(penalties, latency, penalties.overlap), "this run's latency walks");
  note(fill(penalties, described(options), penalties.overlap),
       options.cpu ? fmt::format("latencies of {} at {} GHz", options.cpu->name, options.ghz) : "");
  return penalties;
}

}  // namespace zp::analysis
