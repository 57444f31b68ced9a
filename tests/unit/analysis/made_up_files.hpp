// SPDX-License-Identifier: MIT
// Files as other programs write them, made up and loaded.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "analysis/compare/comparison.hpp"
#include "analysis/load/load.hpp"
#include "tests/outcome.hpp"
#include "tests/temporary.hpp"

namespace zp::analysis::test {

inline std::string file_of(const std::string& rows,
                           const std::string& context = R"("num_cpus":2)") {
  return "{\"context\":{" + context + "},\"benchmarks\":[" + rows + "]}";
}

// `count` repetitions, from `time` on.
inline std::string repetitions(const std::string& name, double time, int count,
                               const std::string& fields = "") {
  std::string rows;
  for (int i = 0; i < count; ++i)
    rows += fmt::format(
        R"({}{{"name":"{}","run_type":"iteration","repetition_index":{},"real_time":{},)"
        R"("cpu_time":1,"time_unit":"ns"{}}})",
        i == 0 ? "" : ",", name, i, time + 0.01 * i, fields);
  return rows;
}

inline std::string error_row(const std::string& name, const std::string& why) {
  return fmt::format(R"({{"name":"{}","error_occurred":true,"error_message":"{}"}})", name, why);
}

// Files of these texts, a.json, b.json and so on: a side each, or all of them one. A report reads
// them once more.
inline Outcome<LoadedSides> load_texts(const std::vector<std::string>& texts,
                                       const TemporaryDirectory& directory = {},
                                       bool one_side = false) {
  std::vector<std::vector<std::string>> sides;
  char name = 'a';
  for (const auto& text : texts) {
    if (!one_side || sides.empty()) sides.emplace_back();
    sides.back().push_back(directory / std::string(1, name++) + ".json");
    write_file(sides.back().back(), text);
  }
  return load_sides(sides, {});
}

// All of them one side.
inline ResultSet set_of_texts(const std::vector<std::string>& texts) {
  return std::move(value_of(load_texts(texts, {}, true)).sides.front());
}

// As the file of that name in tests/unit/analysis/golden; ZP_UPDATE_GOLDEN=1 in the environment
// writes it anew: look at the diff.
inline void expect_golden(const std::string& text, const std::string& name) {
  const auto path = "tests/unit/analysis/golden/" + name;
  if (std::getenv("ZP_UPDATE_GOLDEN") != nullptr) write_file(path, text);
  const std::string golden = read_file(path);
  if (text == golden) return;
  // The first line that differs says enough.
  std::istringstream now(text), then(golden);
  std::string is, was;
  int line = 0;
  do {
    ++line;
    is = was = "(end)";
    std::getline(now, is);
    std::getline(then, was);
  } while (is == was && now && then);
  ADD_FAILURE() << path << ':' << line << "\n is  " << is << "\n was " << was;
}

// Of such files, a side each.
inline Outcome<Comparison> compared(const std::vector<std::string>& texts,
                                    const CompareOptions& options = {}) {
  const auto loaded = load_texts(texts);
  if (!loaded) return fail(loaded);
  return compare(loaded->sides, options);
}

}  // namespace zp::analysis::test
