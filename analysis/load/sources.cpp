// SPDX-License-Identifier: MIT
#include "analysis/load/sources.hpp"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace zp::analysis {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> json_files_of(const fs::path& directory) {
  std::vector<std::string> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed))
    if (entry.path().extension() == ".json" && entry.path().filename() != "manifest.json" &&
        !entry.is_directory(failed))
      files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

// To open a pipe waits for its other end, and a device may have none. Named by the user they are
// read; found in a directory they are not files of a run.
Outcome<void> check_regular(const std::string& path) {
  std::error_code failed;
  const auto status = fs::status(path, failed);
  if (!fs::exists(status) || fs::is_regular_file(status)) return {};  // absent: the reader says so
  return fail(ExitCode::kUsage, "{}: is not a regular file: a run directory holds none of the kind",
              path);
}

// JSON files that lie beside the passes and that the manifest does not name.
std::vector<std::string> strangers_of(const fs::path& directory, const RunSource& run) {
  std::vector<std::string> strangers;
  for (const auto& file : json_files_of(directory))
    if (std::ranges::find(run.files, file) == run.files.end()) strangers.push_back(file);
  if (strangers.empty()) return {};
  return {fmt::format("{}: {} file{} that the manifest does not name {} not taken (first: {})",
                      directory.string(), strangers.size(), strangers.size() == 1 ? "" : "s",
                      strangers.size() == 1 ? "is" : "are", strangers.front())};
}

Outcome<RunSource> run_of_directory(const fs::path& directory) {
  const auto manifest_path = directory / "manifest.json";
  std::error_code failed;
  if (!fs::exists(manifest_path, failed)) {
    RunSource run{directory.string(), std::nullopt, json_files_of(directory)};
    for (const auto& file : run.files)
      if (auto regular = check_regular(file); !regular) return fail(regular);
    return run;
  }
  if (auto regular = check_regular(manifest_path.string()); !regular) return fail(regular);
  auto manifest = read_manifest(manifest_path.string());
  if (!manifest) return fail(manifest);
  RunSource run{directory.string(), *manifest, {}};
  for (const auto& pass : manifest->passes) run.files.push_back((directory / pass.file).string());
  for (const auto& file : run.files)
    if (auto regular = check_regular(file); !regular) return fail(regular);
  run.warnings = strangers_of(directory, run);
  if (run.files.empty())
    return fail(ExitCode::kUsage, "{}: no pass of this run is finished", directory.string());
  return run;
}

// Run directories somewhere below, in order of their paths: their names are UTC times.
Outcome<std::vector<RunSource>> runs_below(const fs::path& directory) {
  std::vector<fs::path> found;
  std::string link;  // to a directory: not followed, as links can make rings
  fs::path last = directory;
  std::error_code failed, ignored;
  for (fs::recursive_directory_iterator it(directory, failed), end; !failed && it != end;
       it.increment(failed)) {
    last = it->path();
    if (it->path().filename() == "manifest.json") found.push_back(it->path().parent_path());
    if (it->is_symlink(ignored) && it->is_directory(ignored)) link = it->path().string();
  }
  if (failed) return fail(ExitCode::kUsage, "{}: {}", last.string(), failed.message());
  std::ranges::sort(found);
  std::vector<RunSource> runs;
  for (const auto& path : found) {
    auto run = run_of_directory(path);
    if (!run) return fail(run);
    runs.push_back(std::move(*run));
  }
  if (runs.empty())
    return fail(ExitCode::kUsage, "{}: holds no run (no manifest.json, no *.json){}",
                directory.string(),
                link.empty() ? "" : fmt::format("; links are not followed: name {} itself", link));
  return runs;
}

// The paths that fit. A directory that can't be looked into may hold more of them.
Outcome<std::vector<std::string>> paths_of_pattern(const std::string& pattern) {
  static thread_local std::string unread;
  unread.clear();
  const auto note = [](const char* directory, int number) {
    if (unread.empty() && number != ENOENT)
      unread = fmt::format("{}: {}", directory, std::generic_category().message(number));
    return 0;
  };
  glob_t matches{};
  const int result = glob(pattern.c_str(), 0, note, &matches);
  std::vector<std::string> paths;
  for (std::size_t i = 0; result == 0 && i < matches.gl_pathc; ++i)
    paths.emplace_back(matches.gl_pathv[i]);
  globfree(&matches);
  if (!unread.empty()) return fail(ExitCode::kUsage, "{}: {}", pattern, unread);
  if (paths.empty()) return fail(ExitCode::kUsage, "{}: matches no file", pattern);
  return paths;
}

Outcome<std::vector<RunSource>> runs_of_path(const fs::path& path) {
  std::error_code failed;
  const auto status = fs::status(path, failed);
  if (!fs::exists(status)) {
    const bool absent = !failed || failed == std::errc::no_such_file_or_directory;
    return fail(ExitCode::kUsage, "{}: {}", path.string(),
                absent ? "no such file" : failed.message());
  }
  if (!fs::is_directory(status))
    return std::vector<RunSource>{{path.string(), std::nullopt, {path.string()}}};
  const bool has_manifest = fs::exists(path / "manifest.json", failed);
  if (failed)
    return fail(ExitCode::kUsage, "{}: {}", (path / "manifest.json").string(), failed.message());
  if (!has_manifest) {
    const auto files = json_files_of(path);
    if (files.empty()) return runs_below(path);
    if (const auto runs = runs_below(path))
      return fail(ExitCode::kUsage,
                  "{}: holds runs ({}, ...) and files next to them ({}): name one", path.string(),
                  runs->front().path, files.front());
  }
  auto run = run_of_directory(path);
  if (!run) return fail(run);
  return std::vector<RunSource>{std::move(*run)};
}

}  // namespace

Outcome<std::vector<RunSource>> find_runs(const std::string& argument) {
  std::error_code failed;
  if (fs::exists(argument, failed) || argument.find_first_of("*?[") == std::string::npos)
    return runs_of_path(argument);
  const auto paths = paths_of_pattern(argument);
  if (!paths) return fail(paths);
  std::vector<RunSource> runs;
  for (const auto& path : *paths) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored))
      if (auto regular = check_regular(path); !regular) return fail(regular);
    auto more = runs_of_path(path);
    if (!more) return fail(more);
    std::move(more->begin(), more->end(), std::back_inserter(runs));
  }
  return runs;
}

}  // namespace zp::analysis
