// SPDX-License-Identifier: MIT
// Rows for other programs: tidy CSV and SQLite, one row per repetition and figure.
#pragma once

#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "harness/support/error.hpp"

namespace zp::analysis {

// Columns: run, file, kernel, host, what else of the context tells rows apart (kRunColumns), name,
// family, the parts of a name (kNameParts), repetition, label, then one per figure; what a row
// lacks is empty. A figure with the name of another column gets "-2" appended.
std::string export_csv(const ResultSet& set);

// Adds to (or makes) a database: tables run, cell, repetition, figure, error; view tidy joins them.
// A file that is in it already (same path and sha256) is left alone. One that has changed since,
// and not its date, replaces what it had. These, and copies that lie elsewhere, are returned, a
// line each. Errors: kUsage with SQLite's own words; a failed export changes nothing.
Outcome<std::vector<std::string>> export_sqlite(const ResultSet& set, const std::string& path);

}  // namespace zp::analysis
