// SPDX-License-Identifier: MIT
// The loops of people's programs, each on a placed table: what they read of it, whose code they
// are, and what a table of zeros must make of them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "harness/memory/contents.hpp"
#include "harness/support/error.hpp"

namespace zp {

// The table as a program sees it. An element is 8 bytes of it, whatever the program takes them for.
struct ProgramTable {
  std::byte* base = nullptr;
  std::uint64_t bytes = 0;
  std::uint64_t page_bytes = 0;
  std::uint64_t first_vpn = 0;
  Contents contents;

  [[nodiscard]] std::uint64_t pages() const { return bytes / page_bytes; }
  // The double that the first 8 bytes of this page are; all others are 0.
  [[nodiscard]] double first_double(std::uint64_t page) const;
};

// A program that is ready to run: its other arrays are made, private, and written.
struct ReadyProgram {
  std::function<std::uint64_t()> run;  // once over the table; what it gives is checked
  std::uint64_t expected = 0;          // what it must give
  std::uint64_t elements = 0;          // of the table, read in one run
  // Whether what it wrote is what it must have written; empty where it writes nothing.
  std::function<bool()> verify;
};

struct ProgramEntry {
  std::string_view name;    // stable: it appears in names, JSON and tables
  std::string_view about;   // one line
  std::string_view code;    // whose loop it is: libc, OpenBLAS, zlib, compiler, own
  bool reads_only = false;  // nothing but the table, in order: a read roof is its bound
  std::uint64_t private_bytes_per_element =
      0;  // of its other arrays, for each element of the table
  // Errors: kCannotRun for what this build or machine lacks, kUsage for a table that does not suit.
  Outcome<ReadyProgram> (*prepare)(const ProgramTable& table);
};

// In the order of docs/programs.md.
std::span<const ProgramEntry> program_catalogue();

}  // namespace zp
