// SPDX-License-Identifier: MIT
// JSON from values. Internal to what writes it: rapidjson is in no other header.
#pragma once

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <cmath>
#include <string>
#include <string_view>

#include "analysis/text/markup.hpp"

namespace zp::analysis {

// Everything but ASCII as \uXXXX: what a terminal would act upon is text to it.
using JsonWriter =
    rapidjson::PrettyWriter<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::ASCII<>>;

// What was written. The one control character that JSON lets stand is escaped, too: it can only be
// in a string.
inline std::string json_text(const rapidjson::StringBuffer& buffer) {
  std::string text(buffer.GetString(), buffer.GetSize());
  for (auto at = text.find('\x7f'); at != text.npos; at = text.find('\x7f', at))
    text.replace(at, 1, "\\u007f");
  return text + "\n";
}

inline void put(JsonWriter& out, std::string_view text) {
  const auto valid = valid_utf8(text);
  out.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
}
inline void put_key(JsonWriter& out, std::string_view key) {
  const auto valid = valid_utf8(key);
  out.Key(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
}
inline void put(JsonWriter& out, std::string_view key, std::string_view text) {
  put_key(out, key);
  put(out, text);
}
// Figures that are not finite are absent, as everywhere.
inline void put(JsonWriter& out, std::string_view key, double value) {
  if (!std::isfinite(value)) return;
  put_key(out, key);
  out.Double(value);
}
inline void put(JsonWriter& out, std::string_view key, std::size_t count) {
  put_key(out, key);
  out.Uint64(count);
}

}  // namespace zp::analysis
