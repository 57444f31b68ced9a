// SPDX-License-Identifier: MIT
#include "harness/help/write_help.hpp"

#include <filesystem>

#include "harness/support/file.hpp"

namespace zp::help {
namespace {

Outcome<void> write(const std::string& path, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return fail(ExitCode::kUsage, "{}: {}", path, error.message());
  return write_file_atomically(path, text, true);
}

}  // namespace

std::optional<Outcome<void>> write_where_asked(int argc, const char* const* argv,
                                               const CLI::App& app, const Words& words,
                                               const std::string& version) {
  if (argc != 3 || std::string_view(argv[1]) != "--write-help") return std::nullopt;
  const std::string directory = argv[2];
  const auto pages = pages_of(app, words);
  const auto& program = pages.front().program;
  std::map<std::string, std::string> files{
      {"bash-completion/completions/" + program, bash_completion(pages)},
      {"zsh/site-functions/_" + program, zsh_completion(pages)},
      {"fish/vendor_completions.d/" + program + ".fish", fish_completion(pages)}};
  for (const auto& page : pages)
    files["man/man1/" + page.name() + ".1"] = man_page(pages, page, version);
  for (const auto& [name, text] : files)
    if (auto written = write(directory + '/' + name, text); !written) return written;
  return Outcome<void>();
}

}  // namespace zp::help
