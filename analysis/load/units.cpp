// SPDX-License-Identifier: MIT
#include "analysis/load/units.hpp"
#include "harness/support/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace zp::analysis {
namespace {

// Hosts that sides share from which on each is compared with itself, though sides have others
// besides.
constexpr std::size_t kLeastShared = 3;

// Runs per side of one boot from which on a run is the unit: nothing is decided by fewer units.
constexpr std::size_t kLeastRuns = 3;

std::string recorded(const ResultFile& file, const char* key) {
  const auto value = context_value(file.context, key);
  return value.starts_with("absent") ? "" : value;
}

// Hosts by number, the same in all sets. Containers of one boot are one host, whatever they are
// called: a host too few costs power, one too many would be a false alarm.
class Hosts {
 public:
  explicit Hosts(std::span<const ResultSet* const> sets) {
    for (const auto* set : sets)
      for (const auto& run : set->runs())
        for (const auto& file : run.files) join(run, file);
    for (const auto& [name, number] : numbers_)
      if (name.starts_with(kHost)) recorded_.insert(first_of(number));
  }

  // One per file of the set, kLeftOut of those without the metric. Nothing where no file records
  // its host, or one doesn't and all others are of one: nothing tells whether that has another.
  [[nodiscard]] std::vector<std::size_t> of(const ResultSet& set, std::string_view metric) const {
    std::vector<std::size_t> hosts;
    const auto counts = set.files_with(metric);
    bool any = false, all = true;
    for (const auto& run : set.runs())
      for (const auto& file : run.files) {
        const bool counted = counts[hosts.size()];
        const bool known = knows_host_of(run, file);
        any = any || (counted && known);
        all = all && (!counted || known);
        hosts.push_back(counted ? host_of(run, file) : Grouping::kLeftOut);
      }
    return any && (all || tells_apart()) ? hosts : std::vector<std::size_t>();
  }

  [[nodiscard]] bool tells_apart() const { return recorded_.size() > 1; }
  [[nodiscard]] bool knows_host_of(const Run& run, const ResultFile& file) const {
    return recorded_.contains(host_of(run, file));
  }

 private:
  std::size_t number(const std::string& name) {
    const auto [slot, fresh] = numbers_.emplace(name, same_as_.size());
    if (fresh) same_as_.push_back(slot->second);
    return slot->second;
  }
  [[nodiscard]] std::size_t first_of(std::size_t host) const {
    while (same_as_[host] != host) host = same_as_[host];
    return host;
  }
  void join(const Run& run, const ResultFile& file) {
    const auto name = name_of(run, file), boot = boot_of(file);
    const auto host = first_of(number(name));
    if (!boot.empty()) {
      const auto other = first_of(number("boot " + boot));
      same_as_[std::max(host, other)] = std::min(host, other);
    }
  }
  [[nodiscard]] std::size_t host_of(const Run& run, const ResultFile& file) const {
    return first_of(numbers_.at(name_of(run, file)));
  }
  // A run is made on one machine.
  static std::string name_of(const Run& run, const ResultFile& file) {
    auto id = recorded(file, "host.id");
    for (auto other = run.files.begin(); id.empty() && other != run.files.end(); ++other)
      id = recorded(*other, "host.id");
    if (!id.empty()) return std::string(kHost) + id;
    const auto boot = boot_of(file);
    return boot.empty() ? fmt::format("run {}", fmt::ptr(&run)) : "boot " + boot;
  }

  static constexpr std::string_view kHost = "host ";
  std::map<std::string, std::size_t> numbers_;  // of hosts, of boots, of runs that record neither
  std::vector<std::size_t> same_as_;            // an earlier one, or itself
  std::set<std::size_t> recorded_;              // hosts that some file records
};

using Key = std::function<std::string(const Run&, const ResultFile&)>;

// `counts`: one per file; the others are left out.
Grouping group(const ResultSet& set, const Key& key, const std::vector<bool>& counts) {
  Grouping grouping;
  std::map<std::string, std::size_t> known;
  for (const auto& run : set.runs())
    for (const auto& file : run.files)
      grouping.unit_of_file.push_back(
          counts[grouping.unit_of_file.size()]
              ? known.emplace(key(run, file), known.size()).first->second
              : Grouping::kLeftOut);
  grouping.units = known.size();
  return grouping;
}

// Each for itself, whatever its path.
std::string run_key(const Run& run, const ResultFile&) {
  return fmt::format("{}", fmt::ptr(&run));
}
std::string file_key(const Run&, const ResultFile& file) {
  return fmt::format("{}", fmt::ptr(&file));
}
std::string boot_key(const Run&, const ResultFile& file) {
  return boot_of(file);
}

std::set<std::string> boots_in(const ResultSet& set, std::string_view metric) {
  std::set<std::string> boots;
  const auto files = set.files();
  const auto counts = set.files_with(metric);
  for (std::size_t i = 0; i < files.size(); ++i)
    if (counts[i]) boots.insert(boot_of(*files[i]));
  return boots;
}

std::set<std::size_t> hosts_in(const std::vector<std::size_t>& of_files) {
  std::set<std::size_t> hosts(of_files.begin(), of_files.end());
  hosts.erase(Grouping::kLeftOut);
  return hosts;
}

Key key_of(Unit unit) {
  return unit == Unit::kBoot ? boot_key : unit == Unit::kRun ? run_key : file_key;
}

// Each host is its own control where all sides have it.
void set_hosts(UnitPlan& plan, const std::vector<std::vector<std::size_t>>& host_of_file) {
  std::map<std::size_t, std::size_t> sides;  // that have the host
  for (const auto& hosts : host_of_file)
    for (const auto host : hosts_in(hosts)) ++sides[host];
  const auto shared = static_cast<std::size_t>(std::ranges::count_if(
      sides, [&](const auto& host) { return host.second == host_of_file.size(); }));
  plan.unit = Unit::kHost;
  plan.paired = shared == sides.size() || shared >= kLeastShared;
  if (plan.paired) plan.left_out_hosts = sides.size() - shared;
  std::map<std::size_t, std::size_t> places;
  for (const auto& hosts : host_of_file) {
    if (!plan.paired) places.clear();
    for (const auto host : hosts)
      if (host != Grouping::kLeftOut && (!plan.paired || sides[host] == host_of_file.size()))
        places.emplace(host, places.size());
    Grouping grouping;
    for (const auto host : hosts) {
      const auto place = places.find(host);
      grouping.unit_of_file.push_back(place == places.end() ? Grouping::kLeftOut : place->second);
    }
    plan.groups.push_back(std::move(grouping));
    plan.groups.back().units = places.size();
  }
}

// A suite has a file per program, and one cell's runs are few of them. Where a few cells alone have
// too few runs they stay undecided: the others' repetitions are no better evidence for it.
bool has_foreign_runs(const ResultSet* set) {
  std::size_t enough = 0;
  for (std::size_t cell = 0; cell < set->cell_count(); ++cell)
    if (set->run_count(cell) >= kForeignRuns) ++enough;
  return 2 * enough > set->cell_count();
}

void set_foreign(UnitPlan& plan, std::span<const ResultSet* const> sets) {
  plan.unit = std::ranges::all_of(sets, has_foreign_runs) ? Unit::kRun : Unit::kRepetition;
}

std::string why_one_boot(const UnitPlan& plan) {
  if (std::ranges::find(plan.boots, 0U) != plan.boots.end())
    return "the files don't record their boot";
  if (plan.same_boot) return fmt::format("fewer than {} runs per side in one boot", kLeastRuns);
  const bool each = std::ranges::all_of(plan.boots, [](std::size_t boots) { return boots == 1; });
  return each ? "one boot per side" : "one boot on one side";
}

}  // namespace

std::string boot_of(const ResultFile& file) {
  return recorded(file, "boot.id");
}

bool is_ours(const ResultFile& file) {
  return context_value(file.context, "schema").starts_with("zpbench");
}

bool is_ours(const ResultSet& set) {
  return is_ours(set.runs().front().files.front());
}

std::string_view program_of(const ResultFile& file) {
  const auto found = file.context.find("executable");
  if (is_ours(file) || found == file.context.end()) return {};
  const std::string_view path = found->second;
  return path.substr(path.find_last_of("/\\") + 1);
}

bool claims_placement(std::string_view cell) {
  return cell.starts_with("read/") || cell.starts_with("latency/");
}

std::string_view unit_word(Unit unit) {
  return word_for(unit, {"host", "boot", "run", "pass", "repetition"});
}

std::string_view units_word(Unit unit) {
  return word_for(unit, {"hosts", "boots", "runs", "passes", "repetitions"});
}

std::size_t boots_of(const ResultSet& set, std::string_view metric) {
  const auto boots = boots_in(set, metric);
  return boots.contains("") ? 0 : boots.size();
}

std::size_t hosts_of(const ResultSet& set, std::string_view metric) {
  const ResultSet* const sets[] = {&set};
  return hosts_in(Hosts(sets).of(set, metric)).size();
}

std::string own_hosts_in(std::span<const ResultSet* const> sets) {
  const Hosts hosts(sets);
  if (!hosts.tells_apart()) return {};
  std::size_t count = 0;
  std::string first;
  for (const auto* set : sets) {
    if (hosts.of(*set, "").empty()) continue;
    for (const auto& run : set->runs())
      for (const auto& file : run.files)
        if (!hosts.knows_host_of(run, file) && count++ == 0) first = file.path;
  }
  if (count == 0) return {};
  return fmt::format("files that record no host, taken as of a host of their own: {} (first: {})",
                     count, first);
}

Grouping by_boot(const ResultSet& set, std::string_view metric) {
  return group(set, boot_key, set.files_with(metric));
}

Grouping by_run(const ResultSet& set, std::string_view metric) {
  return group(set, run_key, set.files_with(metric));
}

Grouping by_pass(const ResultSet& set, std::string_view metric) {
  return group(set, file_key, set.files_with(metric));
}

UnitPlan plan_units(std::span<const ResultSet* const> sets, std::string_view metric) {
  UnitPlan plan;
  const Hosts hosts(sets);
  std::vector<std::vector<std::size_t>> host_of_file;
  std::size_t fewest_boots = static_cast<std::size_t>(-1);
  std::size_t fewest_runs = fewest_boots, fewest_hosts = fewest_boots;
  for (const auto* set : sets) {
    host_of_file.push_back(hosts.of(*set, metric));
    plan.hosts.push_back(hosts_in(host_of_file.back()).size());
    plan.boots.push_back(boots_of(*set, metric));
    fewest_hosts = std::min(fewest_hosts, plan.hosts.back());
    fewest_boots = std::min(fewest_boots, plan.boots.back());
    fewest_runs = std::min(fewest_runs, by_run(*set, metric).units);
  }
  if (fewest_hosts >= 2) {
    set_hosts(plan, host_of_file);
    return plan;
  }
  plan.other_hosts = fewest_hosts == 1 && std::ranges::any_of(host_of_file, [&](const auto& side) {
                       return hosts_in(side) != hosts_in(host_of_file.front());
                     });
  if (!std::ranges::all_of(sets, [](const ResultSet* set) { return is_ours(*set); })) {
    set_foreign(plan, sets);
  } else {
    const auto& base = *sets.front();
    plan.paired = std::ranges::all_of(
        sets, [&base](const ResultSet* set) { return set->has_same_rows(base); });
    // Without a record two runs may or may not be two boots: the run is then the safer unit.
    plan.unit = fewest_boots >= 2                       ? Unit::kBoot
                : fewest_boots == 0 && fewest_runs >= 2 ? Unit::kRun
                                                        : Unit::kPass;
    plan.same_boot =
        !plan.paired && fewest_boots == 1 && std::ranges::all_of(sets, [&](const ResultSet* set) {
          return boots_in(*set, metric) == boots_in(base, metric);
        });
    // Passes of a run are not independent of each other: they get the same memory again, and the
    // same minutes. Pairing takes that out.
    if (plan.same_boot && fewest_runs >= kLeastRuns) plan.unit = Unit::kRun;
    // A run that was resumed can hold two boots; where none is recorded it has one.
    const bool is_one_boot = fewest_boots == 1 || (fewest_boots == 0 && fewest_runs == 1);
    plan.within_one_boot = plan.paired ? is_one_boot : plan.same_boot && plan.unit == Unit::kRun;
    if (!plan.paired && !plan.within_one_boot && plan.unit != Unit::kBoot)
      plan.one_boot = why_one_boot(plan);
  }
  std::vector<std::vector<bool>> counts;
  for (const auto* set : sets) counts.push_back(set->files_with(metric));
  if (plan.paired)  // a unit has its number on every side, whichever has the row
    for (auto& side : counts)
      for (const auto& other : counts)
        for (std::size_t file = 0; file < side.size(); ++file)
          side[file] = side[file] || other[file];
  for (std::size_t side = 0; side < sets.size(); ++side)
    plan.groups.push_back(group(*sets[side], key_of(plan.unit), counts[side]));
  return plan;
}

}  // namespace zp::analysis
