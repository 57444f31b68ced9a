// SPDX-License-Identifier: MIT
#include "bench/context.hpp"

#include <algorithm>

#include "bench/version.hpp"
#include "harness/host/cpu_limit.hpp"
#include "harness/host/siblings.hpp"
#include "harness/host/virtualisation.hpp"
#include "harness/ksm/foreign.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/memory/census.hpp"
#include "harness/memory/zero_page.hpp"
#include "harness/support/file.hpp"

namespace zp {
namespace {

void append(Facts& facts, Facts more) {
  facts.insert(facts.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

// Whether this process may see frames at all.
std::string census_evidence(const Roots& roots) {
  const auto weak = why_census_is_weak(roots);
  return weak ? "weak: " + *weak : "strong";
}

// FNV-1a. Tells boots apart, and can't be turned back into the id that names this one.
std::string hashed(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

std::string boot_id(const Roots& roots) {
  const auto path = roots.proc + "/sys/kernel/random/boot_id";
  const auto id = read_trimmed(path);
  return id && !id->empty() ? hashed("zpbench " + *id) : "absent: " + path + " can't be read";
}

// Of the firmware's number where root may see it, else of the system's. Not of a number that is
// drawn at each boot: a node without a disk would seem to be another one then.
std::string host_id(const Roots& roots) {
  const auto firmware = read_trimmed(roots.sys + "/class/dmi/id/product_uuid");
  if (firmware && !firmware->empty()) return hashed("zpbench host " + *firmware);
  const auto system = read_trimmed("/etc/machine-id");
  if (!system || system->empty() || *system == "uninitialized")
    return "absent: neither product_uuid nor /etc/machine-id can be read";
  if (read_trimmed("/run/machine-id")) return "absent: /etc/machine-id is of this boot alone";
  return hashed("zpbench host " + *system);
}

}  // namespace

Facts host_warnings(const Roots& roots, Processes processes) {
  Facts warnings;
  const auto governor = read_trimmed(cpu_directory(roots) + "/cpufreq/scaling_governor");
  if (governor && *governor != "performance")
    warnings.emplace_back("governor",
                          fmt::format("the CPU governor is {}; times are steadier with "
                                      "performance (cpupower frequency-set -g performance)",
                                      *governor));
  const auto said_as = [processes](const std::vector<ForeignProcess>& others) {
    return processes == Processes::kNamed
               ? process_names(others)
               : fmt::format("{} other process{}", others.size(), others.size() == 1 ? "" : "es");
  };
  const auto [foreign, not_looked_at] = find_foreign_mergeable(roots, false);
  if (!not_looked_at.empty())
    warnings.emplace_back(
        "foreign_unknown",
        fmt::format("whether KSM would merge memory of {} was not looked at: they are large, and "
                    "this kernel reports only at their cost (since Linux 6.17 it does in a line), "
                    "or may not be read (CAP_SYS_PTRACE)",
                    said_as(not_looked_at)));
  if (!foreign.empty())
    warnings.emplace_back(
        "foreign_mergeable",
        fmt::format("KSM will also scan, and for a while merge, memory of {}; stop "
                    "them for undisturbed figures",
                    said_as(foreign)));
  if (const auto quota = cpu_quota(roots))
    warnings.emplace_back(
        "cpu_quota", fmt::format("a control group lets this process have {:.3g} CPUs at most "
                                 "(cpu.max): rows that it stops while they are timed are marked",
                                 *quota));
  const auto virtualisation = detect_virtualisation(roots);
  if (virtualisation.emulated)
    warnings.emplace_back("emulated",
                          fmt::format("an emulator ({}) runs this: its times say nothing "
                                      "about a CPU",
                                      virtualisation.kind));
  return warnings;
}

Facts thread_warnings(const Roots& roots, std::size_t threads, const std::vector<int>& cpus) {
  Facts warnings;
  std::vector<int> taken = cores_first(roots, cpus);
  taken.resize(std::min(threads, taken.size()));
  if (const auto pair = smt_siblings(roots, taken))
    warnings.emplace_back(
        "shared_cores",
        fmt::format(
            "the node has {} core(s), and CPUs {} and {} share one: in rows with more threads "
            "than cores, siblings also slow each other down",
            one_cpu_per_core(roots, cpus).size(), pair->first, pair->second));
  const auto other = std::ranges::find_if(
      taken, [&](int cpu) { return !have_same_caches(roots, taken.front(), cpu); });
  if (other != taken.end())
    warnings.emplace_back(
        "unlike_cpus",
        fmt::format("CPUs {} and {} have unlike caches: rows of {} threads read on both, and what "
                    "the context says of caches is of the first (taskset -c chooses CPUs)",
                    taken.front(), *other, threads));
  return warnings;
}

Facts collect_context(const Roots& roots, const Options& options) {
  Facts facts{{"schema", "zpbench-1"}};
  append(facts, build_facts());
  append(facts, host_facts(roots));
  facts.emplace_back("boot.id", boot_id(roots));
  facts.emplace_back("host.id", host_id(roots));
  append(facts, zero_page_facts(roots));
  append(facts, read_all_knobs(roots));
  facts.emplace_back("census", census_evidence(roots));
  facts.emplace_back("matrix", options.matrix.name);
  facts.emplace_back("pass", std::to_string(options.pass));
  facts.emplace_back("pass.seed", std::to_string(options.seed));
  for (auto& [kind, text] : host_warnings(roots, Processes::kCounted))
    facts.emplace_back("warning." + kind, std::move(text));
  return facts;
}

}  // namespace zp
