// SPDX-License-Identifier: MIT
#include "harness/model/machine.hpp"

#include <algorithm>

#include "harness/model/rule_core.hpp"

namespace zp::model {
namespace {

// Tags are 32 bits wide and start at bit 12, or lower where a way is no multiple of 4 KiB.
unsigned physical_bits(const Geometry& geometry) {
  unsigned shift = 12;
  for (const CacheGeometry& cache : geometry.caches) shift = std::min(shift, cache.tag_shift());
  return 32 + shift;
}
constexpr unsigned kVirtualBits = 44;

// The frame number 2^n - 1 would be the mark of an empty entry.
bool too_high(std::uint64_t physical_address, unsigned bits) {
  return physical_address >= (1ULL << bits) - 4096;
}

tl::unexpected<Error> refuse_physical(std::uint64_t address, unsigned bits) {
  return fail(ExitCode::kUsage,
              "physical address {:#x}: the model tells frames apart below {:#x} only", address,
              (1ULL << bits) - 4096);
}

Outcome<void> check_table(const MappedTable& table, const Geometry& geometry,
                          std::uint64_t mapping_bytes) {
  if (table.mapping_bytes() != mapping_bytes)
    return fail(ExitCode::kUsage, "table mapped by {} bytes in a machine built for {}",
                table.mapping_bytes(), mapping_bytes);
  const unsigned bits = physical_bits(geometry);
  if (table.highest_pfn() >= ((1ULL << bits) - 4096) / table.page_bytes())
    return refuse_physical(table.highest_pfn() << table.page_shift(), bits);
  return {};
}

}  // namespace

Machine::Machine(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Machine::Machine(Machine&&) noexcept = default;
Machine& Machine::operator=(Machine&&) noexcept = default;
Machine::~Machine() = default;

Outcome<Machine> Machine::create_for_granules(const Geometry& geometry, std::uint64_t mapping_bytes,
                                              std::uint64_t granule_bytes) {
  if (auto ok = check(geometry); !ok) return fail(ok);
  for (std::size_t k = 0; k < geometry.tlbs.size(); ++k)
    if (entry_page_bytes(geometry.tlbs[k], mapping_bytes) == 0)
      return fail(ExitCode::kUsage, "dtlb{} holds no pages of {} bytes or less", k + 1,
                  mapping_bytes);
  const auto make = [&]<SynonymRule kRule>() {
    return Machine(std::make_unique<RuleCore<kRule>>(geometry, mapping_bytes, granule_bytes));
  };
  switch (geometry.synonyms) {
    case SynonymRule::kNone:
      return make.operator()<SynonymRule::kNone>();
    case SynonymRule::kUtag:
      return make.operator()<SynonymRule::kUtag>();
    case SynonymRule::kDuplicate:
      return make.operator()<SynonymRule::kDuplicate>();
    case SynonymRule::kExclusive:
      return make.operator()<SynonymRule::kExclusive>();
    case SynonymRule::kLogicalTag:
      return make.operator()<SynonymRule::kLogicalTag>();
    case SynonymRule::kVirtualCoherency:
      return make.operator()<SynonymRule::kVirtualCoherency>();
  }
  return fail(ExitCode::kUsage, "unknown synonym rule");
}

Outcome<void> Machine::run(std::span<const Access> accesses) {
  const unsigned bits = physical_bits(core_->geometry);
  for (const Access& access : accesses) {
    if (too_high(access.physical_address, bits))
      return refuse_physical(access.physical_address, bits);
    if ((access.virtual_address ^ accesses[0].virtual_address) >> kVirtualBits)
      return fail(ExitCode::kUsage, "virtual addresses {:#x} and {:#x} lie 16 TiB or more apart",
                  accesses[0].virtual_address, access.virtual_address);
  }
  core_->run(accesses);
  return {};
}

Outcome<void> Machine::run(const MappedTable& table, std::span<const std::uint64_t> offsets) {
  if (offsets.empty()) return {};
  if (auto ok = check_table(table, core_->geometry, core_->mapping_bytes); !ok) return ok;
  const std::uint64_t highest = *std::ranges::max_element(offsets);
  if (highest >= table.bytes())
    return fail(ExitCode::kUsage, "read at offset {} of a table of {} bytes", highest,
                table.bytes());
  core_->run(table, offsets);
  return {};
}

Outcome<void> Machine::run_strided(const MappedTable& table, std::uint64_t first,
                                   std::uint64_t stride, std::uint64_t count) {
  if (count == 0) return {};
  if (auto ok = check_table(table, core_->geometry, core_->mapping_bytes); !ok) return ok;
  if (stride == 0 || first >= table.bytes() || (table.bytes() - 1 - first) / stride < count - 1)
    return fail(ExitCode::kUsage,
                "{} reads {} bytes apart from offset {} do not fit a table of {} bytes", count,
                stride, first, table.bytes());
  core_->run_strided(table, first, stride, count);
  return {};
}

std::vector<std::uint32_t> Machine::contents() const {
  return core_->contents();
}
const Counts& Machine::counts() const {
  return core_->counts;
}
void Machine::clear_counts() {
  core_->counts = Counts{};
}
const Geometry& Machine::geometry() const {
  return core_->geometry;
}

}  // namespace zp::model
