// SPDX-License-Identifier: MIT
// The findings in words: a block of at most 25 lines of 75 columns that fits a mail.
#pragma once

#include <string>

#include "harness/probe/probe.hpp"

namespace zp::probe {

// `cpu`: what the machine calls itself.
std::string text_of(const Findings& findings, const std::string& cpu);

// The same in a line.
std::string short_text(const Findings& findings);

}  // namespace zp::probe
