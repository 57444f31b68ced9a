// SPDX-License-Identifier: MIT
// The help of a program as data, read from the options that --help prints: man pages and shell
// completions are made from it, so that they can't say anything else.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace zp::help {

struct Option {
  std::vector<std::string> names;  // "-q", "--quiet"; an argument has none
  std::string value;               // "LIST", or what an argument is called; a flag has none
  bool value_may_lack = false;     // --probe, --probe thorough
  bool several = false;            // values of one option, or arguments
  std::string description;         // with the default; a list in it has lines of its own
  std::vector<std::string> words;  // that it takes; none: anything
  std::string group;               // "Options", "Instead of measuring", ...
};

struct Page {
  std::string program, command;  // "zpanalyze", "compare"; no command: of the program itself
  std::string summary;
  std::vector<Option> options;
  std::string footer;

  // "zpanalyze compare", "zpanalyze-compare"
  [[nodiscard]] std::string command_line() const {
    return command.empty() ? program : program + ' ' + command;
  }
  [[nodiscard]] std::string name() const {
    return command.empty() ? program : program + '-' + command;
  }
};

// What an option takes, where neither a check nor its description lists it.
using Words = std::map<std::string, std::vector<std::string>>;

// The program's page, then those of its commands.
std::vector<Page> pages_of(const CLI::App& app, const Words& words);

// For the one line that a shell shows: up to the first ';' or end of line.
std::string short_description(const Option& option);

// Each of them the whole text of a file.
std::string man_page(const std::vector<Page>& pages, const Page& page, const std::string& version);
std::string bash_completion(const std::vector<Page>& pages);
std::string zsh_completion(const std::vector<Page>& pages);
std::string fish_completion(const std::vector<Page>& pages);

}  // namespace zp::help
