// SPDX-License-Identifier: MIT
// Any bytes as the files of zpanalyze's commands: each ends with an exit code or an error, and no
// terminal acts upon what it prints. The first byte chooses the command line; a NUL parts two
// files.
#include <sys/mman.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>
#include <string_view>

#include "analysis/command.hpp"

namespace {

namespace fs = std::filesystem;

struct Line {
  const char* command;
  const char* arguments;  // F, G: the files; R: a run whose pass is F and whose manifest is G
  bool for_people = true;
};

constexpr std::array kLines{
    Line{"table", "F"},
    Line{"table", "F G --width 72 --emulated-times"},
    Line{"table", "F --metric real_time --keep-going"},
    Line{"compare", "F G --force"},
    Line{"compare", "F G --metric cpu_time --one-boot --width 100"},
    Line{"compare", "F --by placement --force"},
    Line{"compare", "F G --format pipe --force"},
    Line{"compare", "F G --format md --force"},
    Line{"compare", "F G --format mmtests --force"},
    Line{"compare", "F G --format lkp --force"},
    Line{"compare", "F G --format csv --force", false},
    Line{"compare", "F G --format json --force", false},
    Line{"compare", "F G --format ktap --force", false},
    Line{"compare", "F G --format fastpath --force"},
    Line{"report", "F --md"},
    Line{"report", "F --cover"},
    Line{"report", "F --base G --md --force"},
    Line{"report", "F --claims"},
    Line{"report", "F --debates"},
    Line{"colours", "F"},
    Line{"attribute", "F --base ksm_coloured:8 --new ksm_single"},
    Line{"attribute", "F --cpu zen5"},
    Line{"history", "F G"},
    Line{"plan", "F --effect 5%"},
    Line{"export", "F", false},
    Line{"export", "F --format ktap", false},
    Line{"export", "F --format junit", false},
    Line{"export", "F --format bmf", false},
    Line{"check", "R"},
    Line{"table", "R"},
};

struct Place {
  fs::path root = fs::temp_directory_path() / fmt::format("zp-fuzz-{}", ::getpid());
  Place() { fs::create_directories(root / "R"); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
};

void write(const fs::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
}

// What `action` wrote to stdout.
template <class Action>
std::string said_by(const Action& action) {
  std::fflush(stdout);
  const int before = ::dup(STDOUT_FILENO), file = ::memfd_create("stdout", MFD_CLOEXEC);
  if (before < 0 || file < 0 || ::dup2(file, STDOUT_FILENO) < 0) std::abort();
  action();
  std::fflush(stdout);
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  std::string text(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)), '\0');
  if (::pread(file, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) std::abort();
  ::close(file);
  return text;
}

void run(const Line& line) {
  const auto commands = zp::analysis::commands();
  const auto command = std::ranges::find(commands, std::string_view(line.command),
                                         [](const auto& c) { return std::string_view(c.name); });
  CLI::App app;
  const auto action = command->define(app);
  app.parse(line.arguments);
  try {
    if (const auto done = action(); !done && done.error().message.empty()) std::abort();
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Place place;
  if (size == 0) return 0;
  const Line& line = kLines[data[0] % kLines.size()];
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto end = std::min(all.find('\0'), all.size());
  const auto first = all.substr(0, end), second = end < all.size() ? all.substr(end + 1) : first;
  const auto before = fs::current_path();
  fs::current_path(place.root);
  write("F", first);
  write("G", second);
  write("R/pass-01.json", first);
  write("R/manifest.json", second);
  const auto text = said_by([&] { run(line); });
  fs::current_path(before);
  const auto plain = [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); };
  if (line.for_people && !std::ranges::all_of(text, plain)) std::abort();
  return 0;
}
