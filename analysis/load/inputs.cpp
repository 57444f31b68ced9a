// SPDX-License-Identifier: MIT
#include "analysis/load/inputs.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "harness/support/file.hpp"

namespace zp::analysis {

namespace fs = std::filesystem;

Inputs::Inputs(std::span<const ResultSet> sides) {
  for (const auto& side : sides) {
    for (const auto& run : side.runs()) {
      for (const auto& file : run.files) paths_.push_back(file.path);
      if (run.manifest) paths_.push_back((fs::path(run.path) / "manifest.json").string());
    }
  }
}

Outcome<void> Inputs::check_output(const std::string& path) const {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return {};
  for (const auto& input : paths_)
    if (fs::equivalent(input, path, ignored) && fs::is_regular_file(input, ignored))
      return fail(ExitCode::kUsage, "{}: not written: it is what was read ({})", path, input);
  return {};
}

Outcome<void> check_replaceable(const std::string& path, std::string_view mark, const char* kind) {
  std::error_code failed;
  if (!fs::is_regular_file(path, failed) || fs::file_size(path, failed) == 0) return {};
  std::string start(mark.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (file && start == mark) return {};
  return fail(ExitCode::kUsage,
              "{}: not written: it exists and is not {} of zpanalyze; choose another name, or move "
              "it away",
              path, kind);
}

Outcome<void> write_output(const std::string& path, const std::string& text) {
  std::error_code failed;
  const auto status = fs::status(path, failed);
  if (!fs::exists(status) || fs::is_regular_file(status)) {
    const auto target = fs::weakly_canonical(path, failed);
    return write_file_atomically(failed ? path : target.string(), text, true);
  }
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return fail(ExitCode::kUsage, "cannot write {}: {}", path, errno_text(errno));
  return {};
}

}  // namespace zp::analysis
