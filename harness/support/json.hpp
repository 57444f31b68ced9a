// SPDX-License-Identifier: MIT
// The little JSON that is written by hand.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "harness/support/utf8.hpp"

namespace zp {

// Moves the first character of `text` to the end of `out`, as a JSON string can hold it: a byte
// that is not UTF-8 becomes U+FFFD, a control character \u00XX. Quotes and backslashes stay.
inline void move_character(std::string_view& text, std::string& out) {
  const auto length = utf8_length(text);
  const auto first = static_cast<unsigned char>(text.front());
  if (length == 0)
    out += "\xef\xbf\xbd";
  else if (first < 0x20)
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(first));
  else
    out += text.substr(0, length);
  text.remove_prefix(length == 0 ? 1 : length);
}

// As a JSON string, whatever the bytes.
inline std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    if (text.front() == '"' || text.front() == '\\') out += '\\';
    move_character(text, out);
  }
  return out + '"';
}

// A document of a writer that escapes quotes, backslashes and the ends of lines and nothing else.
inline std::string json_document(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (text.front() == '\n') {
      out += '\n';
      text.remove_prefix(1);
    } else {
      move_character(text, out);
    }
  }
  return out;
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
