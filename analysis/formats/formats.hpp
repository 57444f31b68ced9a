// SPDX-License-Identifier: MIT
// Renderers of a Comparison. Each is one small file; the table of them is in formats.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/compare/by_machine.hpp"
#include "analysis/compare/comparison.hpp"

namespace zp::analysis {

// What a format has no line for.
enum class LeavesOut { kNothing, kCellsAlone, kErrorsToo };

struct Format {
  const char* name;
  const char* summary;
  std::string (*render)(const Comparison& comparison, std::size_t width);
  LeavesOut leaves_out = LeavesOut::kNothing;
  bool of_tests = false;  // its "not ok" is the exit status, too
};

std::span<const Format> formats();
const Format* find_format(std::string_view name);

// For people, never wider than `width`:
std::string render_commit(const Comparison& comparison, std::size_t width);
std::string render_mmtests(const Comparison& comparison, std::size_t width);
std::string render_pipe(const Comparison& comparison, std::size_t width);
std::string render_fastpath(const Comparison& comparison, std::size_t width);
std::string render_lkp(const Comparison& comparison, std::size_t width);
// For programs and the web; `width` is not theirs:
std::string render_markdown(const Comparison& comparison, std::size_t width);
std::string render_csv(const Comparison& comparison, std::size_t width);
std::string render_json(const Comparison& comparison, std::size_t width);
std::string render_ktap(const Comparison& comparison, std::size_t width);
std::string render_lava(const Comparison& comparison, std::size_t width);

// What the cells of the block share, unit and name of the figure, and what a change's sign means:
// "read, table 67108864, ns per read (- is faster)".
enum class Signs { kExplained, kNot };
std::string compared_title(const Comparison& comparison, const ComparedBlock& block,
                           Signs signs = Signs::kExplained);

// What several kinds of machine gave, for people: changes side by side, then each by itself.
// `others` were not compared.
std::string render_side_by_side(std::span<const ComparedMachine> machines,
                                const std::vector<std::string>& others, std::size_t width);

}  // namespace zp::analysis
