// SPDX-License-Identifier: MIT
#include "analysis/report/report.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "analysis/load/sha256.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/views/paired.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "harness/names/row_text.hpp"

namespace zp::analysis {
namespace {

// Where the knob was not measured: the largest slowdown of one shared frame against coloured ones
// or the zero page, of those that are beyond doubt among all.
std::string headline_of(const ResultSet& set, const PlacementTable& table) {
  std::vector<std::string> labels;
  std::vector<UnitDifference> differences;
  std::set<std::string> rivals;
  for (const auto& block : table.blocks)
    for (const auto& row : block.rows)
      if (row.placement.starts_with("ksm_coloured:") || row.placement == "ksm_zero_page")
        rivals.insert(row.placement);
  for (const auto& rival : rivals)
    for (auto& pair : cell_pairs(set, rival, "ksm_single")) {
      const auto name = parse_name(pair.name);
      labels.push_back(fmt::format("{}: {}", rival, block_title(block_of(name, {}).common)));
      differences.push_back(std::move(pair.difference));
    }
  const auto changes = paired_changes(differences);
  std::size_t slower = 0, most = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (changes[i].effect != Effect::kSlower) continue;
    if (slower++ == 0 || changes[i].ratio > changes[most].ratio) most = i;
  }
  if (slower == 0) return {};
  return fmt::format(
      "One shared KSM frame reads slower in {} of {} pairs of cells, most by {} times ({}..{}; "
      "against {}).",
      slower, changes.size(), three_digits(changes[most].ratio),
      three_digits(changes[most].interval->low), three_digits(changes[most].interval->high),
      labels[most]);
}

// Of an emulated run: what is mapped, in the block that has most placements.
std::string frames_headline(const PlacementTable& table) {
  const PlacementBlock* widest = nullptr;
  for (const auto& block : table.blocks)
    if (widest == nullptr || block.rows.size() > widest->rows.size()) widest = &block;
  if (widest == nullptr) return {};
  std::string frames;
  for (const auto& placement : kKnobColumns)
    if (const auto* row = widest->find(placement); row != nullptr && !row->frames.empty())
      frames += fmt::format("{}{} {}", frames.empty() ? "" : ", ", row->placement, row->frames);
  return frames.empty() ? frames
                        : fmt::format("Page frames behind a table of zeros, by placement: {} ({}).",
                                      frames, block_title(widest->common));
}

std::string claims_headline(const std::vector<JudgedClaim>& claims, const FamilyRun& run) {
  if (claims.empty()) return {};
  std::string counts;
  for (const auto verdict : {ClaimVerdict::kConfirmed, ClaimVerdict::kRefuted,
                             ClaimVerdict::kDepends, ClaimVerdict::kUndecided}) {
    const auto count = std::ranges::count_if(
        claims, [&](const JudgedClaim& judged) { return judged.judgement.verdict == verdict; });
    if (count > 0)
      counts += fmt::format(
          "{}{} {}", counts.empty() ? "" : ", ", count,
          verdict == ClaimVerdict::kDepends && count > 1 ? "depend" : verdict_text(verdict));
  }
  return fmt::format("Of {} claim{} about zero pages that this run can judge{}: {}.", claims.size(),
                     claims.size() == 1 ? "" : "s",
                     run.sizes.empty() ? "" : fmt::format(" ({}: {})", kOfSeveralSizes, run.sizes),
                     counts);
}

// Those that the run has data for. Runs of reads alone are about the knob, and say so themselves.
std::vector<JudgedClaim> judged_claims(const FamilyRun& run) {
  std::vector<JudgedClaim> judged;
  if (run.rows.empty()) return judged;
  for (const auto& list : {claims(), debates()})
    for (const Claim& claim : list)
      if (auto judgement = claim.judge(run); judgement.verdict != ClaimVerdict::kNoData)
        judged.push_back({&claim, std::move(judgement)});
  return judged;
}

std::string change_headline(const Comparison& comparison) {
  const auto word = [&](Verdict verdict) {
    return fmt::format("{} {}", comparison.count(verdict),
                       verdict_word(verdict, comparison.metric));
  };
  return fmt::format("{} against {}: of {} cells {}, {}, {}, {}.", comparison.sides.back().label,
                     comparison.sides.front().label, comparison.row_count(), word(Verdict::kFaster),
                     word(Verdict::kSlower), word(Verdict::kSame), word(Verdict::kUndecided));
}

// What the rows themselves say about their frames.
std::string census_sentence(const ResultSet& set) {
  const std::string error_rows =
      "a row whose frames are not what its placement claims is an error row, not a figure.";
  if (const auto unproven = unproven_in(set); !unproven.empty())
    return capitalised(unproven) + "; " + error_rows;
  if (!set.has_census(CensusClass::kStrong)) return {};
  return "Page frames were counted before and after timing (census) in all rows of tables; " +
         error_rows;
}

std::vector<std::string> how_of(const ResultSet& set) {
  const auto count = [](std::size_t number, const char* one, const char* several) {
    return fmt::format("{} {}", number, number == 1 ? one : several);
  };
  std::vector<std::string> how;
  if (is_ours(set)) {
    how.push_back(fmt::format(
        "{}, {}{}; raw repetitions are the data.", count(set.runs().size(), "run", "runs"),
        count(set.file_count(), "pass (process)", "passes (processes)"),
        set.context_value("pass.seed").empty() ? "" : ", cells in shuffled order"));
    if (auto census = census_sentence(set); !census.empty()) how.push_back(std::move(census));
  } else {
    const auto version = set.context_value("library_version");
    how.push_back(fmt::format(
        "{} of another program{}: how its rows were measured only that program can say. All "
        "repetitions are taken.",
        count(set.file_count(), "file", "files"),
        version.empty() ? "" : fmt::format(", written by Google Benchmark {}", version)));
  }
  for (const auto& run : set.runs())
    if (run.manifest && !run.manifest->command.empty()) {
      how.push_back("Repeat it with: " + run.manifest->command);
      break;
    }
  return how;
}

std::string families_limit(const std::vector<FamilyTable>& families) {
  std::string names;
  for (const auto& table : families)
    if (!table.rows.empty()) names += (names.empty() ? "" : ", ") + table.family;
  if (names.empty()) return "Reads only: no writes, no copy-on-write, no merging cost.";
  return fmt::format("Figures other than reads ({}) are medians, shown without an interval.",
                     names);
}

std::vector<std::string> limits_of(const Report& report) {
  const auto& set = *report.set;
  const auto& comparison = report.comparison;
  std::vector<std::string> limits;
  if (is_ours(set)) limits.push_back(families_limit(report.families));
  if (is_ours(set) && !report.table.blocks.empty())
    limits.emplace_back(
        "Tables of one frame stay in the cache, so times of reads are not DRAM figures.");
  const auto virtualisation = set.context_value("machine.virtualisation");
  if (!virtualisation.empty() && virtualisation != "none")
    limits.push_back(
        fmt::format("A virtual machine ({}): nested page tables and noisy neighbours are in the "
                    "figures.",
                    virtualisation));
  if (is_emulated(set))
    limits.emplace_back("Emulated: times are the emulator's. Only placements and frames count.");
  if (set.context_value("cpu_scaling_enabled") == "true")
    limits.emplace_back("The CPU's frequency was not fixed (cpu_scaling_enabled).");
  else if (set.context_value("cpu.governor") == "unknown" ||
           set.context_value("cpu.governor").empty())
    limits.emplace_back("The CPU frequency governor is not known.");
  const auto boots = boots_of(set);
  if (comparison ? !comparison->units.one_boot.empty() : boots < 2)
    limits.push_back(fmt::format("{}: another places memory anew, and its figures may differ.",
                                 boots == 0 ? "The files don't record their boot" : "One boot"));
  return limits;
}

Outcome<std::vector<Source>> sources_of(const LoadedSides& loaded) {
  std::vector<Source> sources;
  for (const auto& set : loaded.sides)
    for (const auto& run : set.runs())
      for (const auto& file : run.files) {
        const auto sum = sha256_of_file(file.path);
        if (!sum) return fail(sum);
        sources.push_back({file.path, *sum});
      }
  return sources;
}

constexpr std::string_view kDisturbed = "warning.disturbed";

// What the passes say of themselves, the same once.
std::vector<std::string> warnings_in(const ResultSet& set) {
  constexpr std::size_t kMostOfAKind = 3;
  std::map<std::string, std::vector<std::string>> texts;
  for (const auto* file : set.files())
    for (const auto& [key, value] : file->context) {
      if (!key.starts_with("warning.") || (key == kDisturbed && file->disturbed.count > 0))
        continue;                               // summed up by disturbance_in()
      if (key == "warning.emulated") continue;  // among the limits
      auto& known = texts[key];
      if (std::ranges::find(known, value) == known.end()) known.push_back(value);
    }
  std::vector<std::string> warnings;
  for (const auto& [key, known] : texts) {
    for (std::size_t i = 0; i < std::min(known.size(), kMostOfAKind); ++i)
      warnings.push_back(key.substr(8) + ": " + known[i]);
    if (known.size() > kMostOfAKind)
      warnings.push_back(fmt::format("{}: and {} more of other passes", key.substr(8),
                                     known.size() - kMostOfAKind));
  }
  return warnings;
}

std::vector<Fact> provenance_of(const ResultSet& set) {
  std::vector<Fact> facts;
  const auto add = [&](const char* name, std::string_view value) {
    if (!value.empty()) facts.push_back({name, std::string(value)});
  };
  add("zpbench commit", set.context_value("zpbench.git"));
  add("kernel", set.context_value("kernel.release"));
  add("kernel version", set.context_value("kernel.version"));
  add("kernel command line", set.context_value("kernel.cmdline"));
  add("compiler", set.context_value("build.compiler"));
  add("flags", set.context_value("build.flags"));
  add("Google Benchmark", set.context_value("benchmark.version"));
  if (!is_ours(set)) {
    add("Google Benchmark", set.context_value("library_version"));
    add("host", set.context_value("host_name"));
    add("date", set.context_value("date"));
    add("program", set.context_value("executable"));
  }
  for (const auto& run : set.runs()) {
    add("run", run.path);
    if (!run.manifest) continue;
    add("started", run.manifest->started);
    add("command", run.manifest->command);
  }
  return facts;
}

}  // namespace

std::string heading_of(const Report& report, const std::string& what) {
  return (is_ours(*report.set) ? "zpbench: " : "Benchmarks: ") + what;
}

Outcome<Report> make_report(const LoadedSides& loaded, const ReportOptions& options) {
  const auto& set = loaded.sides.back();
  auto pooled = check_pooled(set);
  if (!pooled) return fail(pooled);
  auto metric = options.metric.empty() ? default_metric(set) : options.metric;
  if (options.metric.empty() && loaded.sides.size() > 1) {
    auto judged = judged_metric(set);
    if (!judged) return fail(judged);
    metric = std::move(*judged);
  }
  // Where every row is an error, the reasons are the report.
  if (!set.has_metric(metric) && (set.cell_count() > 0 || loaded.sides.size() > 1))
    return fail(ExitCode::kUsage, "{}: no row has the figure '{}'", set.runs().front().path,
                metric);
  Report report;
  report.set = &set;
  report.table = placement_table(set, metric);
  for (const auto& error : report.table.errors)
    if (!error.reason.starts_with(kSkippedPrefix)) report.failed.push_back(error);
  // Where placements stand side by side there is something to see.
  std::stable_partition(report.table.blocks.begin(), report.table.blocks.end(),
                        [](const PlacementBlock& block) { return block.rows.size() > 1; });
  const bool times = !is_emulated(set) || options.emulated_times;
  report.show_times = times || !report.table.metric.depends_on_clock;
  report.families = family_tables(set, times);
  if (times) report.loops = loop_table(set);
  report.costs = cost_table(set, times, report.loops);
  if (!report.families.empty() || report.loops) erase_family_errors(report.table.errors);
  if (report.show_times && loaded.sides.size() == 1) report.figures = figure_table(set, metric);
  if (loaded.sides.size() > 1) {
    auto compare_options = options.compare;
    compare_options.metric = metric;
    auto comparison = compare(loaded.sides, compare_options);
    if (!comparison) return fail(comparison);
    report.headline = change_headline(*comparison);
    report.comparison = std::move(*comparison);
  }
  if (report.table.metric.key == "ns_per_read") report.knob = knob_table(set);
  const auto families = of_largest_tables(family_run(set));
  report.claims = judged_claims(families);
  const auto add = [&](const std::string& sentence) {
    if (!sentence.empty()) report.headline += (report.headline.empty() ? "" : " ") + sentence;
  };
  if (report.show_times)
    add(knob_sentence(report.knob));
  else
    add(frames_headline(report.table));
  if (report.show_times && report.knob.row_count() == 0 && metric == "ns_per_read")
    add(headline_of(set, report.table));
  if (report.loops && report.table.blocks.empty()) add(program_finding(*report.loops));
  add(claims_headline(report.claims, families));
  report.how = how_of(set);
  report.limits = limits_of(report);
  for (const auto& side : loaded.sides)
    if (const auto disturbance = disturbance_in(side); !disturbance.empty())
      report.warnings.push_back((&side == &set ? "" : "Of the base, ") + disturbance);
  if (!pooled->empty()) report.warnings.push_back(std::move(*pooled));
  report.warnings.insert(report.warnings.end(), loaded.warnings.begin(), loaded.warnings.end());
  std::ranges::copy_if(
      loaded.notes, std::back_inserter(report.warnings),
      [](const std::string& note) { return note.find("marked as disturbed") == note.npos; });
  for (auto& warning : warnings_in(set)) report.warnings.push_back(std::move(warning));
  for (const auto& [key, value] : set.context()) report.context.push_back({key, value});
  report.provenance = provenance_of(set);
  auto sources = sources_of(loaded);
  if (!sources) return fail(sources);
  report.sources = std::move(*sources);
  return report;
}

}  // namespace zp::analysis
