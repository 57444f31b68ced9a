// SPDX-License-Identifier: MIT
#include "analysis/submission/private_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace zp::analysis {
namespace {

constexpr std::array<std::string_view, 7> kNobodys{
    "", kAnonymous, "localhost", "localhost.localdomain", "(none)", "vm", "guest"};
// Where every machine has the same; every other folder is somebody's own.
constexpr std::array<std::string_view, 11> kEverybodys{"/bin/",  "/boot/",  "/dev/",  "/etc/",
                                                       "/lib/",  "/lib64/", "/proc/", "/run/",
                                                       "/sbin/", "/sys/",   "/usr/"};

// Words that texts of every run have: a host called so is not what they speak of.
constexpr std::array<std::string_view, 52> kOfTheFormat{
    "aggregate",   "always",    "ancestor",   "arch",     "auto",   "big",     "boot",
    "census",      "claims",    "complete",   "cpu",      "cycles", "data",    "debates",
    "debug",       "disturbed", "error",      "failed",   "false",  "full",    "instruction",
    "interrupted", "iteration", "json",       "kernel",   "kvm",    "linux",   "little",
    "madvise",     "manifest",  "matrix",     "memory",   "never",  "none",    "page",
    "pass",        "passes",    "probe",      "programs", "quick",  "release", "root",
    "run",         "running",   "run-matrix", "skipped",  "strong", "true",    "unified",
    "weak",        "zpbench",   "zpbench-run"};

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return small;
}

bool is_word_sign(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// Where `word` stands in `text` with no sign of a word next to it, from `begin` on.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t begin) {
  for (auto at = text.find(word, begin); at != text.npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_word_sign(text[at - 1])) &&
        (end == text.size() || !is_word_sign(text[end])))
      return at;
  }
  return text.npos;
}

// "me@HOST.example.org": what is joined to the name from `begin` to `end` tells as much.
std::pair<std::size_t, std::size_t> with_domain(std::string_view text, std::size_t begin,
                                                std::size_t end) {
  const auto joins = [&](std::size_t at) {
    return at < text.size() && (is_word_sign(text[at]) || text[at] == '.' || text[at] == '@');
  };
  while (begin > 0 && joins(begin - 1)) --begin;
  while (joins(end) && (is_word_sign(text[end]) || joins(end + 1))) ++end;
  return {begin, end};
}

template <std::size_t n>
bool starts_with_any(std::string_view text, const std::array<std::string_view, n>& starts) {
  return std::ranges::any_of(starts,
                             [text](std::string_view start) { return text.starts_with(start); });
}

// Where the path that begins at `begin` ends; as a shell writes it, a backslash takes the sign
// along.
std::size_t end_of_path(std::string_view text, std::size_t begin) {
  constexpr std::string_view kEnds = " \t\n'\";:,()<>|&";
  auto at = begin;
  while (at < text.size() && kEnds.find(text[at]) == kEnds.npos) at += text[at] == '\\' ? 2U : 1U;
  return std::min(at, text.size());
}

// "/srv/lab7/mine.matrix" -> "mine.matrix"; a home is called by its user, so nothing is left of it.
std::string without_folders(std::string_view text) {
  constexpr std::string_view kBefore = " \t\n'\"=:,;(<>|&[";
  std::string rest;
  for (std::size_t at = 0; at < text.size();) {
    const bool begins = (text[at] == '/' || text[at] == '~') &&
                        (at == 0 || kBefore.find(text[at - 1]) != kBefore.npos);
    const auto end = begins ? end_of_path(text, at) : at;
    auto path = text.substr(at, end - at);
    // "file:///home/me/x"; an address of the web is everybody's.
    if (path.starts_with("//") && !rest.ends_with("http:") && !rest.ends_with("https:"))
      path.remove_prefix(std::min(path.find('/', 2), path.size()));
    while (path.ends_with('/')) path.remove_suffix(1);
    if (!begins || path.find('/', 1) == path.npos || path.starts_with("//") ||
        starts_with_any(path, kEverybodys)) {
      rest += text[at++];
      continue;
    }
    const auto file = file_part(path);
    rest += path == "/home/" + std::string(file) ? kAnonymous : file;
    at = end;
  }
  return rest;
}

}  // namespace

bool PrivateWords::is_nobodys(std::string_view name) {
  const auto host = in_small_letters(name);
  return host.starts_with("qemu-") || std::ranges::find(kNobodys, host) != kNobodys.end();
}

void PrivateWords::add_host(std::string_view name) {
  if (is_nobodys(name)) return;
  const auto add = [this](std::string_view word) {
    const bool number = word.find_first_not_of("0123456789") == word.npos;
    auto small = in_small_letters(word);
    if (!number && !is_nobodys(small) &&
        std::ranges::find(kOfTheFormat, small) == kOfTheFormat.end())
      hosts_.insert(std::move(small));
  };
  add(name);
  // A fully qualified one gives itself away by its first part, too, and where it is by the rest.
  const auto dot = name.find('.');
  if (dot == name.npos) return;
  add(name.substr(0, dot));
  if (const auto domain = name.substr(dot + 1); domain.find('.') != domain.npos) add(domain);
}

std::string PrivateWords::without(std::string_view text) const {
  std::string rest(text);
  // Longer names first: host.example.org before host.
  for (auto host = hosts_.rbegin(); host != hosts_.rend(); ++host) {
    auto small = in_small_letters(rest);
    for (auto at = find_word(small, *host, 0); at != small.npos;) {
      const auto [begin, end] = with_domain(small, at, at + host->size());
      for (auto* each : {&rest, &small}) each->replace(begin, end - begin, kAnonymous);
      at = find_word(small, *host, begin + kAnonymous.size());
    }
  }
  return without_folders(rest);
}

bool names_host(std::string_view key) {
  return key == "host" || key == "host_name";
}

bool names_machine(std::string_view key) {
  constexpr std::array<std::string_view, 6> kWords{"serial",     "uuid",      "machine_id",
                                                   "machine-id", "asset_tag", "mac_address"};
  return std::ranges::any_of(kWords,
                             [key](std::string_view word) { return key.find(word) != key.npos; });
}

bool is_fact(std::string_view key) {
  constexpr std::array<std::string_view, 12> kFacts{"arch",   "byte_order", "cache.",    "census",
                                                    "cpu.",   "kernel.",    "ksm.",      "machine.",
                                                    "model.", "probe.",     "benchmark", "thp."};
  return starts_with_any(key, kFacts);
}

std::string_view file_part(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

}  // namespace zp::analysis
