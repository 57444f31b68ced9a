// SPDX-License-Identifier: MIT
// The rows of one run as the claims page needs them: a median for each figure, or the reason why
// there is none.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {

struct FamilyRow {
  std::string text;  // the whole name
  BenchmarkName name;
  std::vector<std::pair<std::string, double>>
      figures;  // medians of the repetitions, as in the file
  // Why repetitions have none, each once: failures, then what was "skipped: ...".
  std::vector<std::string> reasons;

  [[nodiscard]] std::optional<double> figure(std::string_view key) const;
  // The first of those, and how many more there are; "" where every repetition was measured.
  [[nodiscard]] std::string reason() const;
  // Whether the name has this part with this value.
  [[nodiscard]] bool has(std::string_view part, std::string_view value) const;
};

// What a row must have in its name: {{"use_zero_pages", "1"}, {"mode", "merged"}}.
using PartList = std::vector<std::pair<std::string_view, std::string_view>>;

struct FamilyRun {
  std::string label;  // "Linux 6.12.0, s390x"
  bool emulated = false;
  const ResultSet* set = nullptr;
  std::vector<FamilyRow> rows;
  std::string sizes;  // "cow 256 MiB, scan 64 MiB": families without the rows of smaller tables

  [[nodiscard]] std::vector<const FamilyRow*> of_family(std::string_view family) const;
  // The first row of the family with all these parts that has the figure; nullptr: none.
  [[nodiscard]] const FamilyRow* find(std::string_view family, const PartList& parts,
                                      std::string_view key) const;
  [[nodiscard]] std::optional<double> figure(std::string_view family, const PartList& parts,
                                             std::string_view key) const;
};

// Whether a row of this name belongs in these tables.
bool is_family_name(const BenchmarkName& name);

// The rows of families. `set` must outlive what is returned.
FamilyRun family_run(const ResultSet& set);

// What `sizes` is.
inline constexpr std::string_view kOfSeveralSizes = "of tables of several sizes the largest";

// Of each family that has figures of tables of several sizes only the rows of the largest: what is
// compared is of one size.
FamilyRun of_largest_tables(FamilyRun run);

// Of some row, in order of first sight; without what a clock has a part in, if `times` is false.
std::vector<std::string> figure_keys(const std::vector<const FamilyRow*>& rows, bool times);

// What the names of all rows share, where there are several.
std::vector<NamePart> common_parts(const std::vector<const FamilyRow*>& rows);

// Names the CPU in labels that several runs share, then their start, then numbers them.
void tell_apart(std::span<FamilyRun> runs);

}  // namespace zp::analysis
