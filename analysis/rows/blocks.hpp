// SPDX-License-Identifier: MIT
// Which rows stand in one table: those whose names differ in nothing but what its columns show.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {

struct BlockName {
  std::string key;  // the same for all rows of a block; natural_less puts blocks in order
  std::vector<NamePart> common;  // "family" first, then the parts of the name they share
};

// `columns`: keys of parts that the table shows itself. The offset belongs to the stride, and
// stands where that does.
BlockName block_of(const BenchmarkName& name, std::span<const std::string> columns);

// "read, random walk, 256 MiB table, 1 thread": the parts that rows share, in words.
std::string block_title(const std::vector<NamePart>& common);

// Placements in the order of design and reading: private first, then single, ..., coloured by N.
bool placement_less(const std::string& a, const std::string& b);

}  // namespace zp::analysis
