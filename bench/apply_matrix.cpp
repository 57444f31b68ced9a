// SPDX-License-Identifier: MIT
#include "bench/apply_matrix.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <set>

#include "bench/matrices.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

using Block = std::vector<MatrixLine>;

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
