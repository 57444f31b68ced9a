// SPDX-License-Identifier: MIT
#include "analysis/submission/private_words.hpp"

#include <algorithm>
#include <array>

namespace zp::analysis {
namespace {

constexpr std::array<std::string_view, 7> kNobodys{
    "", kAnonymous, "localhost", "localhost.localdomain", "(none)", "vm", "guest"};
constexpr std::string_view kHome = "/home/";

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
  return std::any_of(starts.begin(), starts.end(),
                     [text](std::string_view start) { return text.starts_with(start); });
}

}  // namespace

bool PrivateWords::is_nobodys(std::string_view host) {
  return host.starts_with("qemu-") ||
         std::find(kNobodys.begin(), kNobodys.end(), host) != kNobodys.end();
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
  for (auto at = rest.find(kHome); at != rest.npos; at = rest.find(kHome, at + 1)) {
    const auto begin = at + kHome.size();
    const auto end = std::min(rest.find_first_of("/ \t\n'\";:,", begin), rest.size());
    if (end > begin) rest.replace(begin, end - begin, kAnonymous);
  }
  return rest;
}

bool names_host(std::string_view key) {
  return key == "host" || key == "host_name";
}

bool names_machine(std::string_view key) {
  constexpr std::array<std::string_view, 6> kWords{"serial",     "uuid",      "machine_id",
                                                   "machine-id", "asset_tag", "mac_address"};
  return std::any_of(kWords.begin(), kWords.end(),
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
