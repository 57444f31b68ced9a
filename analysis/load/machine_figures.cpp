// SPDX-License-Identifier: MIT
#include "analysis/load/result_file_builder.hpp"

#include <fmt/format.h>

#include <bit>

#include "harness/support/text.hpp"

namespace zp::analysis {
namespace {

struct Rule {
  std::string_view key;  // "cache.*.ways": of any level
  double least, most;
  enum class Kind { kNumber, kWhole, kPowerOfTwo } kind = Kind::kWhole;
};

constexpr double kMostBytes = 1ULL << 60;  // bytes
constexpr Rule kRules[] = {
    {"page_size_bytes", 1 << 10, 1 << 20, Rule::Kind::kPowerOfTwo},
    {"memory_bytes", 1, kMostBytes},
    {"cache.*.size_bytes", 1, kMostBytes},
    {"cache.*.line_bytes", 1, 1 << 16},
    {"cache.*.ways", 1, 1 << 16},
    {"cache.*.page_colours", 1, 1 << 20},
    {"zero_page.colours", 1, 1 << 20},
    {"numa.nodes", 1, 1 << 16},
    {"num_cpus", 1, 1 << 20},
    {"mhz_per_cpu", 1, 1e6, Rule::Kind::kNumber},
    {"probe.ghz", 1e-3, 1e3, Rule::Kind::kNumber},
};

bool stands_for(std::string_view pattern, std::string_view key) {
  const auto star = pattern.find('*');
  if (star == pattern.npos) return pattern == key;
  return key.size() > pattern.size() && key.starts_with(pattern.substr(0, star)) &&
         key.ends_with(pattern.substr(star + 1));
}

const Rule* rule_of(std::string_view key) {
  for (const auto& rule : kRules)
    if (stands_for(rule.key, key)) return &rule;
  return nullptr;
}

bool possible(const Rule& rule, std::string_view text) {
  if (rule.kind == Rule::Kind::kNumber) {
    const auto number = parse_whole<double>(text);
    return number && *number >= rule.least && *number <= rule.most;
  }
  const auto number = parse_whole<std::uint64_t>(text);
  return number && static_cast<double>(*number) >= rule.least &&
         static_cast<double>(*number) <= rule.most &&
         (rule.kind == Rule::Kind::kWhole || std::has_single_bit(*number));
}

// "" and words that say why there is none.
bool is_absent(std::string_view text) {
  return text.empty() || text.starts_with("absent") || text == "unknown";
}

}  // namespace

void drop_impossible(Context& context, Lost& lost) {
  std::erase_if(context, [&](const auto& entry) {
    const auto& [key, text] = entry;
    const auto* rule = rule_of(key);
    if (rule == nullptr || is_absent(text) || possible(*rule, text)) return false;
    if (key != "mhz_per_cpu") lost.add(fmt::format("{} '{}'", key, text));
    return true;
  });
}

}  // namespace zp::analysis
