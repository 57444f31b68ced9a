// SPDX-License-Identifier: MIT
// Sections of a run's page that say what changed.
#pragma once

#include <string>

#include "analysis/report/report.hpp"

namespace zp::analysis {

std::string comparison_section(const Comparison& comparison);
// "" without rows.
std::string knob_section(const KnobTable& table);

}  // namespace zp::analysis
