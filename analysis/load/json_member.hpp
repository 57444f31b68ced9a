// SPDX-License-Identifier: MIT
// A small JSON file, and a string that an object in it may have.
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>

#include <string>
#include <string_view>

#include "harness/support/error.hpp"

namespace zp::analysis {

// Errors: kUsage, with `path` and byte.
inline Outcome<rapidjson::Document> parse_json(std::string_view text, const std::string& path) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag>(text.data(),
                                                                                  text.size());
  if (json.HasParseError())
    return fail(ExitCode::kUsage, "{}: byte {}: {}", path, json.GetErrorOffset(),
                rapidjson::GetParseError_En(json.GetParseError()));
  return json;
}

// "" where there is none, or something else.
inline std::string string_member(const rapidjson::Value& object, const char* key) {
  const auto found = object.FindMember(key);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

}  // namespace zp::analysis
