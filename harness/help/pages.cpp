// SPDX-License-Identifier: MIT
#include "harness/help/pages.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "harness/support/help_formatter.hpp"
#include "harness/support/text.hpp"

namespace zp::help {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

// Those of a check ("FORMAT:{csv,ktap}"), or those that the description begins with: "fixed,
// rotated: in the page". One alone is the beginning of a sentence.
std::vector<std::string> words_in(const std::string& type, std::string_view description) {
  if (const auto begin = type.find('{'); begin != std::string::npos)
    return split(std::string_view(type).substr(begin + 1, type.find('}') - begin - 1), ',');
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < description.size();) {
    const auto end = std::min(description.find(", ", begin), description.size());
    const auto part = description.substr(begin, end - begin);
    const auto word = part.substr(0, part.find(':'));
    if (!is_word(word)) break;
    words.emplace_back(word);
    if (word.size() != part.size()) break;
    begin = end + 2;
  }
  return words.size() > 1 ? words : std::vector<std::string>();
}

Option option_of(const CLI::Option& source, const Words& words) {
  Option option;
  const bool argument = source.get_positional();
  for (const auto& name : source.get_snames()) option.names.push_back('-' + name);
  for (const auto& name : source.get_lnames()) option.names.push_back("--" + name);
  const std::string type = source.get_type_size() == 0 ? "" : source.get_type_name();
  option.value = argument ? source.get_name(true, false) : type.substr(0, type.find(':'));
  option.value_may_lack = source.get_expected_min() == 0 && source.get_type_size() != 0;
  option.several = source.get_expected_max() == CLI::detail::expected_max_vector_size;
  option.description = source.get_description() + HelpFormatter::default_of(&source);
  option.group = source.get_group();
  const auto known = option.names.empty() ? words.end() : words.find(option.names.back());
  if (known != words.end())
    option.words = known->second;
  else if (!option.value.empty() && !argument)
    option.words = words_in(type, source.get_description());
  return option;
}

Page page_of(const CLI::App& app, const std::string& program, const std::string& command,
             const Words& words) {
  std::string summary = app.get_description();
  std::ranges::replace(summary, '\n', ' ');
  Page page{program, command, summary, {}, app.get_footer()};
  for (const auto* option : app.get_options())
    if (!option->get_group().empty()) page.options.push_back(option_of(*option, words));
  return page;
}

}  // namespace

std::vector<Page> pages_of(const CLI::App& app, const Words& words) {
  std::vector<Page> pages{page_of(app, app.get_name(), "", words)};
  for (const auto* command : app.get_subcommands(nullptr))
    pages.push_back(page_of(*command, app.get_name(), command->get_name(), words));
  return pages;
}

std::string short_description(const Option& option) {
  return option.description.substr(0, option.description.find_first_of(";\n"));
}

}  // namespace zp::help
