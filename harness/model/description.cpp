// SPDX-License-Identifier: MIT
#include "harness/model/description.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>

#include "harness/model/description_lines.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp::model {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;
constexpr unsigned kMostJoinedBits = 8;

constexpr std::uint64_t kLargestPage = 16 << 20;
constexpr std::uint64_t kLargestMapping = 1 << 30;  // by one entry
constexpr double kShortestCycles = 0.1;

// Typed values out of the figures. The first error is kept; what follows it is not looked at.
class Builder {
 public:
  explicit Builder(const DescriptionLines& lines) : lines_(lines) {}

  Outcome<Description> build() {
    Description cpu;
    cpu.name = lines_.name;
    cpu.about = lines_.about;
    cpu.figures = lines_.figures;
    if (has("page_bytes")) cpu.page_bytes = size("page_bytes");
    if (cpu.page_bytes > kLargestPage) note("page_bytes", "more than any CPU's base page");
    if (has("nested_page_bytes")) cpu.nested_page_bytes = size("nested_page_bytes");
    if (cpu.nested_page_bytes &&
        (!std::has_single_bit(*cpu.nested_page_bytes) || *cpu.nested_page_bytes > kLargestMapping))
      note("nested_page_bytes", "not a size of pages");
    if (has("zero_page_colours")) cpu.zero_page_colours = number("zero_page_colours");
    if (cpu.zero_page_colours && !std::has_single_bit(*cpu.zero_page_colours))
      note("zero_page_colours", "not a power of two");
    for (std::size_t level = 0; level < kMaxCaches && has_any(cache_name(level)); ++level) {
      cpu.geometry.caches.push_back(cache(cache_name(level)));
      const auto hit = range(cache_name(level) + ".latency_cycles");
      if (hit && hit->low < kShortestCycles)
        note(cache_name(level) + ".latency_cycles", "a hit takes longer than that");
      cpu.latencies.caches[level] = hit;
    }
    for (std::size_t level = 0; level < kMaxTlbs && has_any(tlb_name(level)); ++level) {
      cpu.geometry.tlbs.push_back(tlb(tlb_name(level)));
      cpu.latencies.tlbs[level] = range(tlb_name(level) + ".extra_cycles");
    }
    check_no_gap(cpu.geometry);
    cpu.geometry.synonyms = choice(
        "l1d.synonyms", std::array{SynonymRule::kNone, SynonymRule::kUtag, SynonymRule::kDuplicate,
                                   SynonymRule::kExclusive, SynonymRule::kLogicalTag,
                                   SynonymRule::kVirtualCoherency});
    if (has("l1d.utag_bits")) cpu.geometry.utag_bits = hash_bits("l1d.utag_bits");
    if (const auto bits = bit_range("l1d.synonym_bits")) cpu.geometry.synonym_bits = bits;
    if (const auto bits = bit_range("l1d.coherency_bits")) cpu.geometry.coherency_bits = *bits;
    if (has("prefetch"))
      cpu.geometry.prefetch =
          choice("prefetch", std::array{Prefetch::kNone, Prefetch::kNextLine, Prefetch::kStride});
    if (has("dtlb.lookup")) {
      const std::string& when = figure("dtlb.lookup")->value;
      cpu.geometry.translate_on_miss = when == "l1_miss";
      if (when != "always" && when != "l1_miss") note("dtlb.lookup", "write always or l1_miss");
    }
    cpu.latencies.memory = range("memory.latency_cycles");
    cpu.latencies.synonym = range("synonym.latency_cycles");
    cpu.latencies.exception = range("exception.latency_cycles");
    cpu.latencies.walk = range("walk.latency_cycles");
    cpu.overlap = overlap();
    cpu.loop = {range("loop.sequential_cycles"), range("loop.random_cycles"),
                range("loop.dependent_cycles")};
    cpu.clock_ghz = range("clock_ghz");
    if (error_) return tl::make_unexpected(*error_);
    if (auto ok = check(cpu.geometry); !ok)
      return fail(ExitCode::kUsage, "{}: {}", lines_.file(), ok.error().message);
    return cpu;
  }

 private:
  const SourcedFigure* figure(const std::string& key) const {
    for (const SourcedFigure& candidate : lines_.figures)
      if (candidate.key == key) return &candidate;
    return nullptr;
  }
  bool has(const std::string& key) const { return figure(key) != nullptr; }
  bool has_any(const std::string& level) const {
    return std::ranges::any_of(lines_.figures, [&](const SourcedFigure& candidate) {
      return candidate.key.compare(0, level.size() + 1, level + ".") == 0;
    });
  }
  void note(const std::string& key, std::string_view what) {
    if (error_) return;
    const SourcedFigure* at = figure(key);
    error_ = at != nullptr ? Error{ExitCode::kUsage,
                                   fmt::format("{}:{}: {}: {}", lines_.file(), at->line, key, what)}
                           : Error{ExitCode::kUsage,
                                   fmt::format("{}: no '{}': {}", lines_.file(), key, what)};
  }
  const std::string& text(const std::string& key) {
    static const std::string kNothing;
    const SourcedFigure* at = figure(key);
    if (at == nullptr) note(key, "add it, with its source or 'uncertain' and why");
    return at == nullptr ? kNothing : at->value;
  }

  std::uint64_t size(const std::string& key) {
    const auto parsed = parse_size_bytes(text(key));
    if (!parsed) note(key, parsed.error().message);
    return parsed.value_or(0);
  }
  std::uint32_t number(const std::string& key) {
    const std::string& value = text(key);
    const auto parsed = parse_whole<std::uint32_t>(value);
    if (!parsed) note(key, fmt::format("'{}' is not a whole number", value));
    return parsed.value_or(0);
  }

  // "14", "12-14" or "3.5-4".
  std::optional<Range> range(const std::string& key) {
    if (!has(key)) return std::nullopt;
    const std::string& value = text(key);
    const auto dash = value.find('-');
    const auto low = cycles(value.substr(0, dash));
    const auto high = dash == std::string::npos ? low : cycles(value.substr(dash + 1));
    if (!low || !high || *low > *high) {
      note(key, fmt::format("'{}' is not a number of cycles; write 14 or 12-16", value));
      return std::nullopt;
    }
    return Range{*low, *high};
  }
  static std::optional<double> cycles(const std::string& value) {
    const auto parsed = parse_whole<double>(value, std::chars_format::fixed);
    return parsed && std::isfinite(*parsed) && *parsed >= 0 ? parsed : std::nullopt;
  }

  template <class Value, std::size_t kCount>
  Value choice(const std::string& key, const std::array<Value, kCount>& values) {
    const std::string& word = text(key);
    std::vector<std::string_view> names;
    for (const Value value : values) {
      names.push_back(name_of(value));
      if (names.back() == word) return value;
    }
    note(key, fmt::format("'{}' is not one of {}", word, fmt::join(names, ", ")));
    return values[0];
  }

  Overlap overlap() {
    Overlap overlap;
    overlap.same_line = range("overlap.same_line_cycles");
    overlap.next_line = range("overlap.next_line_cycles");
    overlap.same_set = range("overlap.same_set_cycles");
    overlap.same_set_synonym = range("overlap.same_set_synonym_cycles");
    overlap.shuffled_same_set_synonym = range("overlap.shuffled_same_set_synonym_cycles");
    overlap.lines = range("overlap.lines_cycles");
    for (std::size_t level = 2; level < kMaxCaches; ++level)
      overlap.caches[level] = range(fmt::format("overlap.{}_cycles", cache_name(level)));
    overlap.memory = range("overlap.memory_cycles");
    overlap.l3_entry = range("overlap.l3_entry_cycles");
    overlap.walk = range("overlap.walk_cycles");
    overlap.shuffled_walk = range("overlap.shuffled_walk_cycles");
    return overlap;
  }

  // A whole number at the start of `text`, which is moved on behind it.
  static std::optional<unsigned> leading_number(std::string_view& text) {
    unsigned parsed = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (failed != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return parsed;
  }

  // "12-14"
  std::optional<std::pair<unsigned, unsigned>> bit_range(const std::string& key) {
    if (!has(key)) return std::nullopt;
    std::string_view rest = text(key);
    const auto low = leading_number(rest);
    const bool dash = low && rest.substr(0, 1) == "-";
    if (dash) rest.remove_prefix(1);
    const auto high = dash ? leading_number(rest) : std::nullopt;
    if (high && rest.empty()) return std::pair(*low, *high);
    note(key, fmt::format("'{}' is not a range of address bits; write LOW-HIGH, for example 12-14",
                          text(key)));
    return std::nullopt;
  }

  // "12^27,13^26,28": masks of the address bits that each bit of the hash is the parity of.
  std::vector<std::uint64_t> hash_bits(const std::string& key) {
    std::vector<std::uint64_t> masks;
    std::string_view rest = text(key);
    while (!rest.empty()) {
      const std::string_view item = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(item.size() + 1, rest.size()));
      const std::uint64_t mask = hash_bit(item);
      if (mask == 0) {
        note(key, fmt::format("'{}' is not a bit of a hash; write an address bit, 28, or up to {} "
                              "different ones, 12^27",
                              item, kMostJoinedBits));
        return {};
      }
      masks.push_back(mask);
    }
    return masks;
  }
  static std::uint64_t hash_bit(std::string_view item) {
    std::uint64_t mask = 0;
    for (unsigned joined = 0; joined < kMostJoinedBits; ++joined) {
      const auto bit = leading_number(item);
      if (!bit || *bit > 63 || ((mask >> *bit) & 1U) != 0) return 0;
      mask |= std::uint64_t{1} << *bit;
      if (item.empty()) return mask;
      if (item.front() != '^') return 0;
      item.remove_prefix(1);
    }
    return 0;
  }

  Replacement replacement(const std::string& key) {
    return choice(key, std::array{Replacement::kLru, Replacement::kFifo, Replacement::kRandom,
                                  Replacement::kTreePlru});
  }

  CacheGeometry cache(const std::string& level) {
    CacheGeometry cache;
    cache.size_bytes = size(level + ".size_bytes");
    cache.ways = number(level + ".ways");
    cache.line_bytes = number(level + ".line_bytes");
    cache.replacement = replacement(level + ".replacement");
    return cache;
  }

  TlbGeometry tlb(const std::string& level) {
    TlbGeometry tlb;
    tlb.entries = number(level + ".entries");
    tlb.ways = text(level + ".ways") == "full" ? tlb.entries : number(level + ".ways");
    tlb.replacement = replacement(level + ".replacement");
    if (has(level + ".pages_per_entry")) tlb.pages_per_entry = number(level + ".pages_per_entry");
    std::string_view rest = text(level + ".page_sizes_bytes");
    while (!rest.empty()) {
      const std::string_view item = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(item.size() + 1, rest.size()));
      const auto bytes = parse_size_bytes(item);
      if (!bytes) note(level + ".page_sizes_bytes", bytes.error().message);
      tlb.page_sizes_bytes.push_back(bytes.value_or(0));
    }
    return tlb;
  }

  // l1d and l3 without l2.
  void check_no_gap(const Geometry& geometry) {
    for (const SourcedFigure& candidate : lines_.figures) {
      for (std::size_t level = geometry.caches.size(); level < kMaxCaches; ++level)
        if (candidate.key.compare(0, 3, cache_name(level) + ".") == 0)
          note(candidate.key, fmt::format("there is no {}", cache_name(geometry.caches.size())));
      for (std::size_t level = geometry.tlbs.size(); level < kMaxTlbs; ++level)
        if (candidate.key.compare(0, 6, tlb_name(level) + ".") == 0)
          note(candidate.key, fmt::format("there is no {}", tlb_name(geometry.tlbs.size())));
    }
  }

  const DescriptionLines& lines_;
  std::optional<Error> error_;
};

}  // namespace

Outcome<Description> parse_description(std::string_view text, std::string_view file) {
  DescriptionLines lines(file);
  if (auto ok = lines.read(text); !ok) return fail(ok);
  return Builder(lines).build();
}

Outcome<Description> load_description(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    return fail(ExitCode::kUsage, "{}: cannot read the CPU description: {}", path,
                std::strerror(errno));
  std::string text(kLargestFile + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || (stream.gcount() == 0 && !stream.eof()))
    return fail(ExitCode::kUsage, "{}: cannot read the CPU description; is it a file?", path);
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kLargestFile)
    return fail(ExitCode::kUsage, "{}: over 1 MiB; this is not a CPU description", path);
  return parse_description(text, path);
}

}  // namespace zp::model
