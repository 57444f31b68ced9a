// SPDX-License-Identifier: MIT
// What bash, zsh and fish offer behind TAB.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/help/pages.hpp"

namespace zp::help {
namespace {

bool is_list(const Option& option) {
  return option.value == "LIST";
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

// Within single quotes, with `escaped` characters behind a backslash.
std::string quoted(std::string_view text, std::string_view escaped, std::string_view quote) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += quote;
      continue;
    }
    if (escaped.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string names_of(const Page& page) {
  std::string names;
  for (const auto& option : page.options)
    for (const auto& name : option.names) names += (names.empty() ? "" : " ") + name;
  return names;
}

std::string commands_of(const std::vector<Page>& pages) {
  std::string names;
  for (const auto& page : pages)
    if (!page.command.empty()) names += (names.empty() ? "" : " ") + page.command;
  return names;
}

std::string head(const char* shell, const std::string& program) {
  return fmt::format("# {} completion of {}, made from its own help: {} --write-help.\n", shell,
                     program, program);
}

std::string zsh_option(const Option& option) {
  if (option.names.empty())
    return fmt::format("'{}:{}:_files'", option.several ? "*" : "", option.value);
  const auto text = quoted(short_description(option), "[]\\", "'\\''");
  std::string value;
  if (!option.value.empty()) {
    const auto words = joined(option.words);
    value =
        fmt::format("{}:{}:{}", option.value_may_lack ? ":" : "", quoted(option.value, ":[]\\", ""),
                    words.empty()     ? "_files"
                    : is_list(option) ? "_sequence compadd - " + words
                                      : "(" + words + ")");
  }
  const char* equals = value.empty() ? "" : "=";
  if (option.names.size() == 1)
    return fmt::format("'{}{}{}[{}]{}'", option.several ? "*" : "", option.names[0], equals, text,
                       value);
  return fmt::format("'({})'{{{}}}'[{}]{}'", joined(option.names), fmt::join(option.names, ","),
                     text, value);
}

std::string zsh_arguments(const Page& page) {
  std::string text;
  for (const auto& option : page.options) text += " \\\n    " + zsh_option(option);
  return text;
}

std::string fish_option(const Option& option, const std::string& where) {
  std::string text = where;
  for (const auto& name : option.names)
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  const auto words = joined(option.words);
  if (!words.empty())
    text += fmt::format(" -x -a '{}'", is_list(option) ? "(__fish_append , " + words + ")" : words);
  else if (!option.value.empty())
    text += " -r";
  return text + fmt::format(" -d '{}'\n", quoted(short_description(option), "\\", "\\'"));
}

}  // namespace

std::string bash_completion(const std::vector<Page>& pages) {
  const auto& program = pages.front().program;
  std::string values, options;
  for (const auto& page : pages) {
    for (const auto& option : page.options)
      for (const auto& name : option.names)
        if (!option.words.empty())
          values +=
              fmt::format("    {}{}) words='{}' ;;\n", page.command, name, joined(option.words));
    options += fmt::format("    {}:-*) words='{}' ;;\n", page.command, names_of(page));
  }
  std::string find_command;
  if (const auto commands = commands_of(pages); !commands.empty()) {
    options += fmt::format("    :*) words='{}' ;;\n", commands);
    find_command = R"(  for word in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case $word in -* | =) ;; *) command=$word; break ;; esac
  done
)";
  }
  // "--option=value" reaches a completion as three words. In a list the last word is completed.
  return head("bash", program) + fmt::format(R"(_{0}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
  local words='' command='' word before
  case $current in =) current='' ;; esac
  case $previous in =) previous=${{COMP_WORDS[COMP_CWORD - 2]}} ;; esac
{1}  case $command$previous in
{2}  esac
  [ -n "$words" ] || case $command:$current in
{3}  esac
  before=${{current%"${{current##*,}}"}}
  mapfile -t COMPREPLY < <(compgen -W "$words" -P "$before" -- "${{current#"$before"}}")
}}
complete -o default -F _{0} {0}
)",
                                             program, find_command, values, options);
}

std::string zsh_completion(const std::vector<Page>& pages) {
  const auto& program = pages.front().program;
  auto text = "#compdef " + program + '\n' + head("zsh", program);
  if (pages.size() == 1)
    return text + fmt::format("_{0}() {{\n  _arguments{1}\n}}\n_{0} \"$@\"\n", program,
                              zsh_arguments(pages.front()));
  std::string commands, cases;
  for (const auto& page : pages) {
    if (page.command.empty()) continue;
    commands += fmt::format(" {}\\:\"{}\"", page.command, quoted(page.summary, "\"\\", "'\\''"));
    cases += fmt::format("  {}) _arguments{} ;;\n", page.command, zsh_arguments(page));
  }
  return text + fmt::format(
                    "_{0}() {{\n  local curcontext=$curcontext state line\n  typeset -A opt_args\n"
                    "  _arguments -C{1} \\\n    '1:command:(({2}))' '*::argument:->argument'\n"
                    "  [ \"$state\" = argument ] || return\n"
                    "  case $line[1] in\n{3}  esac\n}}\n_{0} \"$@\"\n",
                    program, zsh_arguments(pages.front()), commands.substr(1), cases);
}

std::string fish_completion(const std::vector<Page>& pages) {
  const auto& program = pages.front().program;
  auto text = head("fish", program);
  const bool has_commands = pages.size() > 1;
  for (const auto& page : pages) {
    auto where = "complete -c " + program;
    if (!page.command.empty()) {
      text += fmt::format("{} -n __fish_use_subcommand -x -a {} -d '{}'\n", where, page.command,
                          quoted(page.summary, "\\", "\\'"));
      where += fmt::format(" -n '__fish_seen_subcommand_from {}'", page.command);
    } else if (has_commands) {
      where += " -n __fish_use_subcommand";
    }
    for (const auto& option : page.options)
      if (!option.names.empty()) text += fish_option(option, where);
  }
  return text;
}

}  // namespace zp::help
