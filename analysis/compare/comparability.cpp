// SPDX-License-Identifier: MIT
#include "analysis/compare/comparability.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <utility>

#include "analysis/load/units.hpp"
#include "analysis/rows/host.hpp"
#include "harness/names/benchmark_name.hpp"
#include "harness/support/text.hpp"

namespace zp::analysis {
namespace {

// Machine and meaning of the rows.
constexpr std::array<std::string_view, 15> kMustAgree{
    "cpu.model",          "cpu.family",
    "machine.type",       "arch",
    "byte_order",         "cache.l1d.size_bytes",
    "page_size_bytes",    "machine.virtualisation",
    "machine.emulated",   "schema",
    "num_cpus",           "numa.nodes",
    "cache.l1d.ways",     "cache.l2.size_bytes",
    "cache.l3.size_bytes"};

// What Google Benchmark says of caches; zpbench says it, and more, under its own keys.
constexpr std::array<std::string_view, 1> kForeignCaches{"caches"};

constexpr std::string_view kHostId = "host.id";

// Disturb figures without making them incomparable.
// Kernels move the zero page and what lies next to it in a cache; its frame alone is another one
// after each boot.
constexpr std::array<std::string_view, 11> kWorthANote{
    "cpu.governor",    "thp.enabled",    "build.compiler",     "build.flags",
    "zpbench.version", "host",           "zero_page.colours",  "zero_page.alignment_bytes",
    "zero_page.iomem", "zero_page.huge", "cpu_scaling_enabled"};

// What Google Benchmark itself says of a run; zpbench says it, and more, under its own keys.
constexpr std::array<std::string_view, 2> kForeignNote{"host_name", "library_build_type"};
// A clock, and by how much two of one machine may differ. What the probe measured is that of a busy
// CPU: turbo alone made it 2.52 to 2.77 GHz in four runs of an Emerald Rapids. The other is often
// the nominal one, or read while it varies a little.
constexpr std::pair<std::string_view, double> kClocks[]{{"probe.ghz", 1.2}, {"mhz_per_cpu", 1.05}};

// How Google Benchmark counts time and rates with threads changed in 1.9.0 and 1.9.5.
constexpr std::array<std::string_view, 2> kLibraryVersion{"benchmark.version", "library_version"};

// Whose loops the family `kernels` measured.
constexpr std::array<std::string_view, 5> kPrograms{"program.loads", "program.blas", "program.zlib",
                                                    "program.libc", "program.memcpy"};

void add_once(std::vector<Difference>& list, Difference difference) {
  const auto same = [&](const Difference& other) {
    return other.field == difference.field && other.base == difference.base &&
           other.other == difference.other;
  };
  if (std::ranges::none_of(list, same)) list.push_back(std::move(difference));
}

template <class Keys>
void compare_keys(const Keys& keys, const Context& base, const Context& other,
                  std::vector<Difference>& differing, std::vector<Difference>& unknown) {
  for (const auto key : keys) {
    const auto a = context_value(base, key);
    const auto b = context_value(other, key);
    if (a == b) continue;
    auto& list = a.empty() || b.empty() ? unknown : differing;
    add_once(list, {std::string(key), std::string(a), std::string(b)});
  }
}

// The first of these that both say. An emulator has none.
void note_clocks(const Run& base, const Run& other, std::vector<Difference>& noted) {
  if (is_emulated(base.context()) || is_emulated(other.context())) return;
  for (const auto& [key, alike] : kClocks) {
    const auto a = base.probe_value(key), b = other.probe_value(key);
    const auto one = parse_whole<double>(a), two = parse_whole<double>(b);
    if (!one || !two) continue;
    if (std::max(*one, *two) > alike * std::min(*one, *two))
      add_once(noted, {std::string(key), std::string(a), std::string(b)});
    return;
  }
}

void compare_machines(const Context& base, const Context& other, std::vector<Difference>& differing,
                      std::vector<Difference>& unknown) {
  compare_keys(kMustAgree, base, other, differing, unknown);
  if (context_value(base, "cache.l1d.size_bytes").empty())
    compare_keys(kForeignCaches, base, other, differing, unknown);
}

// Containers of one boot are one host.
void compare_hosts(const Context& base, const Context& other, std::vector<Difference>& differing) {
  const auto known = [](std::string_view id) { return !id.empty() && !id.starts_with("absent"); };
  const auto a = context_value(base, kHostId), b = context_value(other, kHostId);
  const auto boot = context_value(base, "boot.id");
  const bool one_boot = known(boot) && boot == context_value(other, "boot.id");
  if (a != b && known(a) && known(b) && !one_boot)
    add_once(differing, {std::string(kHostId), std::string(a), std::string(b)});
}

// Both say how many they don't show: that is not a difference.
void note_boot_parameters(const Context& base, const Context& other,
                          std::vector<Difference>& noted) {
  constexpr std::string_view kKey = "kernel.cmdline";
  const auto shown = [](std::string_view text) {
    return text.substr(0, text.starts_with('(') ? 0 : text.find(" ("));
  };
  const auto said = [&](std::string_view text) {
    return std::string(shown(text).empty() ? text : shown(text));
  };
  const auto a = context_value(base, kKey), b = context_value(other, kKey);
  if (!a.empty() && !b.empty() && shown(a) != shown(b))
    add_once(noted, {std::string(kKey), said(a), said(b)});
}

// Benchmarks of one name of two programs, one on each side; on one side they are told apart.
void note_programs(std::span<const ResultSet* const> sides, std::vector<Difference>& noted) {
  std::set<std::string_view> programs;
  for (const auto* side : sides)
    for (const auto* file : side->files()) programs.insert(program_of(*file));
  if (programs.erase(""); programs.size() < 2) return;
  std::unordered_map<std::string_view, std::string_view> first;  // by cell
  for (const auto* side : sides) {
    for (const auto* file : side->files()) {
      const auto program = program_of(*file);
      for (std::size_t cell = 0; !program.empty() && cell < file->cell_count(); ++cell) {
        if (!side->find_cell(file->cell_name(cell))) continue;  // filtered out
        const auto other = first.emplace(file->cell_name(cell), program).first->second;
        if (other != program)
          add_once(noted, {"executable", std::string(other), std::string(program)});
      }
    }
  }
}

bool has_threads(const ResultSet& set) {
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    // Looked for in the text before it is parsed: there can be 100 000 names.
    const auto& text = set.cell_name(cell);
    if (text.find("/threads:") == std::string::npos ||
        text.find("/threads:1/") != std::string::npos)
      continue;
    const auto name = parse_name(text);
    if (name.find("threads").value_or("1") != "1") return true;
  }
  return false;
}

Comparability check_machines(std::span<const ResultSet* const> sides) {
  Comparability result;
  const auto& base = sides.front()->context();
  const bool threads =
      std::ranges::any_of(sides, [](const ResultSet* set) { return has_threads(*set); });
  for (const auto* side : sides) {
    // Each file: a directory without a manifest may hold any.
    for (const auto* file : side->files()) {
      compare_machines(base, file->context, result.refused, result.noted);
      compare_keys(kWorthANote, base, file->context, result.noted, result.noted);
      std::vector<Difference> without;  // that family
      compare_keys(kPrograms, base, file->context, result.noted, without);
      // Hosts of other names say it already.
      if (context_value(base, "host") == context_value(file->context, "host"))
        compare_hosts(base, file->context, result.noted);
      note_boot_parameters(base, file->context, result.noted);
      if (context_value(base, "schema").empty())
        compare_keys(kForeignNote, base, file->context, result.noted, result.noted);
      compare_keys(kLibraryVersion, base, file->context, threads ? result.refused : result.noted,
                   result.noted);
    }
    for (const auto& run : side->runs())
      note_clocks(sides.front()->runs().front(), run, result.noted);
  }
  note_programs(sides, result.noted);
  return result;
}

Outcome<void> refuse(const std::vector<Difference>& differences) {
  if (differences.empty()) return {};
  return fail(ExitCode::kNotComparable, "these runs can't be taken together:{}",
              difference_words(differences));
}

}  // namespace

std::vector<Difference> Comparability::known_notes() const {
  auto known = noted;
  std::erase_if(known, [](const Difference& one) { return one.base.empty() || one.other.empty(); });
  return known;
}

std::vector<Difference> machine_differences(const Context& one, const Context& other) {
  std::vector<Difference> differing, unknown;
  compare_keys(kMustAgree, one, other, differing, unknown);
  std::erase_if(differing, [](const Difference& difference) {
    return difference.field == "schema" || difference.field == "machine.emulated";
  });
  return differing;
}

std::vector<Difference> machine_or_host_differences(const Context& one, const Context& other) {
  std::vector<Difference> differing, unknown;
  compare_machines(one, other, differing, unknown);
  compare_hosts(one, other, differing);
  return differing;
}

Context machine_facts(const Context& context) {
  Context machine;
  const auto keep = [&](std::string_view key) {
    if (const auto found = context.find(key); found != context.end()) machine.insert(*found);
  };
  std::ranges::for_each(kMustAgree, keep);
  std::ranges::for_each(kForeignCaches, keep);
  keep(kHostId);
  return machine;
}

std::vector<Difference> kernel_differences(const Context& one, const Context& other) {
  for (const char* key : {"kernel.release", "kernel.version"}) {
    const auto a = context_value(one, key), b = context_value(other, key);
    const bool known = key == std::string_view("kernel.release") || !(a.empty() || b.empty());
    if (a != b && known) return {{key, std::string(a), std::string(b)}};
  }
  return {};
}

bool same_machine(const Context& one, const Context& other) {
  return machine_differences(one, other).empty();
}

Comparability check_comparability(std::span<const ResultSet* const> sides) {
  auto result = check_machines(sides);
  for (const auto* side : sides) {
    const Context* kernel = &side->context();  // of the files so far: one may not say its build
    for (const auto* file : side->files()) {
      const auto differing = kernel_differences(*kernel, file->context);
      for (const auto& difference : differing)
        add_once(result.refused,
                 {difference.field + " of one side", difference.base, difference.other});
      if (differing.empty() && context_value(*kernel, "kernel.version").empty())
        kernel = &file->context;
    }
  }
  return result;
}

std::string difference_words(const std::vector<Difference>& differences) {
  // A directory of many kernels has as many differences of one field: three of them say it.
  constexpr std::size_t kShown = 3;
  std::string text;
  for (auto first = differences.begin(); first != differences.end(); ++first) {
    const auto of_first = [first](const Difference& one) {
      return one.field == first->field && one.base == first->base;
    };
    if (std::any_of(differences.begin(), first, of_first)) continue;
    std::string others;
    std::size_t count = 0;
    for (auto one = first; one != differences.end(); ++one)
      if (of_first(*one) && count++ < kShown)
        others += fmt::format("{}'{}'", others.empty() ? "" : ", ", one->other);
    if (count > kShown) others += fmt::format(" and {} more", count - kShown);
    text += fmt::format("{} {} is '{}' and {}", text.empty() ? "" : ";", first->field, first->base,
                        others);
  }
  return text;
}

Outcome<void> check_allowed(const Comparability& differences, bool force) {
  if (force || differences.refused.empty()) return {};
  return fail(ExitCode::kNotComparable, "not comparable:{}; --force compares anyway",
              difference_words(differences.refused));
}

Outcome<std::string> check_pooled(const ResultSet& set) {
  const ResultSet* const side = &set;
  const auto differences = check_comparability({&side, 1});
  if (auto alike = refuse(differences.refused); !alike) return fail(alike);
  const auto noted = differences.known_notes();
  if (noted.empty()) return std::string();
  return "runs are taken together that differ:" + difference_words(noted);
}

Outcome<Comparability> check_one_machine(const ResultSet& set) {
  const ResultSet* const side = &set;
  auto differences = check_machines({&side, 1});
  if (auto one = refuse(differences.refused); !one) return fail(one);
  return differences;
}

}  // namespace zp::analysis
