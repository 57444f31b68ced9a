// SPDX-License-Identifier: MIT
#include "analysis/load/sources.hpp"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
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

// JSON is many things: by how results of Google Benchmark begin.
bool may_hold_rows(const std::string& path) {
  std::error_code failed;
  if (!fs::is_regular_file(path, failed)) return false;
  std::string start(4096, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  return start.find("\"context\"") != start.npos || start.find("\"benchmarks\"") != start.npos;
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

// "DIRECTORY: 3 files that ... (first: ONE)"; none where there is none.
std::vector<std::string> counted_paths(const fs::path& directory,
                                       const std::vector<std::string>& paths, std::string_view one,
                                       std::string_view many) {
  if (paths.empty()) return {};
  return {fmt::format("{}: {} {} (first: {})", directory.string(), paths.size(),
                      paths.size() == 1 ? one : many, paths.front())};
}

// JSON files that lie next to the passes and that the manifest does not name.
std::vector<std::string> strangers_of(const fs::path& directory, const RunSource& run) {
  std::vector<std::string> strangers;
  for (const auto& file : json_files_of(directory))
    if (std::ranges::find(run.files, file) == run.files.end()) strangers.push_back(file);
  return counted_paths(directory, strangers, "file that the manifest does not name is not taken",
                       "files that the manifest does not name are not taken");
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
  return run;
}

// One that can't be read says nothing of the others that its argument stands for.
RunSource run_or_fault(const fs::path& directory) {
  auto run = run_of_directory(directory);
  return run ? std::move(*run)
             : RunSource{directory.string(), std::nullopt, {}, {}, run.error().message};
}

// What lies in the directories below one, in order of the paths: names of runs are UTC times.
struct FoundBelow {
  std::vector<std::string> runs;
  std::vector<std::string> files;  // that may hold rows, in directories that are no runs
  std::vector<std::string> links;  // to directories: not followed, as links can make rings
  std::string failure;             // of the walk
};

FoundBelow look_below(const fs::path& directory) {
  FoundBelow below;
  fs::path last = directory;
  std::error_code failed, ignored;
  for (fs::recursive_directory_iterator it(directory, failed), end; !failed && it != end;
       it.increment(failed)) {
    last = it->path();
    if (!it->is_directory(ignored)) continue;
    if (it->is_symlink(ignored))
      below.links.push_back(last.string());
    else if (fs::exists(last / "manifest.json", failed))
      below.runs.push_back(last.string());
    else
      std::ranges::copy_if(json_files_of(last), std::back_inserter(below.files), may_hold_rows);
    if (failed) break;
  }
  if (failed) below.failure = fmt::format("{}: {}", last.string(), failed.message());
  for (auto* paths : {&below.runs, &below.files, &below.links})
    std::ranges::sort(*paths, {}, [](const std::string& path) { return fs::path(path); });
  return below;
}

// A link into the directory leads to what is found there anyhow.
std::vector<std::string> not_taken(const fs::path& directory, FoundBelow below) {
  std::error_code ignored;
  const auto whole = (fs::canonical(directory, ignored) / "").string();
  std::erase_if(below.links, [&](const std::string& link) {
    return fs::canonical(link, ignored).string().starts_with(whole);
  });
  auto said = counted_paths(directory, below.files,
                            "file below it, where no manifest.json is, is not taken",
                            "files below it, where no manifest.json is, are not taken");
  std::ranges::move(counted_paths(directory, below.links, "link to a directory is not followed",
                                  "links to directories are not followed"),
                    std::back_inserter(said));
  if (!below.failure.empty()) said.push_back("not looked into: " + below.failure);
  return said;
}

Outcome<std::vector<RunSource>> runs_below(const fs::path& directory, FoundBelow below) {
  if (!below.failure.empty()) return fail(ExitCode::kUsage, "{}", below.failure);
  std::vector<RunSource> runs;
  for (const auto& path : below.runs) runs.push_back(run_or_fault(path));
  if (runs.empty()) {
    std::string hint;
    if (!below.links.empty())
      hint = fmt::format("; links are not followed: name {} itself", below.links.back());
    if (!below.files.empty())
      hint += fmt::format("; name the directory of {} itself", below.files.front());
    return fail(ExitCode::kUsage, "{}: holds no run (no manifest.json, no *.json){}",
                directory.string(), hint);
  }
  std::ranges::move(not_taken(directory, std::move(below)),
                    std::back_inserter(runs.front().warnings));
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
  auto below = look_below(path);
  if (!has_manifest) {
    auto files = json_files_of(path);
    // Beside runs, what was made of them (boots.json, r.json) may lie.
    if (!below.runs.empty())
      std::erase_if(files, [](const std::string& file) { return !may_hold_rows(file); });
    if (files.empty()) return runs_below(path, std::move(below));
    if (!below.runs.empty())
      return fail(ExitCode::kUsage,
                  "{}: holds runs ({}, ...) and files next to them ({}): name one", path.string(),
                  below.runs.front(), files.front());
  }
  auto run = run_or_fault(path);
  std::ranges::move(
      counted_paths(path, below.runs, "run below it is not taken", "runs below it are not taken"),
      std::back_inserter(run.warnings));
  std::ranges::move(not_taken(path, std::move(below)), std::back_inserter(run.warnings));
  return std::vector<RunSource>{std::move(run)};
}

}  // namespace

std::string fault_of_file(const RunSource& run, const std::string& path) {
  if (run.manifest)
    for (const auto& pass : run.manifest->passes)
      if (!pass.sha256.empty() && path.ends_with("/" + pass.file))
        return fault_of_pass(run.path, pass);
  return {};
}

Outcome<std::vector<RunSource>> find_runs(const std::string& argument) {
  std::error_code failed;
  if (fs::exists(argument, failed) || argument.find_first_of("*?[") == std::string::npos)
    return runs_of_path(argument);
  const auto paths = paths_of_pattern(argument);
  if (!paths) return fail(paths);
  std::vector<RunSource> runs;
  for (const auto& path : *paths) {
    std::error_code ignored;
    const auto good = fs::is_directory(path, ignored) ? Outcome<void>() : check_regular(path);
    auto more = good ? runs_of_path(path) : fail(good);
    if (more)
      std::move(more->begin(), more->end(), std::back_inserter(runs));
    else
      runs.push_back({path, std::nullopt, {}, {}, more.error().message});
  }
  return runs;
}

}  // namespace zp::analysis
