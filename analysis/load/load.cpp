// SPDX-License-Identifier: MIT
#include "analysis/load/load.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <set>
#include <thread>

#include "analysis/load/sources.hpp"
#include "harness/support/pattern.hpp"

namespace zp::analysis {
namespace {

struct Task {
  const std::string* path;
  Outcome<ResultFile> result = ResultFile{};
};

// Longest first would balance better; files of a run are about equal, so order is enough.
void read_all(std::vector<Task>& tasks) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (auto i = next++; i < tasks.size(); i = next++)
      tasks[i].result = read_result_file(*tasks[i].path);
  };
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  const auto workers = std::min<std::size_t>(cores, tasks.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < workers; ++i) threads.emplace_back(work);
  work();
  for (auto& thread : threads) thread.join();
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

// The same file named twice (by globs that overlap, say) would count as two measurements.
void drop_repeated(std::vector<RunSource>& runs, std::vector<std::string>& warnings) {
  std::set<std::string> seen;
  for (auto& run : runs) {
    const auto repeated = [&](const std::string& file) {
      std::error_code failed;
      const auto path = std::filesystem::canonical(file, failed);
      return !failed && std::filesystem::is_regular_file(path, failed) &&
             !seen.insert(path.string()).second;
    };
    if (std::erase_if(run.files, repeated) > 0)
      warnings.push_back(fmt::format("{}: named twice, taken once", run.path));
  }
  std::erase_if(runs, [](const RunSource& run) { return run.files.empty(); });
}

std::optional<std::string> unfinished(const RunSource& run) {
  if (!run.manifest || run.manifest->state == "complete") return std::nullopt;
  return fmt::format("{}: run is {}: {} of {} passes", run.path, run.manifest->state,
                     run.manifest->passes.size(), run.manifest->passes_planned);
}

}  // namespace

Outcome<LoadedSides> load_sides(const std::vector<std::vector<std::string>>& sides,
                                const LoadOptions& options,
                                const std::vector<std::string>& filters) {
  std::vector<Filter> wanted;
  for (std::size_t side = 0; side < sides.size(); ++side) {
    auto filter = Filter::compile(filters.empty() ? options.filter : filters[side]);
    if (!filter) return tl::make_unexpected(filter.error());
    wanted.push_back(std::move(*filter));
  }
  LoadedSides loaded;
  std::vector<std::string> problems;
  std::vector<std::vector<RunSource>> sources(sides.size());
  for (std::size_t side = 0; side < sides.size(); ++side) {
    for (const auto& argument : sides[side]) {
      auto runs = find_runs(argument);
      if (!runs)
        problems.push_back(runs.error().message);
      else
        std::move(runs->begin(), runs->end(), std::back_inserter(sources[side]));
    }
    drop_repeated(sources[side], loaded.warnings);
  }
  std::vector<Task> tasks;
  for (const auto& side : sources)
    for (const auto& run : side)
      for (const auto& file : run.files) tasks.push_back({&file});
  read_all(tasks);
  auto task = tasks.begin();
  for (std::size_t side = 0; side < sides.size(); ++side) {
    std::vector<Run> runs;
    for (auto& source : sources[side]) {
      Run run{source.path, source.manifest, {}};
      for (std::size_t i = 0; i < source.files.size(); ++i, ++task) {
        if (!task->result) {
          problems.push_back(task->result.error().message);
          continue;
        }
        run.files.push_back(std::move(*task->result));
      }
      if (const auto warning = unfinished(source)) loaded.warnings.push_back(*warning);
      if (!run.files.empty()) runs.push_back(std::move(run));
    }
    const auto& filter = wanted[side];
    if (!runs.empty())
      loaded.sides.emplace_back(std::move(runs),
                                [&](const std::string& name) { return filter.takes(name); });
  }
  if (!problems.empty() && (!options.keep_going || loaded.sides.size() != sides.size())) {
    std::string all = problems.front();
    for (std::size_t i = 1; i < problems.size(); ++i) all += "\n" + problems[i];
    return fail(ExitCode::kUsage, "{}", all);
  }
  for (const auto& problem : problems) loaded.warnings.push_back("left out: " + problem);
  for (const auto& side : loaded.sides)
    if (side.cell_count() == 0 && side.errors().empty())
      return fail(ExitCode::kUsage, "{}: {}", side.runs().front().path,
                  side.filtered_out() > 0 ? "the filter matches no row" : "holds no rows");
  return loaded;
}

}  // namespace zp::analysis
