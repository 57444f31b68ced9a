// SPDX-License-Identifier: MIT
// Help of both programs within 75 columns, whatever the length of a description: an option, what
// its value is, what it does, its default. CLI11 would add the range of every number and the
// exclusions of every flag.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "harness/support/wrap.hpp"

namespace zp {

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kDescriptionAt); }

  std::string make_option(const CLI::Option* option, bool positional) const override {
    auto text = "  " + make_option_name(option, positional) + value_of(option, positional);
    if (text.size() >= kDescriptionAt)
      text += '\n' + std::string(kDescriptionAt, ' ');
    else
      text.resize(kDescriptionAt, ' ');
    // Lists in a description keep their lines.
    const auto description = option->get_description() + default_of(option);
    for (std::size_t begin = 0; begin <= description.size();) {
      const auto end = std::min(description.find('\n', begin), description.size());
      for (const auto& line :
           wrap(description.substr(begin, end - begin), kTextWidth - kDescriptionAt)) {
        if (!text.ends_with(' ')) text += '\n' + std::string(kDescriptionAt, ' ');
        text += line;
      }
      begin = end + 1;
    }
    return text + '\n';
  }

  // " (default 3)", or nothing.
  static std::string default_of(const CLI::Option* option) {
    std::string value = option->get_default_str();
    if (value.empty()) return {};
    if (value.front() == '[') value = value.substr(1, value.size() - 2);  // a list
    for (auto comma = value.find(','); comma != std::string::npos;
         comma = value.find(',', comma + 2))
      value.insert(comma + 1, " ");
    return " (default " + value + ')';
  }

 private:
  static constexpr std::size_t kDescriptionAt = 25;

  static std::string value_of(const CLI::Option* option, bool positional) {
    if (option->get_type_size() == 0) return {};  // a flag
    const std::string type = option->get_type_name();
    const bool several = option->get_expected_max() == CLI::detail::expected_max_vector_size;
    return (positional ? "" : ' ' + type.substr(0, type.find(':'))) + (several ? "..." : "");
  }
};

}  // namespace zp
