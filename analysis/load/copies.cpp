// SPDX-License-Identifier: MIT
#include "analysis/load/copies.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

namespace zp::analysis {
namespace {

constexpr const char* kTwice = "the same measurement as another pass of the run";

}  // namespace

void drop_repeated(std::vector<RunSource>& runs, std::vector<std::string>& warnings) {
  std::map<std::string, const RunSource*> seen;
  for (auto& run : runs) {
    const auto repeated = [&](const std::string& file) {
      std::error_code failed;
      const auto path = std::filesystem::canonical(file, failed);
      if (failed || !std::filesystem::is_regular_file(path, failed)) return false;
      const auto [first, fresh] = seen.emplace(path.string(), &run);
      if (!fresh && run.manifest && first->second == &run) ++run.missing[kTwice];
      return !fresh;
    };
    if (std::erase_if(run.files, repeated) > 0)
      warnings.push_back(fmt::format("{}: named twice, taken once", run.path));
  }
  std::erase_if(runs, [](const RunSource& run) { return run.files.empty(); });
}

void drop_copies(std::vector<Run>& runs, std::vector<std::string>& dropped, Missing& missing) {
  std::multimap<std::size_t, std::pair<const ResultFile*, const Run*>> seen;
  std::set<std::string_view> copies;
  for (auto& run : runs) {
    for (const auto& file : run.files) {
      if (file.row_count() == 0) continue;
      const auto [first, last] = seen.equal_range(file.fingerprint);
      const auto same = std::find_if(first, last, [&](const auto& one) {
        return is_one_measurement(*one.second.first, file);
      });
      if (same == last) {
        seen.emplace(file.fingerprint, std::pair{&file, &run});
        continue;
      }
      const auto& [other, its_run] = same->second;
      if (run.manifest && its_run == &run) ++run.missing[kTwice];
      dropped.push_back(
          fmt::format("{}: the same rows as in {}: taken once", file.path, other->path));
      copies.insert(file.path);
    }
  }
  if (copies.empty()) return;
  const std::set<std::string> paths(copies.begin(), copies.end());  // files move, views would not
  for (auto& run : runs)
    std::erase_if(run.files, [&](const ResultFile& file) { return paths.contains(file.path); });
  for (const auto& run : runs)
    if (run.files.empty()) add_missing(missing, run.missing);
  std::erase_if(runs, [](const Run& run) { return run.files.empty(); });
}

}  // namespace zp::analysis
