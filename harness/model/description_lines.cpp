// SPDX-License-Identifier: MIT
#include "harness/model/description_lines.hpp"

#include <algorithm>
#include <array>

#include "harness/support/nearest.hpp"

namespace zp::model {
namespace {

constexpr std::string_view kFirstLine = "zp-cpu-1";

// The keys a level of caches and of TLBs has; "l2.ways", "dtlb1.entries".
constexpr std::array kCacheKeys{"size_bytes", "ways", "line_bytes", "replacement",
                                "latency_cycles"};
constexpr std::array kFirstCacheKeys{"synonyms", "utag_bits", "synonym_bits", "coherency_bits"};
constexpr std::array kTlbKeys{"entries",         "ways",        "page_sizes_bytes",
                              "pages_per_entry", "replacement", "extra_cycles"};
constexpr std::array kSingleKeys{"page_bytes",
                                 "nested_page_bytes",
                                 "zero_page_colours",
                                 "prefetch",
                                 "dtlb.lookup",
                                 "memory.latency_cycles",
                                 "synonym.latency_cycles",
                                 "exception.latency_cycles",
                                 "walk.latency_cycles",
                                 "clock_ghz",
                                 "loop.sequential_cycles",
                                 "loop.random_cycles",
                                 "loop.dependent_cycles",
                                 "overlap.same_line_cycles",
                                 "overlap.next_line_cycles",
                                 "overlap.same_set_cycles",
                                 "overlap.same_set_synonym_cycles",
                                 "overlap.shuffled_same_set_synonym_cycles",
                                 "overlap.lines_cycles",
                                 "overlap.l3_cycles",
                                 "overlap.l3_entry_cycles",
                                 "overlap.l4_cycles",
                                 "overlap.memory_cycles",
                                 "overlap.walk_cycles",
                                 "overlap.shuffled_walk_cycles"};

const std::vector<std::string>& all_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all(kSingleKeys.begin(), kSingleKeys.end());
    for (std::size_t level = 0; level < kMaxCaches; ++level)
      for (const char* key : kCacheKeys)
        all.push_back(fmt::format("{}.{}", cache_name(level), key));
    for (const char* key : kFirstCacheKeys) all.push_back(fmt::format("l1d.{}", key));
    for (std::size_t level = 0; level < kMaxTlbs; ++level)
      for (const char* key : kTlbKeys) all.push_back(fmt::format("{}.{}", tlb_name(level), key));
    return all;
  }();
  return keys;
}

std::string_view next_word(std::string_view& rest) {
  const auto start = rest.find_first_not_of(" \t");
  if (start == std::string_view::npos) return rest = {};
  const auto end = std::min(rest.find_first_of(" \t", start), rest.size());
  const std::string_view word = rest.substr(start, end - start);
  rest.remove_prefix(end);
  return word;
}
std::string_view trimmed(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\r");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r") + 1 - start);
}

}  // namespace

std::string cache_name(std::size_t level) {
  return level == 0 ? "l1d" : fmt::format("l{}", level + 1);
}
std::string tlb_name(std::size_t level) {
  return fmt::format("dtlb{}", level + 1);
}

Outcome<void> DescriptionLines::read(std::string_view text) {
  bool first = true;
  while (!text.empty()) {
    ++line_;
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    for (const char c : line)
      if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r')
        return wrong("control character {:#04x}; this is a text file",
                     static_cast<unsigned>(static_cast<unsigned char>(c)));
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    if (first && line != kFirstLine)
      return wrong("not a CPU description; its first line must be '{}'", kFirstLine);
    if (!first)
      if (auto ok = take(line); !ok) return ok;
    first = false;
  }
  if (first) return wrong("empty; a CPU description begins with the line '{}'", kFirstLine);
  if (name.empty()) return wrong("no line 'name NAME'");
  return {};
}

Outcome<void> DescriptionLines::take(std::string_view line) {
  std::string_view rest = line;
  const std::string key(next_word(rest));
  if (key == "name" || key == "about") {
    std::string& target = key == "name" ? name : about;
    if (!target.empty()) return wrong("a second '{}'; keep one", key);
    target = trimmed(rest);
    if (target.empty()) return wrong("'{}' without a text", key);
    return {};
  }
  if (key == "source") {
    const std::string id(next_word(rest));
    if (trimmed(rest).empty()) return wrong("write 'source ID TEXT': where it can be read");
    if (id == "uncertain") return wrong("'uncertain' marks figures; call the source otherwise");
    if (!sources_.emplace(id, trimmed(rest)).second) return wrong("a second source '{}'", id);
    return {};
  }
  return take_figure(key, rest);
}

Outcome<void> DescriptionLines::take_figure(const std::string& key, std::string_view rest) {
  if (std::ranges::find(all_keys(), key) == all_keys().end()) {
    const std::string close = nearest<std::string>(key, all_keys());
    return wrong("unknown key '{}'{}", key, close.empty() ? "" : "; did you mean " + close + "?");
  }
  const auto same = [&](const SourcedFigure& figure) { return figure.key == key; };
  const auto before = std::ranges::find_if(figures, same);
  if (before != figures.end())
    return wrong("a second '{}'; the first is in line {}", key, before->line);
  SourcedFigure figure{key, std::string(next_word(rest)), {}, false, line_};
  const std::string id(next_word(rest));
  const std::string_view detail = trimmed(rest);
  if (figure.value.empty()) return wrong("'{}' without a value", key);
  if (id.empty())
    return wrong(
        "'{}' without a source; write 'KEY VALUE SOURCE [where in it]', or "
        "'KEY VALUE uncertain WHY'",
        key);
  if (id == "uncertain") {
    if (detail.empty()) return wrong("'{}' is uncertain, but not why", key);
    figure.uncertain = true;
    figure.source = detail;
  } else {
    const auto source = sources_.find(id);
    if (source == sources_.end())
      return wrong("unknown source '{}'; write a line 'source {} TEXT' above", id, id);
    figure.source = source->second;
    if (!detail.empty()) figure.source.append(", ").append(detail);
  }
  figures.push_back(std::move(figure));
  return {};
}

}  // namespace zp::model
