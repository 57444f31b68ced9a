// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "harness/help/pages.hpp"
#include "harness/support/text.hpp"

namespace zp::help {
namespace {

// Every character as itself: roff would make typographic ones of some, which no shell takes.
std::string roff(std::string_view text) {
  static constexpr std::pair<char, const char*> kSpelled[] = {
      {'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"}};
  std::string out = text.starts_with('.') ? "\\&" : "";
  for (const char c : text) {
    const auto* spelled = std::find_if(std::begin(kSpelled), std::end(kSpelled),
                                       [c](const auto& entry) { return entry.first == c; });
    if (spelled == std::end(kSpelled))
      out += c;
    else
      out += spelled->second;
  }
  return out;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string sentence(std::string text) {
  if (!text.empty()) text[0] = upper(text.substr(0, 1))[0];
  return text;
}

// Lists keep their lines.
std::string lines_of(const std::string& text) {
  std::string out;
  for (const auto& line : split(text, '\n'))
    out += fmt::format("{}{}\n", out.empty() ? "" : ".br\n", roff(line));
  return out;
}

std::string tag_of(const Option& option) {
  std::string tag;
  for (const auto& name : option.names)
    tag += fmt::format("{}\\fB{}\\fR", tag.empty() ? "" : ", ", roff(name));
  if (!option.value.empty())
    tag += fmt::format("{}\\fI{}\\fR{}", tag.empty() ? "" : " ", roff(option.value),
                       option.several ? "..." : "");
  return tag;
}

std::string synopsis_of(const Page& page, bool has_commands) {
  auto text = fmt::format(".B {}\n", roff(page.command_line()));
  text += "[\\fIOPTION\\fR]...\n";
  for (const auto& option : page.options)
    if (option.names.empty()) text += tag_of(option) + '\n';
  if (has_commands) text += "\\fICOMMAND\\fR ...\n";
  return text;
}

std::string options_of(const Page& page) {
  std::string text, group = "Arguments";
  for (const bool arguments : {true, false})
    for (const auto& option : page.options) {
      if (option.names.empty() != arguments) continue;
      const auto own = arguments ? "Arguments" : option.group;
      if (text.empty() || own != group) text += fmt::format(".SH {}\n", upper(own));
      group = own;
      text += fmt::format(".TP\n{}\n{}", tag_of(option), lines_of(option.description));
    }
  return text;
}

// A footer's lines: what stands before its first heading is about the options.
std::string footer_of(const std::string& footer) {
  std::string text, section;
  const auto open = [&](const char* title) {
    if (section != title) text += fmt::format(".SH {}\n", title);
    section = title;
  };
  bool verbatim = false, gap = true;
  for (std::size_t begin = 0; begin < footer.size();) {
    const auto end = std::min(footer.find('\n', begin), footer.size());
    const auto line = footer.substr(begin, end - begin);
    begin = end + 1;
    const bool indented = line.starts_with(' ');
    if (verbatim && !indented) text += ".EE\n";
    if (indented && !verbatim) text += ".EX\n";
    verbatim = indented;
    if (line.empty()) {
      gap = true;
      continue;
    }
    if (line == "Examples:" || line == "Example:")
      open("EXAMPLES");
    else if (line.starts_with("Exit "))
      open("EXIT STATUS");
    else if (!indented && (section == "EXAMPLES" || (gap && section == "EXIT STATUS")))
      open("NOTES");
    else if (gap && !indented)
      text += ".PP\n";
    gap = false;
    if (line.starts_with("Example")) continue;
    // The heading says it.
    std::string_view said = line;
    for (const std::string_view heading : {"Exit status: ", "Exit codes: "})
      if (said.starts_with(heading)) said.remove_prefix(heading.size());
    text += roff(said) + '\n';
  }
  return text + (verbatim ? ".EE\n" : "");
}

std::string commands_section(const std::vector<Page>& pages) {
  std::string text;
  for (const auto& page : pages)
    if (!page.command.empty())
      text += fmt::format(".TP\n\\fB{}\\fR\n{}: see {}(1)\n", roff(page.command),
                          roff(page.summary), roff(page.name()));
  return text.empty() ? text : ".SH COMMANDS\n" + text;
}

}  // namespace

std::string man_page(const std::vector<Page>& pages, const Page& page, const std::string& version) {
  const bool whole = page.command.empty();
  std::string also;
  for (const char* name : {"zpbench", "zpbench-run", "zpanalyze"})
    if (name != page.name()) also += fmt::format(".BR {} (1),\n", roff(name));
  std::string summary = page.summary;
  if (summary.ends_with('.')) summary.pop_back();
  return fmt::format(
      ".\\\" Made from the program's own help: {} --write-help.\n"
      ".TH {} 1 \"\" \"zpbench {}\" \"User Commands\"\n.nh\n.ad l\n"
      ".SH NAME\n{} \\- {}\n.SH SYNOPSIS\n{}.SH DESCRIPTION\n{}.\n{}{}{}.SH SEE ALSO\n{}"
      ".BR zpbench\\-results (5)\n",
      page.program, roff(upper(page.name())), roff(version), roff(page.name()), roff(summary),
      synopsis_of(page, whole && pages.size() > 1), roff(whole ? summary : sentence(summary)),
      whole ? commands_section(pages) : "", options_of(page), footer_of(page.footer), also);
}

}  // namespace zp::help
