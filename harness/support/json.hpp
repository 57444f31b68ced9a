// SPDX-License-Identifier: MIT
// The little JSON that is written by hand.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace zp {

// As a JSON string. REQUIRES: UTF-8 (what others wrote goes through printable() first).
inline std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text)
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  return out + '"';
}

// An object, member by member, on one line; what is absent is left out.
class JsonObject {
 public:
  JsonObject& raw(std::string_view key, const std::string& json) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", json_quoted(key), json);
    return *this;
  }
  JsonObject& add(std::string_view key, std::string_view value) {
    return raw(key, json_quoted(value));
  }
  JsonObject& add(std::string_view key, const char* value) {
    return add(key, std::string_view(value));
  }
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number> JsonObject& add(
      std::string_view key, Number value) {
    return raw(key, fmt::format("{}", value));
  }
  template <class Value>
  JsonObject& add(std::string_view key, const std::optional<Value>& value) {
    return value ? add(key, *value) : *this;
  }

  [[nodiscard]] std::string text() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

}  // namespace zp
