// SPDX-License-Identifier: MIT
#include "harness/support/pattern.hpp"

namespace zp {

Outcome<Pattern> Pattern::compile(const std::string& text) {
  auto regex = std::make_unique<regex_t>();
  if (const int failed = regcomp(regex.get(), text.c_str(), REG_EXTENDED | REG_NOSUB);
      failed != 0) {
    char reason[128];
    regerror(failed, regex.get(), reason, sizeof reason);
    return fail(ExitCode::kUsage, "'{}': {}", text, reason);
  }
  Pattern pattern;
  pattern.regex_ = {regex.release(), [](regex_t* compiled) {
                      regfree(compiled);
                      delete compiled;
                    }};
  return pattern;
}

}  // namespace zp
