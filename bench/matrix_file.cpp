// SPDX-License-Identifier: MIT
#include "bench/matrix_file.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

#include "bench/matrices.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

using Block = std::vector<MatrixLine>;

// A matrix is one cross product of lists, or several: lines after a "[title]" are of that block
// alone, in the place of those before the first. Cells of several blocks are measured once. A list
// of the command line replaces that of every block; of --placements a block with a list of its own
// takes those that it names.
struct MatrixFile {
  std::vector<MatrixLine> lines;
  std::vector<Block> blocks;
};

constexpr std::string_view kBlanks = " \t\r";

// What a matrix may say; the rest (--out, --restore, ...) is the command line's own.
std::vector<std::string> known_options() {
  std::vector<std::string> names;
  for (const ListOption& option : list_options()) names.emplace_back(option.name);
  for (const char* other :
       {"family-table", "filter", "exclude", "once", "passes", "repetitions", "min-time"})
    names.emplace_back(other);
  return names;
}

// Of a block: what its cells are a cross product of.
bool is_of_reads(const std::string& option) {
  const auto& known = list_options();
  return option != "families" && std::ranges::find(known, option, &ListOption::name) != known.end();
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// As run-matrix.sh takes --passes.
bool is_count(const std::string& text) {
  return !text.empty() && text.size() <= 4 && text[0] != '0' &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

// `passes` is how often run-matrix.sh starts a process, where it isn't told: checked, left out.
// Blank lines and lines that begin with # are left out. Errors: kUsage, naming the line, for what
// is neither "option = value" nor a title, an option that does not choose cells, one that is given
// twice, and one of a block that is not a list of reads.
Outcome<MatrixFile> parse_matrix(const std::string& name, const std::string& text) {
  MatrixFile file;
  const std::vector<std::string> known_names = known_options();
  std::istringstream stream(text);
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    line = trimmed(line);
    if (line.empty() || line[0] == '#') continue;
    if (line.front() == '[' && line.back() == ']') {
      file.blocks.emplace_back();
      continue;
    }
    auto& lines = file.blocks.empty() ? file.lines : file.blocks.back();
    const auto equals = line.find('=');
    if (equals == std::string::npos)
      return fail(ExitCode::kUsage, "matrix {}:{}: '{}' is not 'option = value'", name, number,
                  line);
    const std::string option = trimmed(line.substr(0, equals));
    if (std::ranges::find(known_names, option) == known_names.end())
      return fail(ExitCode::kUsage, "matrix {}:{}: unknown option '{}'; there are {}", name, number,
                  option, fmt::join(known_names, ", "));
    if (!file.blocks.empty() && !is_of_reads(option))
      return fail(ExitCode::kUsage, "matrix {}:{}: '{}' must stand before the first block", name,
                  number, option);
    if (std::ranges::find(lines, option, &MatrixLine::option) != lines.end())
      return fail(ExitCode::kUsage, "matrix {}:{}: '{}' is there twice", name, number, option);
    const std::string value = trimmed(line.substr(equals + 1));
    if (option == "passes" && !is_count(value))
      return fail(ExitCode::kUsage, "matrix {}:{}: passes '{}': must be 1 to 9999", name, number,
                  value);
    lines.push_back({fmt::format("{}:{}", name, number), option, value});
  }
  // It was looked at; it is the script's.
  std::erase_if(file.lines, [](const MatrixLine& known) { return known.option == "passes"; });
  return file;
}

// Those of `asked` whose kind the block's own list names.
std::string chosen_placements(const std::string& asked, const std::string& own) {
  const auto kind = [](const std::string& text) { return text.substr(0, text.find(':')); };
  std::string chosen;
  for (const std::string& text : split(asked, ','))
    for (const std::string& name : split(own, ','))
      if (kind(text) == kind(name)) {
        chosen += (chosen.empty() ? "" : ",") + text;
        break;
      }
  return chosen;
}

// A block with placements of its own has them for a reason (private tables in the caches): of those
// asked for it measures the ones that it names, and is left out where it names none. Where all
// blocks would be, the command line replaces their lists.
void choose_placements(const std::string& asked, std::vector<Block>& blocks) {
  std::vector<Block> left;
  for (Block block : blocks) {
    const auto line = std::ranges::find_if(
        block, [](const MatrixLine& candidate) { return candidate.option == "placements"; });
    if (line != block.end()) {
      *line = {"", line->option, chosen_placements(asked, line->value)};
      if (line->value.empty()) continue;
    }
    left.push_back(std::move(block));
  }
  if (!left.empty())
    blocks = std::move(left);
  else
    for (Block& block : blocks)
      std::erase_if(block, [](const MatrixLine& line) { return line.option == "placements"; });
}

}  // namespace

Outcome<AppliedMatrix> apply_matrix(CLI::App& app, const std::string& name) {
  const auto text = matrix_text(name);
  if (!text) return fail(text);
  auto file = parse_matrix(name, *text);
  if (!file) return fail(file);
  const auto is_given = [&app](const MatrixLine& line) {
    return app.get_option("--" + line.option)->count() != 0;
  };
  if (const auto* option = app.get_option("--placements"); option->count() != 0)
    choose_placements(option->as<std::string>(), file->blocks);
  for (Block& block : file->blocks)
    std::erase_if(block, [&](const MatrixLine& line) {
      return is_given(line) && line.option != "placements";
    });
  AppliedMatrix applied{{}, std::move(file->blocks)};
  for (const MatrixLine& line : file->lines) {
    if (is_given(line)) continue;
    CLI::Option* option = app.get_option("--" + line.option);
    try {
      option->add_result(line.value);
      option->run_callback();
    } catch (const CLI::ParseError& error) {
      return fail(ExitCode::kUsage, "matrix {}: {}", line.where, error.what());
    }
    applied.origins.emplace(line.option, line.where);
  }
  // What nobody says is missed in the matrix.
  if (app.get_option("--placements")->count() == 0) applied.origins.emplace("placements", name);
  return applied;
}

Outcome<Matrix> parse_blocks(const ListTexts& lists, const AppliedMatrix& applied) {
  std::vector<Matrix> blocks;
  std::set<std::string> absent;
  const std::vector<Block> one(1);
  for (const auto& block : applied.blocks.empty() ? one : applied.blocks) {
    ListTexts of_block = lists;
    Origins origins = applied.origins;
    for (const MatrixLine& line : block) {
      of_block[line.option] = line.value;
      if (!line.where.empty()) origins[line.option] = line.where;  // else the command line's
    }
    auto matrix = parse_lists(of_block, origins);
    if (!matrix) return matrix;
    absent.merge(matrix->absent_caches);
    if (!matrix->has_reads() || !matrix->tables_bytes.empty()) blocks.push_back(std::move(*matrix));
  }
  if (blocks.empty())
    return fail(ExitCode::kUsage, "tables {}: this machine does not say how large its caches are",
                fmt::join(absent, ", "));
  Matrix first = std::move(blocks.front());
  first.more.assign(std::make_move_iterator(blocks.begin() + 1),
                    std::make_move_iterator(blocks.end()));
  first.absent_caches = std::move(absent);
  return first;
}

}  // namespace zp
