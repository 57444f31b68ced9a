// SPDX-License-Identifier: MIT
#include "analysis/rows/errors.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "analysis/text/ascii.hpp"
#include "harness/names/benchmark_name.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

// "ksm_zero_page", or the whole name.
std::string subject_of(const std::string& text) {
  const auto name = parse_name(text);
  return std::string(name.find("placement").value_or(text));
}

// Cells of one placement and family, measured or not, and the values that each part of their names
// has; "" where one lacks it.
struct Subject {
  std::set<std::string> cells;
  std::map<std::string, std::set<std::string>> values;
};

using Subjects = std::map<std::string, Subject>;

std::string family_and_subject(const std::string& name) {
  return std::string(parse_name(name).family) + " " + subject_of(name);
}

Subjects subjects_of(const std::vector<ErrorRow>& errors, const ResultSet& set) {
  Subjects subjects;
  for (const auto& error : errors)
    subjects[family_and_subject(error.name)].cells.insert(error.name);
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto& name = set.cell_name(cell);
    if (const auto found = subjects.find(family_and_subject(name)); found != subjects.end())
      found->second.cells.insert(name);
  }
  for (auto& [text, subject] : subjects) {
    std::set<std::string> keys;
    for (const auto& cell : subject.cells)
      for (const NamePart& part : parse_name(cell).parts) keys.insert(part.key);
    for (const auto& cell : subject.cells)
      for (const auto name = parse_name(cell); const auto& key : keys)
        subject.values[key].insert(std::string(name.find(key).value_or("")));
  }
  return subjects;
}

// "stride 1024, walk random": what tells the cell from the others of its subject.
std::string place_of(const std::string& cell, const Subject& subject) {
  std::string text;
  for (const NamePart& part : parse_name(cell).parts) {
    if (subject.values.at(part.key).size() < 2) continue;
    text += (text.empty() ? "" : ", ") + part.key + " " +
            (part.key == "table" ? exact_size_of(part.value) : part.value);
  }
  return text;
}

// " (4 cells)", " at stride 1024", " (4 cells: stride 1024, walk random; ...)"
std::string where(const std::vector<std::string>& cells, const Subjects& subjects) {
  constexpr std::size_t kNamed = 3;
  std::string places;
  const auto subject = subjects.find(family_and_subject(cells.front()));
  const bool of_one = std::ranges::all_of(cells, [&](const std::string& cell) {
    return family_and_subject(cell) == family_and_subject(cells.front());
  });
  if (of_one && subject != subjects.end() && cells.size() < subject->second.cells.size())
    for (std::size_t i = 0; i < std::min(kNamed, cells.size()); ++i)
      places += (i == 0 ? "" : "; ") + place_of(cells[i], subject->second);
  if (cells.size() == 1) return places.empty() ? "" : " at " + shorten(places, 200);
  return fmt::format(" ({} cells{}{}{})", cells.size(), places.empty() ? "" : ": ",
                     shorten(places, 400), places.empty() || cells.size() <= kNamed ? "" : "; ...");
}

}  // namespace

std::vector<ErrorRow> marked_errors(const ResultSet& set) {
  auto errors = set.errors();
  for (auto& error : errors)
    if (set.find_cell(error.name) && !error.reason.starts_with(kSkippedPrefix))
      error.reason = "some repetitions: " + error.reason;
  return errors;
}

std::vector<std::string> grouped_errors(const std::vector<ErrorRow>& errors, const ResultSet* set) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> groups;
  for (const auto& error : errors)
    groups[{subject_of(error.name), error.reason}].push_back(error.name);
  const auto subjects = set == nullptr ? Subjects() : subjects_of(errors, *set);
  std::vector<std::string> texts;
  for (const auto& [what, cells] : groups)
    texts.push_back(fmt::format("{}{}: {}", shorten(what.first, 60), where(cells, subjects),
                                shorten(what.second, 400)));
  return texts;
}

std::string error_list(const std::vector<ErrorRow>& errors, std::size_t width,
                       const ResultSet* set) {
  const auto texts = grouped_errors(errors, set);
  constexpr std::size_t kMostListed = 10;
  std::string list;
  for (std::size_t i = 0; i < std::min(texts.size(), kMostListed); ++i)
    list += paragraph("  " + texts[i], width, 4);
  if (texts.size() > kMostListed)
    list += fmt::format("  and {} more\n", texts.size() - kMostListed);
  return list;
}

}  // namespace zp::analysis
