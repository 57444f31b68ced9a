// SPDX-License-Identifier: MIT
// Extended POSIX expressions, as both programs take them for names. Not std::regex: that one
// recurses, and names can be 10 kB long.
#pragma once

#include <regex.h>

#include <memory>
#include <string>

#include "harness/support/error.hpp"

namespace zp {

class Pattern {
 public:
  // Errors: kUsage with the text and the reason.
  static Outcome<Pattern> compile(const std::string& text);

  // Whether some part of the name fits.
  [[nodiscard]] bool fits(const std::string& name) const {
    return regexec(regex_.get(), name.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  std::shared_ptr<const regex_t> regex_;
};

}  // namespace zp
