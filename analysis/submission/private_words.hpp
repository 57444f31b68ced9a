// SPDX-License-Identifier: MIT
// What in a run shows whose machine it was.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace zp::analysis {

inline constexpr std::string_view kAnonymous = "anonymous";

// The names of a run's hosts, and the words in its texts that give somebody away.
class PrivateWords {
 public:
  // Names that many machines have say nothing: localhost, vm, qemu-s390x, anonymous. Nor are words
  // that texts of every run have looked for in them: quick, json.
  void add_host(std::string_view name);
  [[nodiscard]] static bool is_nobodys(std::string_view name);

  // `text` without the hosts' names, where they are words of whatever case, with their domains, and
  // without the folders that are not the same on every machine: of a path in them the file's name
  // is left.
  [[nodiscard]] std::string without(std::string_view text) const;

 private:
  std::set<std::string, std::less<>> hosts_;  // in small letters
};

// Keys whose value is a host's name.
bool names_host(std::string_view key);
// Keys that tell one machine from all others: serial numbers, UUIDs, addresses of network cards.
bool names_machine(std::string_view key);
// Keys of facts in which a host's name would be no more than the same word: "kvm".
bool is_fact(std::string_view key);

// "/usr/local/bin/zpbench" -> "zpbench".
std::string_view file_part(std::string_view path);

}  // namespace zp::analysis
