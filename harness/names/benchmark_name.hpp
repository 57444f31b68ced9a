// SPDX-License-Identifier: MIT
// Benchmark names: `family/key:value/.../threads:N` (results/README.md), and anybody else's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zp {

// One `key:value` segment. A segment without a colon (`BM_x/1024`) gets the key argN, counted
// from 1.
struct NamePart {
  std::string key;
  std::string value;
  bool bare = false;  // it stood without a key
  bool operator==(const NamePart&) const = default;
};

struct BenchmarkName {
  std::string family;  // up to the first '/'
  std::vector<NamePart> parts;

  // A view into this name, which therefore must not be a temporary.
  std::optional<std::string_view> find(std::string_view key) const&;
  std::optional<std::string_view> find(std::string_view key) const&& = delete;
  bool operator==(const BenchmarkName&) const = default;
};

// Any text is a name; nothing is refused. The value of a part ends at the next '/', so that
// `placement:ksm_coloured:8` is one part.
BenchmarkName parse_name(std::string_view text);

// `family/key:value/...`, the inverse of parse_name.
std::string to_text(const BenchmarkName& name);

// Drops what Google Benchmark appends about HOW it ran, not what: /repeats:N /iterations:N
// /min_time:T /min_warmup_time:T. Two runs that differ only there measured the same cell.
// /real_time, /manual_time and /process_time stay: they say which clock the row is about.
std::string cell_name(std::string_view text);

// True for the suffixes that name a clock, which tables leave out.
bool is_clock_part(const NamePart& part);

// Orders values as people do: numbers by value, the rest by letters, numbers first.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace zp
