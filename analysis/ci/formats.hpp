// SPDX-License-Identifier: MIT
// Formats of a TestRun, one small file each; the table of them is in formats.cpp. Names and reasons
// come from other people's files: none of them can end a line or an element, or begin a directive.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "analysis/ci/test_run.hpp"
#include "harness/support/error.hpp"

namespace zp::analysis {

// What kcidb must be told, as no run knows it.
struct KcidbOptions {
  std::string origin;    // the CI system: [a-z0-9_]+
  std::string build_id;  // "maestro:...", of a build that is reported already; or these two:
  std::string commit;    // 40 hexadecimal digits
  std::string tree;      // https://...
  bool operator==(const KcidbOptions&) const = default;
};

struct TestFormat {
  const char* name;
  const char* summary;
  // Errors: kUsage, where the options are not as kcidb's schema wants them.
  Outcome<std::string> (*write)(const TestRun& run, const KcidbOptions& kcidb);
};

std::span<const TestFormat> test_formats();
const TestFormat* find_test_format(std::string_view name);

}  // namespace zp::analysis
