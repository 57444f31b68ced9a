// SPDX-License-Identifier: MIT
// The parts a benchmark's name can have (results/README.md, "Names"): what zpbench writes with, and
// what lists and exports have a column for.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/names/benchmark_name.hpp"

namespace zp {

struct NamePartKind {
  std::string_view key;     // in the name
  std::string_view column;  // in lists and exports: a word that SQL leaves free
  bool is_number;
};

// In the order of the name: those of reads first, then those of the other families.
inline constexpr std::array kNameParts{
    NamePartKind{"placement", "placement", false},
    NamePartKind{"table", "table_bytes", true},
    NamePartKind{"stride", "stride_bytes", true},
    NamePartKind{"walk", "walk", false},
    NamePartKind{"offset", "offset", false},
    NamePartKind{"share", "share", false},
    NamePartKind{"node", "node", true},
    NamePartKind{"register", "registered_by", false},
    NamePartKind{"threads", "threads", true},
    NamePartKind{"contents", "contents", false},
    NamePartKind{"use_zero_pages", "use_zero_pages", true},
    NamePartKind{"shrink_underused", "shrink_underused", true},
    NamePartKind{"zeros", "zeros", false},
    NamePartKind{"max_ptes_none", "max_ptes_none", false},
    NamePartKind{"sharers", "sharers", true},
    NamePartKind{"vmas", "vmas", true},
    NamePartKind{"mode", "mode", false},
    NamePartKind{"way", "way", false},
    NamePartKind{"from", "toggled_from", true},
    NamePartKind{"to", "toggled_to", true},
    NamePartKind{"huge_pages", "huge_pages", true},
    NamePartKind{"memory", "memory_bytes", true},
    NamePartKind{"merge_across_nodes", "merge_across_nodes", true},
    NamePartKind{"level", "cache_level", false},
    NamePartKind{"loop", "program_loop", false},
    NamePartKind{"zero_share", "zero_share_percent", true},
    NamePartKind{"order", "page_order", false},
    NamePartKind{"readers", "readers", true},
    NamePartKind{"cpus", "cpus", false},
    NamePartKind{"processes", "processes", true},
    NamePartKind{"figure", "figure", false},
    NamePartKind{"bit", "address_bit", true},
    NamePartKind{"bits", "address_bits", false},
    NamePartKind{"row", "hash_row", true},
    NamePartKind{"tlb", "tlb_level", true},
};

constexpr bool is_name_part(std::string_view key) {
  return std::ranges::find(kNameParts, key, &NamePartKind::key) != kNameParts.end();
}

// One of the keys above, or the program does not compile.
struct NamePartKey {
  std::string_view text;
  consteval NamePartKey(const char* key) : text(key) {
    if (!is_name_part(key)) throw "not in kNameParts";
  }
};

// "cow/placement:private/table:4096", part by part.
class NameWriter {
 public:
  explicit NameWriter(std::string_view family) { name_.family = family; }

  NameWriter& add(NamePartKey key, std::string_view value) {
    name_.parts.push_back({std::string(key.text), std::string(value)});
    return *this;
  }
  NameWriter& add(NamePartKey key, std::uint64_t value) {
    return add(key, std::string_view(std::to_string(value)));
  }

  [[nodiscard]] std::string text() const { return to_text(name_); }

 private:
  BenchmarkName name_;
};

}  // namespace zp
