// SPDX-License-Identifier: MIT
#include "harness/model/steady.hpp"

#include <algorithm>

namespace zp::model {
namespace {

// A walk whose reads fall into classes with equal histories, and one class of it.
struct Symmetry {
  std::uint64_t granule_bytes = 0;  // every granule is read at the same offsets
  std::uint64_t group_bytes = 0;    // the class simulated: offsets 0 up to this of every granule
  std::uint64_t step_bytes = 0;     // between two look-ups within the group
  std::uint64_t classes = 1;
};

// Why it is exact: the granule is a power of two that divides every way, a page and 4 KiB. So the
// offset in the granule is part of the set index of every level and of nothing else, and two
// offsets meet in no set. Which line replaces which is decided by the order of granules alone, the
// same for all offsets, unless chance or a prefetch from another offset comes in. The group is as
// long as the longest line of any level, for lines that are one in a deeper level do share their
// history.
Symmetry symmetry_of(const Geometry& geometry, const MappedTable& table, std::uint64_t stride) {
  Symmetry found;
  if (geometry.prefetch != Prefetch::kNone) return found;
  std::uint64_t granule = std::min<std::uint64_t>(table.page_bytes(), 4096);
  for (const CacheGeometry& cache : geometry.caches) {
    if (cache.replacement == Replacement::kRandom) return found;
    granule = std::min(granule, cache.way_bytes() & -cache.way_bytes());
  }
  const std::uint64_t longest_line = longest_line_bytes(geometry);
  const std::uint64_t group = std::max(stride, longest_line);
  if (group >= granule || granule % group != 0 || group % stride != 0) return found;
  found.granule_bytes = granule;
  found.group_bytes = longest_line;
  found.step_bytes = std::max<std::uint64_t>(stride, geometry.caches[0].line_bytes);
  found.classes = granule / group;
  return found;
}

Outcome<void> check_stride(const MappedTable& table, std::uint64_t stride) {
  if (stride == 0 || stride > table.bytes())
    return fail(ExitCode::kUsage, "stride {} over a table of {} bytes; take 1 up to the table",
                stride, table.bytes());
  return {};
}

}  // namespace

Outcome<SteadyState> settle_every_read(const Geometry& geometry, const MappedTable& table,
                                       std::uint64_t stride) {
  if (auto ok = check_stride(table, stride); !ok) return fail(ok);
  Outcome<Machine> machine = Machine::create(geometry, table.mapping_bytes());
  if (!machine) return fail(machine);
  const std::uint64_t reads = (table.bytes() + stride - 1) / stride;
  return settle(*machine, [&](Machine& m) { return m.run_strided(table, 0, stride, reads); });
}

Outcome<SteadyState> settle_sequential(const Geometry& geometry, const MappedTable& table,
                                       std::uint64_t stride) {
  if (auto ok = check(geometry); !ok) return fail(ok);
  if (auto ok = check_stride(table, stride); !ok) return fail(ok);
  const Symmetry symmetry = symmetry_of(geometry, table, stride);
  if (symmetry.classes == 1) return settle_every_read(geometry, table, stride);

  auto machine =
      Machine::create_for_granules(geometry, table.mapping_bytes(), symmetry.granule_bytes);
  if (!machine) return fail(machine);
  const auto class_of_each = [&](auto&& sink) {
    for (std::uint64_t at = 0; at < table.bytes(); at += symmetry.granule_bytes)
      for (std::uint64_t in = 0; in < symmetry.group_bytes; in += symmetry.step_bytes)
        sink(at + in);
  };
  auto state = settle(*machine, [&](Machine& m) { return m.run_order(table, class_of_each); });
  if (!state) return state;
  Counts& counts = state->counts;
  counts.reads = table.bytes() / stride * state->counted_passes;
  for (std::uint64_t& misses : counts.misses) misses *= symmetry.classes;
  counts.synonym_misses *= symmetry.classes;
  counts.exceptions *= symmetry.classes;
  return state;  // one TLB look-up per page, whatever is read of it
}

}  // namespace zp::model
