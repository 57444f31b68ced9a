// SPDX-License-Identifier: MIT
#include "analysis/submission/private_words.hpp"

#include <algorithm>
#include <array>

namespace zp::analysis {
namespace {

constexpr std::array<std::string_view, 7> kNobodys{
    "", kAnonymous, "localhost", "localhost.localdomain", "(none)", "vm", "guest"};
// Where every machine has the same; every other folder is somebody's own.
constexpr std::array<std::string_view, 11> kEverybodys{"/bin/",  "/boot/",  "/dev/",  "/etc/",
                                                       "/lib/",  "/lib64/", "/proc/", "/run/",
                                                       "/sbin/", "/sys/",   "/usr/"};

bool is_word_sign(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// Where `word` stands in `text` with no letter beside it, from `begin` on.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t begin) {
  for (auto at = text.find(word, begin); at != text.npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_word_sign(text[at - 1])) &&
        (end == text.size() || !is_word_sign(text[end])))
      return at;
  }
  return text.npos;
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
    const bool begins = text[at] == '/' && (at == 0 || kBefore.find(text[at - 1]) != kBefore.npos);
    const auto end = begins ? end_of_path(text, at) : at;
    auto path = text.substr(at, end - at);
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

bool PrivateWords::is_nobodys(std::string_view host) {
  return host.starts_with("qemu-") || std::ranges::find(kNobodys, host) != kNobodys.end();
}

void PrivateWords::add_host(std::string_view name) {
  if (is_nobodys(name)) return;
  hosts_.emplace(name);
  // A fully qualified one gives itself away by its first part, too.
  const auto first = name.substr(0, name.find('.'));
  if (!is_nobodys(first)) hosts_.emplace(first);
}

std::string PrivateWords::without(std::string_view text) const {
  std::string rest(text);
  // Longer names first: host.example.org before host.
  for (auto host = hosts_.rbegin(); host != hosts_.rend(); ++host)
    for (auto at = find_word(rest, *host, 0); at != rest.npos;
         at = find_word(rest, *host, at + kAnonymous.size()))
      rest.replace(at, host->size(), kAnonymous);
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
