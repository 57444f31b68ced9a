// SPDX-License-Identifier: MIT
// Names of few signs, as machines take them: the same for the same text, and never one for two.
#pragma once

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace zp::analysis {

class PlainNames {
 public:
  explicit PlainNames(std::string (*plain)(std::string_view)) : plain_(plain) {}

  // What `plain` makes of it; where that is another text's already, with "-2", "-3", ...
  const std::string& operator()(const std::string& text) { return (*this)(text, plain_(text)); }

  // The same with a name that the caller has made.
  const std::string& operator()(const std::string& text, const std::string& plain) {
    auto& name = name_of_[text];
    if (!name.empty()) return name;
    name = plain;
    // From the last number on: long names that differ where they are cut would be tried in n^2 / 2.
    auto& number = last_number_.try_emplace(plain, 1).first->second;
    while (!taken_.insert(name).second) name = fmt::format("{}-{}", plain, ++number);
    return name;
  }

 private:
  std::string (*plain_)(std::string_view);
  std::map<std::string, std::string> name_of_;
  std::map<std::string, int> last_number_;
  std::set<std::string> taken_;
};

}  // namespace zp::analysis
