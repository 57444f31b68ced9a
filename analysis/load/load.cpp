// SPDX-License-Identifier: MIT
#include "analysis/load/load.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <set>

#include "analysis/load/copies.hpp"
#include "analysis/load/sources.hpp"
#include "analysis/load/units.hpp"
#include "analysis/load/workers.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/support/pattern.hpp"

namespace zp::analysis {
namespace {

constexpr const char* kNoRows = "without rows that anybody can read";

struct Task {
  const std::string* path;
  const RunSource* run;
  std::size_t side;
  Outcome<ResultFile> result = ResultFile{};
  std::string fault = {};  // it was read, but is not what the manifest says
};

// Longest first would balance better; files of a run are about equal, so order is enough.
void read_all(std::vector<Task>& tasks) {
  std::atomic<std::size_t> next = 0;
  with_workers(tasks.size(), [&](std::size_t, std::size_t) {
    for (auto i = next++; i < tasks.size(); i = next++) {
      auto& task = tasks[i];
      task.result = read_result_file(*task.path);
      if (task.result) task.fault = fault_of_file(*task.run, *task.path);
    }
  });
}

class Filter {
 public:
  static Outcome<Filter> compile(const std::string& text) {
    Filter filter;
    if (text.empty()) return filter;
    filter.inverted_ = text.front() == '-';  // as --benchmark_filter does
    auto pattern = Pattern::compile(text.substr(filter.inverted_ ? 1 : 0));
    if (!pattern) return fail(ExitCode::kUsage, "--filter {}", pattern.error().message);
    filter.pattern_ = std::move(*pattern);
    return filter;
  }
  bool takes(const std::string& name) const {
    return !pattern_ || pattern_->fits(name) != inverted_;
  }

 private:
  std::optional<Pattern> pattern_;
  bool inverted_ = false;
};

// Without a manifest other programs' files are a run each, and ours are of one run where one boot
// gave them the same seed: however they are named, they say the same.
std::string run_of_loose(const ResultFile& file) {
  if (!is_ours(file)) return file.path;
  std::string key;
  for (const char* part : {"boot.id", "kernel.release", "pass.seed"})
    key += '\n' + context_value(file.context, part);
  return key;
}

// Benchmarks of two programs can have one name; the rest of a suite's programs have others. Told
// apart on all sides where they meet on one, so that each finds its partner.
void tell_programs_apart(std::vector<Task>& tasks, std::vector<std::string>& notes) {
  std::vector<std::pair<std::size_t, ResultFile*>> files;  // with their sides
  std::set<std::string_view> programs;
  for (auto& task : tasks) {
    const auto program = task.result ? program_of(*task.result) : std::string_view();
    if (program.empty()) continue;
    files.emplace_back(task.side, &*task.result);
    programs.insert(program);
  }
  if (programs.size() < 2) return;
  std::map<std::pair<std::size_t, std::string_view>, std::string_view> first;  // by side and name
  std::set<std::string, std::less<>> shared;
  for (const auto& of_side : files) {
    const auto see = [&, program = program_of(*of_side.second)](const std::string& name) {
      if (first.try_emplace({of_side.first, name}, program).first->second != program)
        shared.insert(name);
    };
    for (std::size_t cell = 0; cell < of_side.second->cell_count(); ++cell)
      see(of_side.second->cell_name(cell));
    for (const auto& error : of_side.second->errors) see(error.name);
  }
  if (shared.empty()) return;
  for (const auto& [side, file] : files)
    file->add_to_names(shared, fmt::format("/executable:{}", program_of(*file)));
  notes.push_back(
      fmt::format("names of benchmarks of several programs, told apart as executable:NAME: {} "
                  "(first: {})",
                  shared.size(), shorten(*shared.begin(), 200)));
}

// What was lost, of all files of a side together: one sentence each.
void say_lost(const std::vector<Run>& runs, LoadedSides& loaded) {
  const auto say = [&](Lost ResultFile::*kind, const char* what,
                       std::vector<std::string>& sentences) {
    std::size_t count = 0, files = 0;
    const ResultFile* first = nullptr;
    for (const auto& run : runs) {
      for (const auto& file : run.files) {
        const auto& lost = file.*kind;
        if (lost.count == 0) continue;
        // What it disturbs are times, and an emulator's say nothing anyhow.
        if (kind == &ResultFile::disturbed &&
            context_value(file.context, "machine.emulated") == "true")
          continue;
        count += lost.count;
        ++files;
        if (first == nullptr) first = &file;
      }
    }
    if (first == nullptr) return;
    sentences.push_back(
        fmt::format("{}{}: {}: {} (first: {})", first->path,
                    files > 1 ? fmt::format(" and {} more", files - 1) : std::string(), what, count,
                    shorten((first->*kind).first, 200)));
  };
  say(&ResultFile::non_finite, "not taken, as they are NaN, infinite or beyond 1e-100 to 1e100",
      loaded.warnings);
  say(&ResultFile::impossible, "not taken from the context, as no machine has them",
      loaded.warnings);
  say(&ResultFile::not_numbers, "not taken, as no number stands where one belongs",
      loaded.warnings);
  say(&ResultFile::repeated_keys, "not taken, as the row has a figure of that key already",
      loaded.warnings);
  say(&ResultFile::scattered_names,
      "names with rows in several places, which no family_index tells apart: taken as repetitions",
      loaded.warnings);
  say(&ResultFile::renumbered,
      "benchmarks whose repetitions are counted from the start again (files put together?): taken "
      "as further ones",
      loaded.warnings);
  say(&ResultFile::same_names, "names of several benchmarks, told apart as same_name:1, ...",
      loaded.notes);
  say(&ResultFile::kept_settings,
      "names that differ in iterations:, repeats: or min_time: alone, not taken together",
      loaded.notes);
  say(&ResultFile::disturbed, "repetitions marked as disturbed, used anyway", loaded.notes);
  say(&ResultFile::aggregates, "not taken, as the repetitions are: aggregates (mean, median, ...)",
      loaded.notes);
  say(&ResultFile::aggregates_by_name,
      "not taken, as these rows without run_type are named as aggregates are", loaded.notes);
}

bool holds_nothing(const ResultFile& file) {
  return file.row_count() + file.errors.size() + file.aggregates.count == 0;
}

std::string reason_of_no_rows(const ResultSet& side) {
  if (side.filtered_out() > 0) return "the filter matches no row";
  std::size_t aggregates = 0;
  for (const auto* file : side.files())
    aggregates += file->aggregates.count + file->aggregates_by_name.count;
  if (aggregates == 0) return "holds no rows";
  return fmt::format(
      "holds {} aggregate{} (mean, median, ...) and no repetitions, which medians and intervals "
      "are "
      "taken of: run it without --benchmark_report_aggregates_only",
      aggregates, aggregates == 1 ? "" : "s");
}

// A run of which no pass can be read, for those that report it all the same.
Run without_rows(const RunSource& source) {
  ResultFile none;
  none.path = source.path + "/manifest.json";  // a file that there is
  none.context = {{"schema", "zpbench-1"}};
  if (source.manifest) {
    none.context["kernel.release"] = source.manifest->kernel;
    none.context["arch"] = source.manifest->arch;
  }
  return {source.path, source.manifest, {std::move(none)}};
}

}  // namespace

Outcome<LoadedSides> load_sides(const std::vector<std::vector<std::string>>& sides,
                                const LoadOptions& options,
                                const std::vector<std::string>& filters) {
  const auto common = Filter::compile(options.filter);
  if (!common) return fail(common);
  std::vector<Filter> own(sides.size());
  for (std::size_t side = 0; side < filters.size(); ++side) {
    auto filter = Filter::compile(filters[side]);
    if (!filter) return fail(filter);
    own[side] = std::move(*filter);
  }
  LoadedSides loaded;
  std::vector<std::string> problems;
  std::vector<std::vector<RunSource>> sources(sides.size()), empty(sides.size());
  std::vector<Missing> missing(sides.size());  // of no run
  for (std::size_t side = 0; side < sides.size(); ++side) {
    for (const auto& argument : sides[side]) {
      auto runs = find_runs(argument);
      if (!runs)
        problems.push_back(runs.error().message), ++missing[side][kNoRows];
      else
        for (auto& run : *runs) {
          if (!run.fault.empty()) problems.push_back(run.fault), ++missing[side][kNoRows];
          const bool holds_none = !run.fault.empty() || (run.manifest && run.files.empty());
          (holds_none ? empty : sources)[side].push_back(std::move(run));
        }
    }
    if (!options.take_all) drop_repeated(sources[side], loaded.warnings);
    for (const auto* runs : {&sources[side], &empty[side]})
      for (const auto& run : *runs)
        loaded.warnings.insert(loaded.warnings.end(), run.warnings.begin(), run.warnings.end());
  }
  std::vector<Task> tasks;
  for (std::size_t side = 0; side < sides.size(); ++side)
    for (const auto& run : sources[side])
      for (const auto& file : run.files) tasks.push_back({&file, &run, side});
  read_all(tasks);
  tell_programs_apart(tasks, loaded.notes);
  auto task = tasks.begin();
  for (std::size_t side = 0; side < sides.size(); ++side) {
    std::vector<Run> runs;
    std::map<std::string, std::size_t> loose;  // their places among the runs
    for (auto& source : sources[side]) {
      Run run{source.path, source.manifest, {}, std::move(source.missing)};
      for (std::size_t i = 0; i < source.files.size(); ++i, ++task) {
        if (!task->result) {
          problems.push_back(task->result.error().message), ++run.missing[kNoRows];
          continue;
        }
        auto& file = *task->result;
        if (!task->fault.empty()) {
          loaded.warnings.push_back(fmt::format("{}: {}", source.path, task->fault));
          ++run.missing["not the file that was measured"];
        }
        if (source.manifest) {
          if (holds_nothing(file)) {
            loaded.warnings.push_back(fmt::format("{}: a pass without rows", file.path));
            ++run.missing[kNoRows];
          }
          run.files.push_back(std::move(file));
          continue;
        }
        const auto [place, fresh] = loose.emplace(run_of_loose(file), runs.size());
        if (fresh) runs.push_back({is_ours(file) ? source.path : file.path, std::nullopt, {}});
        runs[place->second].files.push_back(std::move(file));
      }
      if (const auto why = unfinished(source.manifest); !why.empty())
        loaded.warnings.push_back(fmt::format("{}: {}", source.path, why));
      if (run.files.empty())
        add_missing(missing[side], run.missing);
      else
        runs.push_back(std::move(run));
    }
    if (!options.take_all) drop_copies(runs, loaded.dropped, missing[side]);
    say_lost(runs, loaded);
    std::error_code ignored;
    for (const auto& run : empty[side]) {
      const auto why = unfinished(run.manifest);
      if (why.empty()) continue;  // has a fault
      missing[side][why];
      if (options.take_all)
        runs.push_back(without_rows(run));
      else if (!runs.empty())
        loaded.warnings.push_back(fmt::format("left out: {}: {}", run.path, why));
      else if (!options.take_empty_runs)
        problems.push_back(fmt::format("{}: no pass of this run is finished", run.path));
    }
    for (const auto* lost : {&empty[side], &sources[side]})
      for (const auto& run : *lost)
        if (runs.empty() && options.take_empty_runs &&
            std::filesystem::exists(run.path + "/manifest.json", ignored))
          runs.push_back(without_rows(run));
    if (!runs.empty())
      loaded.sides.emplace_back(
          std::move(runs),
          [&](const std::string& name) { return common->takes(name) && own[side].takes(name); },
          std::move(missing[side]));
  }
  if (!problems.empty() && (!options.keep_going || loaded.sides.size() != sides.size())) {
    // A line each: one that a path holds doesn't count.
    std::string all = printable(problems.front());
    for (std::size_t i = 1; i < problems.size(); ++i) all += "\n" + printable(problems[i]);
    return fail(ExitCode::kUsage, "{}", all);
  }
  loaded.warnings.insert(loaded.warnings.begin(), loaded.dropped.begin(), loaded.dropped.end());
  for (const auto& problem : problems) loaded.warnings.push_back("left out: " + problem);
  std::vector<const ResultSet*> all;
  for (const auto& side : loaded.sides) all.push_back(&side);
  if (auto own_hosts = own_hosts_in(all); !own_hosts.empty()) loaded.notes.push_back(own_hosts);
  for (const auto& side : loaded.sides)
    if (side.cell_count() == 0 && side.errors().empty() &&
        !((options.take_empty_runs || options.take_all) && side.filtered_out() == 0 &&
          !side.missing_passes().empty()))
      return fail(ExitCode::kUsage, "{}: {}", side.runs().front().path, reason_of_no_rows(side));
  return loaded;
}

}  // namespace zp::analysis
