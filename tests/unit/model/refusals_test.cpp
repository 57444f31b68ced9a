// SPDX-License-Identifier: MIT
// Geometries, addresses and tables that the model refuses, and what it says.
#include "harness/model/machine.hpp"
#include "tests/outcome.hpp"

#include <gtest/gtest.h>

#include "tests/unit/model/geometries.hpp"

namespace zp::model {
namespace {

TEST(Machine, RefusesImpossibleGeometryAndNamesTheLevel) {
  const auto refused = [](const Geometry& geometry, std::string_view part) {
    const auto machine = error_of(Machine::create(geometry));
    EXPECT_EQ(machine.code, ExitCode::kUsage);
    EXPECT_NE(machine.message.find(part), std::string::npos) << machine.message;
  };
  refused(Geometry{}, "0 cache levels");
  refused(one_level(32 << 10, 0, 64), "l1d: 0 ways");
  refused(one_level(32 << 10, 65, 64), "l1d: 65 ways");
  refused(one_level(32 << 10, 8, 48), "l1d: line of 48");
  refused(one_level(30 << 10, 7, 64), "l1d: 30720 bytes in 7 ways");
  refused(one_level(0, 8, 64), "l1d: 0 bytes");
  refused(one_level(32 << 10, 8, 64, SynonymRule::kExclusive), "needs a second level");
  refused(one_level(32 << 10, 8, 64, SynonymRule::kUtag), "1 to 31 hash bits");
  Geometry geometry = s390_like(SynonymRule::kExclusive);
  geometry.caches[1].line_bytes = 128;
  refused(geometry, "l2: rule exclusive needs the line of l1d");
  geometry = s390_like(SynonymRule::kExclusive);
  geometry.synonym_bits = {12, 12};  // the index has bit 13
  refused(geometry, "synonym bits 12..12");
  geometry.synonym_bits = {11, 14};
  refused(geometry, "synonym bits 11..14");
  geometry.synonym_bits = {12, 43};
  refused(geometry, "synonym bits 12..43");
  geometry.synonym_bits = {12, 18};
  geometry.synonyms = SynonymRule::kLogicalTag;
  refused(geometry, "belong to rule exclusive, not logical_tag");
  geometry = one_level(32 << 10, 8, 64, SynonymRule::kUtag);
  geometry.utag_bits = {bits({11, 12})};
  refused(geometry, "utag bits of mask 0x1800");
  geometry.utag_bits = {bits({52})};
  refused(geometry, "must lie in 12..51");
  geometry.utag_bits.assign(32, bits({12}));
  refused(geometry, "1 to 31 hash bits");
  geometry = r4000sc_like(128);
  geometry.caches[0].size_bytes = 64 << 10;
  refused(geometry, "coherency bits 12..14");
  geometry = r4000sc_like(128);
  geometry.caches[0].size_bytes = 12 << 10;
  refused(geometry, "virtual_coherency needs a power of two of sets");
  geometry = one_level(24 << 10, 6, 64);
  geometry.caches[0].replacement = Replacement::kTreePlru;
  refused(geometry, "tree_plru");
  geometry = one_level(32 << 10, 8, 64);
  geometry.tlbs = {{48, 5, Replacement::kLru, 1, {4096}}};
  refused(geometry, "dtlb1: 48 entries in 5 ways");
}

TEST(Machine, RefusesAddressesItCannotTellApart) {
  Machine machine = machine_of(one_level(32 << 10, 8, 64));
  const std::uint64_t limit = (1ULL << 44) - 4096;
  EXPECT_TRUE(machine.run(std::vector<Access>{{kBase, limit - 1}}));
  EXPECT_FALSE(machine.run(std::vector<Access>{{kBase, limit}}));
  EXPECT_FALSE(machine.run(std::vector<Access>{{kBase, 0}, {kBase ^ (1ULL << 44), 0}}));
  const auto high = coloured(2, 2, limit / 4096 - 1);
  const auto run = machine.run_strided(*MappedTable::create(kBase, high, 4096), 0, 64, 1);
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().message.find("0xffffffff000"), std::string::npos) << run.error().message;
  EXPECT_EQ(machine.counts().reads, 1U);  // nothing of a refused block is run
}

TEST(Machine, RefusesReadsOutsideTheTable) {
  Machine machine = machine_of(one_level(32 << 10, 8, 64));
  const auto pfns = coloured(2, 2);
  const MappedTable table = *MappedTable::create(kBase, pfns, 4096);
  EXPECT_TRUE(machine.run(table, std::vector<std::uint64_t>{8191}));
  EXPECT_FALSE(machine.run(table, std::vector<std::uint64_t>{8192}));
  EXPECT_TRUE(machine.run_strided(table, 0, 64, 128));
  EXPECT_FALSE(machine.run_strided(table, 0, 64, 129));
  EXPECT_FALSE(machine.run_strided(table, 0, 0, 1));
  EXPECT_FALSE(machine.run_strided(table, 8192, 8, 1));
}

TEST(MappedTable, RefusesWhatIsNoTable) {
  const auto pfns = coloured(4, 4);
  EXPECT_FALSE(MappedTable::create(kBase + 8, pfns, 4096));
  EXPECT_FALSE(MappedTable::create(kBase, pfns, 3000));
  EXPECT_FALSE(MappedTable::create(kBase, pfns, 16384, 4096));
  EXPECT_FALSE(MappedTable::create(kBase, {}, 4096));
  EXPECT_FALSE(MappedTable::create((1ULL << 44) - 4096, pfns, 4096));
  EXPECT_EQ(MappedTable::create(kBase, pfns, 16384)->bytes(), 65536U);
}

}  // namespace
}  // namespace zp::model
