// SPDX-License-Identifier: MIT
#include "harness/model/description.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>

#include "harness/support/nearest.hpp"
#include "harness/support/units.hpp"

namespace zp::model {
namespace {

constexpr std::string_view kFirstLine = "zp-cpu-1";
constexpr std::size_t kLargestFile = 1 << 20;

// The keys a level of caches and of TLBs has; "l2.ways", "dtlb1.entries".
constexpr std::array kCacheKeys{"size_bytes", "ways", "line_bytes", "replacement",
                                "latency_cycles"};
constexpr std::array kFirstCacheKeys{"synonyms", "utag_bits", "coherency_bits", "overlap_lookups"};
constexpr std::array kTlbKeys{"entries",         "ways",        "page_sizes_bytes",
                              "pages_per_entry", "replacement", "extra_cycles"};
constexpr std::array kSingleKeys{"page_bytes",
                                 "zero_page_colours",
                                 "prefetch",
                                 "dtlb.lookup",
                                 "memory.latency_cycles",
                                 "synonym.latency_cycles",
                                 "exception.latency_cycles",
                                 "walk.latency_cycles"};

std::string cache_name(std::size_t level) {
  return level == 0 ? "l1d" : fmt::format("l{}", level + 1);
}
std::string tlb_name(std::size_t level) {
  return fmt::format("dtlb{}", level + 1);
}

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

// Lines into figures; what they mean is Builder's affair.
class Lines {
 public:
  explicit Lines(std::string_view file) : file_(file) {}

  Outcome<void> read(std::string_view text) {
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

  template <class... Args>
  tl::unexpected<Error> wrong(fmt::format_string<Args...> format, Args&&... args) const {
    return fail(ExitCode::kUsage, "{}:{}: {}", file_, line_,
                fmt::format(format, std::forward<Args>(args)...));
  }
  tl::unexpected<Error> wrong_at(const Figure& figure, std::string_view what) const {
    return fail(ExitCode::kUsage, "{}:{}: {}: {}", file_, figure.line, figure.key, what);
  }

  std::string name;
  std::string about;
  std::vector<Figure> figures;

 private:
  Outcome<void> take(std::string_view line) {
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

  Outcome<void> take_figure(const std::string& key, std::string_view rest) {
    if (std::find(all_keys().begin(), all_keys().end(), key) == all_keys().end()) {
      const std::string close = nearest<std::string>(key, all_keys());
      return wrong("unknown key '{}'{}", key, close.empty() ? "" : "; did you mean " + close + "?");
    }
    const auto same = [&](const Figure& figure) { return figure.key == key; };
    const auto before = std::find_if(figures.begin(), figures.end(), same);
    if (before != figures.end())
      return wrong("a second '{}'; the first is in line {}", key, before->line);
    Figure figure{key, std::string(next_word(rest)), {}, false, line_};
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

  std::string file_;
  unsigned line_ = 0;
  std::map<std::string, std::string> sources_;
};

// Typed values out of the figures. The first error is kept; what follows it is not looked at.
class Builder {
 public:
  Builder(const Lines& lines, std::string_view file) : lines_(lines), file_(file) {}

  Outcome<Description> build() {
    Description cpu;
    cpu.name = lines_.name;
    cpu.about = lines_.about;
    cpu.figures = lines_.figures;
    if (has("page_bytes")) cpu.page_bytes = size("page_bytes");
    if (has("zero_page_colours")) cpu.zero_page_colours = number("zero_page_colours");
    if (cpu.zero_page_colours && !std::has_single_bit(*cpu.zero_page_colours))
      note("zero_page_colours", "not a power of two");
    for (std::size_t level = 0; level < kMaxCaches && has_any(cache_name(level)); ++level) {
      cpu.geometry.caches.push_back(cache(cache_name(level)));
      cpu.latencies.caches[level] = range(cache_name(level) + ".latency_cycles");
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
    if (has("l1d.utag_bits")) cpu.geometry.utag_bits = bit_pairs("l1d.utag_bits", '^');
    if (has("l1d.overlap_lookups")) cpu.geometry.overlap_lookups = number("l1d.overlap_lookups");
    if (has("l1d.coherency_bits")) {
      const auto bits = bit_pairs("l1d.coherency_bits", '-');
      if (bits.size() == 1)
        cpu.geometry.coherency_bits = bits[0];
      else
        note("l1d.coherency_bits", "write LOW-HIGH, for example 12-14");
    }
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
    if (error_) return tl::make_unexpected(*error_);
    if (auto ok = check(cpu.geometry); !ok)
      return fail(ExitCode::kUsage, "{}: {}", file_, ok.error().message);
    return cpu;
  }

 private:
  const Figure* figure(const std::string& key) const {
    for (const Figure& candidate : lines_.figures)
      if (candidate.key == key) return &candidate;
    return nullptr;
  }
  bool has(const std::string& key) const { return figure(key) != nullptr; }
  bool has_any(const std::string& level) const {
    return std::any_of(lines_.figures.begin(), lines_.figures.end(), [&](const Figure& candidate) {
      return candidate.key.compare(0, level.size() + 1, level + ".") == 0;
    });
  }
  void note(const std::string& key, std::string_view what) {
    if (error_) return;
    const Figure* at = figure(key);
    error_ = at != nullptr
                 ? lines_.wrong_at(*at, what).value()
                 : Error{ExitCode::kUsage, fmt::format("{}: no '{}': {}", file_, key, what)};
  }
  const std::string& text(const std::string& key) {
    static const std::string kNothing;
    const Figure* at = figure(key);
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
    std::uint32_t parsed = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (failed != std::errc() || end != value.data() + value.size())
      note(key, fmt::format("'{}' is not a whole number", value));
    return parsed;
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
    double parsed = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), parsed,
                                               std::chars_format::fixed);
    const bool whole = failed == std::errc() && end == value.data() + value.size();
    if (!whole || !std::isfinite(parsed) || parsed < 0) return std::nullopt;
    return parsed;
  }

  template <class Value, std::size_t kCount>
  Value choice(const std::string& key, const std::array<Value, kCount>& values) {
    const std::string& word = text(key);
    std::vector<std::string_view> names;
    for (const Value value : values) {
      names.push_back(name_of(value));
      if (names.back() == word) return value;
    }
    note(key, fmt::format("'{}' is none of {}", word, fmt::join(names, ", ")));
    return values[0];
  }

  std::vector<std::pair<unsigned, unsigned>> bit_pairs(const std::string& key, char between) {
    std::vector<std::pair<unsigned, unsigned>> pairs;
    std::string_view rest = text(key);
    while (!rest.empty()) {
      const std::string_view item = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(item.size() + 1, rest.size()));
      unsigned low = 0, high = 0;
      const char* end = item.data() + item.size();
      const auto first = std::from_chars(item.data(), end, low);
      const bool joined = first.ec == std::errc() && first.ptr != end && *first.ptr == between;
      const auto second = joined ? std::from_chars(first.ptr + 1, end, high) : first;
      if (!joined || second.ec != std::errc() || second.ptr != end) {
        note(key, fmt::format("'{}' is no pair of address bits; write for example 12{}27", item,
                              between));
        return {};
      }
      pairs.emplace_back(low, high);
    }
    return pairs;
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
    for (const Figure& candidate : lines_.figures) {
      for (std::size_t level = geometry.caches.size(); level < kMaxCaches; ++level)
        if (candidate.key.compare(0, 3, cache_name(level) + ".") == 0)
          note(candidate.key, fmt::format("there is no {}", cache_name(geometry.caches.size())));
      for (std::size_t level = geometry.tlbs.size(); level < kMaxTlbs; ++level)
        if (candidate.key.compare(0, 6, tlb_name(level) + ".") == 0)
          note(candidate.key, fmt::format("there is no {}", tlb_name(geometry.tlbs.size())));
    }
  }

  const Lines& lines_;
  std::string_view file_;
  std::optional<Error> error_;
};

}  // namespace

Outcome<Description> parse_description(std::string_view text, std::string_view file) {
  Lines lines(file);
  if (auto ok = lines.read(text); !ok) return tl::make_unexpected(ok.error());
  return Builder(lines, file).build();
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
    return fail(ExitCode::kUsage, "{}: over 1 MiB; this is no CPU description", path);
  return parse_description(text, path);
}

}  // namespace zp::model
