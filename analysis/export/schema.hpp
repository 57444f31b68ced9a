// SPDX-License-Identifier: MIT
// The tables of the database. Internal to analysis/export.
#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "harness/support/error.hpp"

namespace zp::analysis {

// Each column of a part of a name, between `before` and `after`.
std::string part_columns(std::string_view before, std::string_view after = "");

// What makes them where they are not there.
std::string schema();

// Errors: kUsage where one of our names is taken by something else, or the tables are those of
// another version.
Outcome<void> check_tables(sqlite3* database, const std::string& path);

}  // namespace zp::analysis
