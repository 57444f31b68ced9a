// SPDX-License-Identifier: MIT
// Help within 80 columns, whatever the length of a description.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "analysis/render/ascii.hpp"

namespace zp::analysis {

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool positional) const override {
    constexpr std::size_t kDescriptionAt = 28;
    constexpr std::size_t kWidth = 78;
    auto text = "  " + make_option_name(option, positional) + make_option_opts(option);
    if (text.size() >= kDescriptionAt)
      text += '\n' + std::string(kDescriptionAt, ' ');
    else
      text.resize(kDescriptionAt, ' ');
    // Lists in a description keep their lines.
    const auto description = make_option_desc(option);
    for (std::size_t begin = 0; begin <= description.size();) {
      const auto end = std::min(description.find('\n', begin), description.size());
      for (const auto& line :
           wrap(description.substr(begin, end - begin), kWidth - kDescriptionAt)) {
        if (!text.ends_with(' ')) text += '\n' + std::string(kDescriptionAt, ' ');
        text += line;
      }
      begin = end + 1;
    }
    return text + '\n';
  }
};

}  // namespace zp::analysis
