// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "harness/help/pages.hpp"
#include "harness/support/error.hpp"

namespace zp::help {

// `PROGRAM --write-help DIR`, with which packages are made; --help does not list it. Writes the man
// pages and completions below DIR, laid out as below PREFIX/share. Does nothing unless asked.
std::optional<Outcome<void>> write_where_asked(int argc, const char* const* argv,
                                               const CLI::App& app, const Words& words,
                                               const std::string& version);

}  // namespace zp::help
