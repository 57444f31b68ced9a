// SPDX-License-Identifier: MIT
// Every subcommand's definition; the table is in commands.cpp.
#pragma once

#include "analysis/command.hpp"

namespace zp::analysis {

Action define_atlas(CLI::App& app);
Action define_attribute(CLI::App& app);
Action define_check(CLI::App& app);
Action define_colours(CLI::App& app);
Action define_compare(CLI::App& app);
Action define_export(CLI::App& app);
Action define_history(CLI::App& app);
Action define_plan(CLI::App& app);
Action define_plot(CLI::App& app);
Action define_report(CLI::App& app);
Action define_model(CLI::App& app);
Action define_table(CLI::App& app);

}  // namespace zp::analysis
