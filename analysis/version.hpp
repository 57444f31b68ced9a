// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace zp::analysis {

// "0.2.0"
std::string version_number();
// "zpanalyze 0.2.0 (git a80212d)"
std::string version_text();

}  // namespace zp::analysis
