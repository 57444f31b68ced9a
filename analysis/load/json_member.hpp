// SPDX-License-Identifier: MIT
// A string that a JSON object may have.
#pragma once

#include <rapidjson/document.h>

#include <string>

namespace zp::analysis {

// "" where there is none, or something else.
inline std::string string_member(const rapidjson::Value& object, const char* key) {
  const auto found = object.FindMember(key);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

}  // namespace zp::analysis
