// SPDX-License-Identifier: MIT
#include "analysis/load/manifest.hpp"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "analysis/load/json_member.hpp"
#include "harness/support/file.hpp"

namespace zp::analysis {
namespace {

constexpr std::string_view kSchemaPrefix = "zpbench-run-";

}  // namespace

Outcome<Manifest> read_manifest(const std::string& path) {
  constexpr std::uintmax_t kLargest = 64 << 20;  // a million passes
  std::error_code failed;
  if (std::filesystem::file_size(path, failed) > kLargest && !failed)
    return fail(ExitCode::kUsage, "{}: too large for a manifest", path);
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ExitCode::kUsage, "{}: {}", path, errno_text(errno));
  std::ostringstream text;
  text << file.rdbuf();
  rapidjson::Document json;
  const auto source = text.str();
  json.Parse<rapidjson::kParseIterativeFlag>(source.data(), source.size());
  if (json.HasParseError())
    return fail(ExitCode::kUsage, "{}: byte {}: {}", path, json.GetErrorOffset(),
                rapidjson::GetParseError_En(json.GetParseError()));
  if (!json.IsObject() || !string_member(json, "schema").starts_with(kSchemaPrefix))
    return fail(ExitCode::kUsage, "{}: no zpbench manifest: schema is not {}N", path,
                kSchemaPrefix);
  const rapidjson::Value& root = json;  // const: C++20 finds the other iterators ambiguous
  Manifest manifest{.schema = string_member(json, "schema"),
                    .state = string_member(json, "state"),
                    .matrix = string_member(json, "matrix"),
                    .host = string_member(json, "host"),
                    .kernel = string_member(json, "kernel"),
                    .command = string_member(json, "command"),
                    .started = string_member(json, "started"),
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
    manifest.passes.push_back(
        {name, string_member(pass, "sha256"), string_member(pass, "started")});
  }
  return manifest;
}

}  // namespace zp::analysis
