// SPDX-License-Identifier: MIT
// What counts as one independent value when sides are compared.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/load/result_set.hpp"

namespace zp::analysis {

// Frames are drawn once per pass, and a boot places memory anew: repetitions inside a pass are no
// evidence of their own, nor are boots of one host where several hosts are compared. kRepetition is
// for files of other programs, which record nothing else.
enum class Unit { kHost, kBoot, kRun, kPass, kRepetition };

// Runs of another program's files from which on a run is the unit, if most cells have them.
inline constexpr std::size_t kForeignRuns = 5;

std::string_view unit_word(Unit unit);   // "boot"
std::string_view units_word(Unit unit);  // "boots"

// Which unit each file of a set belongs to; files of all runs in order. What is below about boots,
// runs and passes "of a metric" is about those that have a row with it: others, of which nothing is
// looked at, must change nothing. "" takes all.
struct Grouping {
  static constexpr std::size_t kLeftOut = static_cast<std::size_t>(-1);
  std::vector<std::size_t> unit_of_file;
  std::size_t units = 0;
};

struct UnitPlan {
  Unit unit = Unit::kPass;
  bool paired = false;           // unit i of one side is unit i of the other
  bool within_one_boot = false;  // the sides share their only boot: it is not part of a change
  bool same_boot = false;        // not paired, all of one boot
  // Why nothing can be said of what another boot, or run, would do; "" where several are on each
  // side, or where they are not part of the change.
  std::string one_boot;
  std::vector<Grouping> groups;    // one per side
  std::vector<std::size_t> boots;  // distinct boots per side; 0: not recorded
  std::vector<std::size_t> hosts;  // the same of hosts
  // Hosts are known, are not the unit, and the sides have others: a change is that of hosts, too.
  bool other_hosts = false;
  // Hosts that not all sides have, where those that they have are compared with themselves.
  std::size_t left_out_hosts = 0;
};

// Measured by zpbench; else by another program of Google Benchmark.
bool is_ours(const ResultSet& set);
bool is_ours(const ResultFile& file);
// Of another program what follows the last folder of its executable: two builds lie in two of them.
// "" where the file does not say, and of ours.
std::string_view program_of(const ResultFile& file);
// Of a cell of ours: a read, whose rows must prove their placement. Families count pages
// themselves.
bool claims_placement(std::string_view cell);

// "" where the file does not record its boot.
std::string boot_of(const ResultFile& file);
// Boots of a set that its files record; 0 where one of them doesn't.
std::size_t boots_of(const ResultSet& set, std::string_view metric = "");
std::size_t hosts_of(const ResultSet& set, std::string_view metric = "");

// Where hosts are told apart, files that record none, nor does another pass of their run or a run
// of their boot, are of a host of their own; this says which, "" where there are none.
std::string own_hosts_in(std::span<const ResultSet* const> sets);

// One group per recorded boot, per run, or per pass.
Grouping by_boot(const ResultSet& set, std::string_view metric = "");
Grouping by_run(const ResultSet& set, std::string_view metric = "");
Grouping by_pass(const ResultSet& set, std::string_view metric = "");

// `sets` holds the same set twice for a comparison inside one set.
UnitPlan plan_units(std::span<const ResultSet* const> sets, std::string_view metric = "");

}  // namespace zp::analysis
