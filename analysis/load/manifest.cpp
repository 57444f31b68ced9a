// SPDX-License-Identifier: MIT
#include "analysis/load/manifest.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "analysis/load/json_member.hpp"
#include "analysis/load/sha256.hpp"
#include "harness/support/file.hpp"

namespace zp::analysis {
namespace {

constexpr std::string_view kSchemaPrefix = "zpbench-run-";

}  // namespace

std::string unfinished(const std::optional<Manifest>& manifest) {
  if (!manifest) return {};
  const auto planned = static_cast<std::size_t>(std::max(manifest->passes_planned, 0));
  const auto passes = manifest->passes.size();
  if (manifest->state == "complete" && passes > 0 && passes >= planned) return {};
  return fmt::format("run is {}: {} of {} passes", manifest->state, manifest->passes.size(),
                     manifest->passes_planned);
}

std::string fault_of_pass(const std::string& directory, const ManifestPass& pass) {
  const auto sum = sha256_of_file(directory + "/" + pass.file);
  if (!sum) return fmt::format("pass {} can't be read", pass.file);
  if (*sum == pass.sha256) return {};
  return fmt::format("{} is not the file that was measured: its sha256 is another", pass.file);
}

Outcome<Manifest> read_manifest(const std::string& path) {
  constexpr std::uintmax_t kLargest = 64 << 20;  // a million passes
  std::error_code failed;
  if (std::filesystem::file_size(path, failed) > kLargest && !failed)
    return fail(ExitCode::kUsage, "{}: too large for a manifest", path);
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ExitCode::kUsage, "{}: {}", path, errno_text(errno));
  std::ostringstream text;
  text << file.rdbuf();
  const auto json = parse_json(text.str(), path);
  if (!json) return fail(json);
  const rapidjson::Value& root = *json;  // const: C++20 finds the other iterators ambiguous
  if (!root.IsObject() || !string_member(root, "schema").starts_with(kSchemaPrefix))
    return fail(ExitCode::kUsage, "{}: no zpbench manifest: schema is not {}N", path,
                kSchemaPrefix);
  Manifest manifest{.schema = string_member(root, "schema"),
                    .state = string_member(root, "state"),
                    .matrix = string_member(root, "matrix"),
                    .host = string_member(root, "host"),
                    .kernel = string_member(root, "kernel"),
                    .arch = string_member(root, "arch"),
                    .command = string_member(root, "command"),
                    .started = string_member(root, "started"),
                    .passes_planned = 0,
                    .passes = {}};
  if (const auto planned = root.FindMember("passes_planned");
      planned != root.MemberEnd() && planned->value.IsInt())
    manifest.passes_planned = planned->value.GetInt();
  const auto passes = root.FindMember("passes");
  if (passes == root.MemberEnd() || !passes->value.IsArray())
    return fail(ExitCode::kUsage, "{}: no list of passes", path);
  for (const auto& pass : passes->value.GetArray()) {
    const std::string name = pass.IsObject() ? string_member(pass, "file") : std::string();
    if (name.empty() || name.find('/') != std::string::npos)
      return fail(ExitCode::kUsage, "{}: pass {} names no file of this directory", path,
                  manifest.passes.size() + 1);
    const auto seconds = pass.FindMember("seconds");
    const bool timed = seconds != pass.MemberEnd() && seconds->value.IsNumber();
    manifest.passes.push_back({name, string_member(pass, "sha256"), string_member(pass, "started"),
                               timed ? seconds->value.GetDouble() : 0});
  }
  return manifest;
}

}  // namespace zp::analysis
