// SPDX-License-Identifier: MIT
#include "analysis/plot/gnuplot.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "analysis/text/ascii.hpp"
#include "harness/support/file.hpp"

extern "C" char** environ;

namespace zp::analysis {
namespace {

// Okabe and Ito's colours, told apart by every kind of colour vision; yellow is left out (too
// light on white), black and white swap with the theme.
constexpr std::array kColours{"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                              "#E69F00", "#56B4E9", "#7F7F7F"};
constexpr std::array kPoints{7, 5, 9, 13, 11, 6, 4, 8};

constexpr std::size_t kDumbColumns = 74;

// Letters above the plot; of a narrow picture also room for the key below it.
constexpr std::size_t kNarrowColumns = 31, kWideColumns = 88;
constexpr int kNarrowExtraPx = 160;

bool is_narrow(const Picture& picture) {
  return picture.extension != "txt" && picture.width_px <= kNarrowPx;
}

int height_of(const Plot& plot, const Picture& picture) {
  return plot.height_px + (is_narrow(picture) ? kNarrowExtraPx : 0);
}

std::string terminal(const Plot& plot, const Picture& picture) {
  const auto shades = shades_of(picture.theme);
  if (picture.extension == "txt")
    return fmt::format("set terminal dumb size {}, {} noenhanced\n", kDumbColumns,
                       plot.height_lines);
  if (picture.extension == "png")
    return fmt::format(
        "set terminal pngcairo size {},{} noenhanced font 'DejaVu Sans,{}' "
        "background rgb '{}'\n",
        picture.width_px, height_of(plot, picture), picture.font_px * 3 / 4, shades.paper);
  return fmt::format(
      "set terminal svg size {},{} noenhanced dynamic name 'zpanalyze' font 'DejaVu Sans,{}' "
      "background rgb '{}'\n",
      picture.width_px, height_of(plot, picture), picture.font_px, shades.paper);
}

// `narrow` is there for what a plot itself does otherwise then.
std::string width_settings(const Picture& picture) {
  return is_narrow(picture) ? "narrow = 1\nset key below height 1\nset xlabel font ',10'\n"
                            : "narrow = 0\n";
}

// Above a picture made of letters a line of gnuplot's that is too wide is left out: tidy_text()
// writes it.
std::string title_setting(const PlotTitle& title, const Picture& picture) {
  if (picture.extension == "txt") return "unset title\n";
  // gnuplot reads \n only in double quotes: the two safe strings are joined by one.
  std::vector<std::string> lines;
  for (const auto& words : {title.what, title.conditions, title.host}) {
    if (words.empty() && !lines.empty()) continue;
    const bool narrow = is_narrow(picture);
    const auto text = printable(narrow ? words : shorten(words, 2 * kWideColumns));
    for (const auto& line : wrap(text, narrow ? kNarrowColumns : kWideColumns))
      lines.push_back(plot_text(line));
  }
  return fmt::format("set title {}\n", fmt::join(lines, ".\"\\n\"."));
}

std::string theme_settings(Theme theme) {
  const auto [paper, ink, grid] = shades_of(theme);
  std::string text = fmt::format(
      "set border 3 lc rgb '{0}'\nset tics nomirror out textcolor rgb '{0}'\n"
      "set title textcolor rgb '{0}'\nset key textcolor rgb '{0}'\n"
      "set xlabel textcolor rgb '{0}'\nset ylabel textcolor rgb '{0}'\n"
      "set key title textcolor rgb '{0}'\nset grid lc rgb '{1}' lw 1 lt 1\nink = {2}\ngrid_colour "
      "= {3}\n",
      ink, grid, fmt::format("0x{}", ink + 1), fmt::format("0x{}", grid + 1));
  for (std::size_t i = 0; i < kPoints.size(); ++i)
    text += fmt::format("set linetype {} lc rgb '{}' lw 2 pt {} ps 0.8\n", i + 1,
                        i < kColours.size() ? kColours[i] : ink, kPoints[i]);
  return text;
}

struct Finished {
  int status;
  std::string words;  // what it wrote to stderr
};

// How it ended, in words; "" when it ended well.
std::string failure_of(int status) {
  if (WIFSIGNALED(status)) return fmt::format("ended by signal {}", WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return fmt::format("exit code {}", WEXITSTATUS(status));
  return {};
}

Outcome<Finished> run_in(const std::string& directory, const std::string& script) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0)
    return fail(ExitCode::kCannotRun, "pipe: {}", std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 2);
  // -d: no ~/.gnuplot: pictures do not depend on who draws them.
  std::string program = "gnuplot", option = "-d", file = script;
  char* arguments[] = {program.data(), option.data(), file.data(), nullptr};
  pid_t child = 0;
  const int failed = posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  Finished finished{};
  std::array<char, 4096> buffer;
  for (ssize_t got = 0;
       failed == 0 && (got = read(pipe_ends[0], buffer.data(), buffer.size())) != 0;) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    finished.words.append(buffer.data(), static_cast<std::size_t>(got));
  }
  close(pipe_ends[0]);
  if (failed == ENOENT && !find_program(program))
    return fail(ExitCode::kCannotRun, "gnuplot is not installed (Debian: gnuplot-nox)");
  if (failed != 0)
    return fail(ExitCode::kCannotRun, "gnuplot can't be started in {}: {}", directory,
                std::strerror(failed));
  // Where SIGCHLD is ignored there is no status to be had: the pictures show it.
  while (waitpid(child, &finished.status, 0) < 0 && errno == EINTR) {
  }
  return finished;
}

// A picture of letters, below what it shows.
Outcome<void> write_text(const std::string& path, const PlotTitle& title, std::string text) {
  const auto below = title.conditions.empty() || title.host.empty()
                         ? title.conditions + title.host
                         : title.conditions + "; " + title.host;
  for (const auto& words : {below, title.what})
    if (!words.empty()) text.insert(0, paragraph(shorten(words, 200), kDumbColumns));
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text << kTextMark << '\n';
  out.close();
  if (!out) return fail(ExitCode::kUsage, "{}: can't be written", path);
  return {};
}

// The dumb terminal starts with a form feed and pads its lines: neither belongs in a mail.
Outcome<void> tidy_text(const std::string& path, const PlotTitle& title) {
  std::ifstream in(path, std::ios::binary);
  std::string tidy, line;
  while (std::getline(in, line)) {
    std::erase(line, '\f');
    line.erase(line.find_last_not_of(' ') + 1);
    if (!line.empty() || !tidy.empty()) tidy += line + '\n';
  }
  while (tidy.ends_with("\n\n")) tidy.pop_back();
  return write_text(path, title, std::move(tidy));
}

// Nothing in it is code to gnuplot, or ends a CDATA section, as which it writes titles into an SVG.
std::string harmless(std::string_view text) {
  auto safe = printable(text);
  for (char& c : safe)
    if (std::string_view("'\"`\\$@").find(c) != std::string_view::npos) c = '?';
  for (auto at = safe.find("]]>"); at != safe.npos; at = safe.find("]]>")) safe[at + 2] = '?';
  return safe;
}

std::string one_line(std::string words) {
  std::ranges::replace(words, '\n', ' ');
  return shorten(words, 300);
}

}  // namespace

std::string plot_text(std::string_view text, std::size_t longest) {
  return "'" + harmless(shorten(text, longest)) + "'";
}

std::vector<std::string> plot_labels(const std::vector<std::string>& texts, std::size_t longest) {
  auto labels = distinct_labels(texts, longest, harmless);
  for (auto& label : labels) label = "'" + label + "'";
  return labels;
}

std::string tics_at(const std::vector<std::string>& texts, std::size_t longest,
                    const std::vector<double>& places) {
  const auto labels = plot_labels(texts, longest);
  std::string tics;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (i > 0) tics += ", ";
    for (const char c : labels[i]) tics += c == '%' ? "%%" : std::string(1, c);
    tics += fmt::format(" {}", places[i]);
  }
  return tics;
}

std::string tics_of(const std::vector<std::string>& texts, std::size_t longest) {
  const std::size_t step = (texts.size() + kMostTics - 1) / kMostTics;
  std::vector<std::string> shown;
  std::vector<double> places;
  for (std::size_t i = 0; i < texts.size(); i += step) {
    shown.push_back(texts[i]);
    places.push_back(static_cast<double>(i));
  }
  return tics_at(shown, longest, places);
}

std::string gnuplot_script(const Plot& plot, const std::vector<Picture>& pictures) {
  std::string text =
      std::string(kScriptStart) + plot.name + "; run it with: gnuplot " + plot.name + ".gp\n";
  text += plot.setup;
  for (const auto& picture : pictures)
    text += terminal(plot, picture) + theme_settings(picture.theme) + width_settings(picture) +
            title_setting(plot.title, picture) +
            (picture.extension == "txt" ? "unset grid\nunset colorbox\n" : "set colorbox\n") +
            fmt::format("set output '{}.{}'\n", plot.name, picture.extension) + plot.draw +
            "unset output\n";
  return text;
}

Picture narrow_svg() {
  return {.extension = "svg", .width_px = kNarrowPx, .font_px = 12};
}

Outcome<std::vector<std::string>> draw(const Plot& plot, const std::vector<Picture>& pictures,
                                       const std::string& directory) {
  const auto file = plot.name + ".gp";
  const auto path_of = [&](const Picture& picture) {
    return fmt::format("{}/{}.{}", directory, plot.name, picture.extension);
  };
  const auto is_of_letters = [&](const Picture& picture) {
    return picture.extension == "txt" && !plot.letters.empty();
  };
  std::vector<Picture> drawn;
  std::remove_copy_if(pictures.begin(), pictures.end(), std::back_inserter(drawn), is_of_letters);
  const auto path = directory + "/" + file;
  std::ofstream script(path, std::ios::binary);
  script << gnuplot_script(plot, drawn);
  script.close();
  if (!script) return fail(ExitCode::kUsage, "{}: can't be written", path);
  std::string words = "no message";
  if (!drawn.empty()) {
    const auto finished = run_in(directory, file);
    if (!finished) return fail(finished);
    if (!finished->words.empty()) words = one_line(finished->words);
    if (const auto failure = failure_of(finished->status); !failure.empty()) {
      for (const auto& picture : drawn) {  // what it left may be half a picture
        std::error_code ignored;
        std::filesystem::remove(path_of(picture), ignored);
      }
      return fail(ExitCode::kCannotRun, "gnuplot failed on {} ({}): {}", file, failure, words);
    }
  }
  std::vector<std::string> paths;
  for (const auto& picture : pictures) {
    paths.push_back(path_of(picture));
    if (is_of_letters(picture)) {
      if (auto written = write_text(paths.back(), plot.title, plot.letters); !written)
        return fail(written);
      continue;
    }
    std::error_code missing;
    if (std::filesystem::file_size(paths.back(), missing) == 0 || missing)
      return fail(ExitCode::kCannotRun, "gnuplot made no {}.{}: {}", plot.name, picture.extension,
                  words);
    if (picture.extension != "txt") continue;
    if (const auto tidied = tidy_text(paths.back(), plot.title); !tidied) return fail(tidied);
  }
  return paths;
}

}  // namespace zp::analysis
