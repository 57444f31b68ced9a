// SPDX-License-Identifier: MIT
#include "harness/probe/report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace zp::probe {
namespace {

constexpr std::uint64_t kSmallestPage = 4096, kUsualLine = 64;
constexpr std::uint64_t kMostWays = 64, kMostTags = 1 << 24;  // that the model holds

void add_figure(std::vector<Row>& rows, const Findings& found, const char* name,
                const std::optional<Figure>& figure) {
  if (!figure) return;
  rows.push_back({fmt::format("probe/figure:{}", name),
                  {},
                  {{"probe_cycles", found.cycles(figure->middle)},
                   {"probe_cycles_low", found.cycles(figure->low)},
                   {"probe_cycles_high", found.cycles(figure->high)},
                   {"probe_ns", figure->middle}}});
}

class Description {
 public:
  void line(const std::string& key, const std::string& value, const std::string& source) {
    text_ += fmt::format("{:<28} {:<14} {}\n", key, value, source);
  }
  void price(const Findings& found, const std::string& key, const std::optional<Figure>& figure,
             const std::string& source = "probe") {
    if (figure)
      line(key, fmt::format("{:.2f}-{:.2f}", found.cycles(figure->low), found.cycles(figure->high)),
           source);
  }
  void raw(const std::string& text) { text_ += text; }
  [[nodiscard]] std::string text() const { return text_; }

 private:
  std::string text_;
};

std::string range_of(Mask bits) {
  return fmt::format("{}-{}", std::countr_zero(bits), std::bit_width(bits) - 1);
}

// A whole number of ways, as near to the one asked for as can be: it divides the lines.
std::uint64_t dividing(std::uint64_t lines, std::uint64_t ways) {
  ways = std::clamp<std::uint64_t>(ways, 1, kMostWays);
  while (lines % ways != 0) --ways;
  return ways;
}

// The largest first level way in which the rule can be what was found; 0: any.
std::uint64_t most_way_bytes(const Findings& found) {
  if (found.rule == Rule::kUtag) return kSmallestPage;
  if (found.rule == Rule::kVirtualCoherency) return 1ULL << std::bit_width(found.sets.colour);
  if (found.rule == Rule::kExclusive && found.hash.counting != found.sets.index)
    return 1ULL << std::bit_width(found.hash.counting);
  return 0;
}

// Of every level that has a size, until one is larger than the model holds.
void add_caches(Description& cpu, const Findings& found, const std::vector<CacheLevel>& caches) {
  std::uint64_t line_above = kUsualLine;
  for (std::size_t i = 0; i < caches.size() && caches[i].size_bytes != 0; ++i) {
    const CacheLevel& said = caches[i];
    const std::string name = i == 0 ? "l1d" : fmt::format("l{}", i + 1);
    // What the system says, or why it is something else.
    const auto figure = [&](const char* what, std::uint64_t value, std::uint64_t of_system) {
      cpu.line(fmt::format("{}.{}", name, what), std::to_string(value),
               value == of_system
                   ? "system"
                   : fmt::format("uncertain the system says {}, which can't be", of_system));
    };
    const bool one_line = i == 1 && (found.rule == Rule::kExclusive ||
                                     found.rule == Rule::kLogicalTag);  // for both levels
    const bool possible = std::has_single_bit(said.line_bytes) &&
                          said.line_bytes <= kSmallestPage &&
                          said.line_bytes >= (i == 0 ? 16 : line_above);
    const std::uint64_t line = possible && !one_line ? said.line_bytes : line_above;
    const std::uint64_t lines = std::max<std::uint64_t>(1, said.size_bytes / line);
    std::uint64_t ways = dividing(lines, said.ways == 0 || said.ways > kMostWays ? 16 : said.ways);
    if (const auto most = most_way_bytes(found); i == 0 && most != 0 && lines / ways * line > most)
      ways = dividing(lines, lines * line / most);
    if (i == 0 && found.rule == Rule::kVirtualCoherency)  // its index is made of address bits
      ways = lines / std::min(lines & -lines, std::bit_floor(lines / ways));
    if (lines / ways * ((ways + 7) / 8 * 8) > kMostTags) {
      cpu.raw(fmt::format("# {} is left out: {} bytes are more than the model holds\n", name,
                          said.size_bytes));
      return;
    }
    figure("size_bytes", lines * line, said.size_bytes);
    figure("ways", ways, said.ways);
    figure("line_bytes", line, said.line_bytes);
    cpu.line(name + ".replacement", "lru", "uncertain not measured");
    if (i == 0) cpu.price(found, "l1d.latency_cycles", found.prices.l1_hit);
    if (i == 1) cpu.price(found, "l2.latency_cycles", found.prices.l2_hit);
    if (i == 2) cpu.price(found, "l3.latency_cycles", found.third.latency);
    line_above = line;
  }
}

void add_rule(Description& cpu, const Findings& found) {
  cpu.line("l1d.synonyms", std::string(name_of(found.rule)), "probe");
  if (found.rule == Rule::kUtag) {
    std::vector<std::string> hash;
    for (const Mask row : found.hash.rows)
      hash.push_back(fmt::format("{}", fmt::join(bits_of(row), "^")));
    cpu.line("l1d.utag_bits", fmt::format("{}", fmt::join(hash, ",")),
             found.hash.searched_all
                 ? "probe"
                 : fmt::format("uncertain combinations of more than {} bits were not looked for",
                               found.hash.most_bits_combined));
  }
  const Mask beyond = found.hash.counting & ~found.sets.index;
  if (found.rule == Rule::kExclusive && found.hash.counting != found.sets.index)
    cpu.line("l1d.synonym_bits", range_of(beyond == 0 ? found.hash.counting : beyond), "probe");
  if (found.rule == Rule::kVirtualCoherency)
    cpu.line("l1d.coherency_bits", fmt::format("12-{}", std::bit_width(found.sets.colour) - 1),
             found.page_shift == 12 ? "probe" : "uncertain bits within a page can't be seen");
}

// Without page walks and with one per read.
std::optional<Figure> of_one_line(const Findings& found) {
  auto price = found.prices.same_line;
  if (const auto& walk = found.walks.of_one_line; price && walk) {
    price->low = std::min(price->low, walk->low);
    price->high = std::max(price->high, walk->high);
  }
  return price;
}

// What a walk takes longer whose entry comes from the third level, many in flight: as many go on at
// once as one that is waited for takes longer than its share.
std::optional<Figure> longer_walk(const Findings& found) {
  const auto &l2 = found.prices.l2_hit, &l3 = found.third.latency;
  const auto &walk = found.walks.latency, &free = found.walks.in_order;
  if (!l2 || !l3 || !walk || !free || walk->low <= 0) return std::nullopt;
  const auto longer = [](double near, double far, double share, double whole) {
    return std::max(0.0, far - near) * std::min(1.0, share / whole);
  };
  return Figure{longer(l2->middle, l3->middle, free->middle, walk->middle),
                longer(l2->high, l3->low, free->low, walk->high),
                longer(l2->low, l3->high, free->high, walk->low)};
}

void add_tlbs(Description& cpu, const Findings& found) {
  unsigned level = 0;
  const auto add = [&](std::uint64_t entries, const std::string& seen) {
    const std::string name = fmt::format("dtlb{}", ++level);
    cpu.line(name + ".entries", std::to_string(entries), "uncertain " + seen);
    cpu.line(name + ".ways", level == 1 && entries <= 128 ? "full" : "8", "uncertain not measured");
    cpu.line(name + ".page_sizes_bytes", std::to_string(1ULL << found.page_shift),
             "uncertain others were not measured");
    cpu.line(name + ".replacement", "lru", "uncertain not measured");
  };
  for (const TlbStep& step : found.tlb.steps) {
    const unsigned smaller = level == 0 ? found.tlb.smaller_looks() : 0;
    add(step.fit, fmt::format("{} pages fit, {} do not (probe{})", step.fit, step.exceeded,
                              smaller == 0 ? ""
                                           : fmt::format("; fewer fitted in {} of {} looks",
                                                         smaller, found.tlb.looks.size())));
  }
  if (level == 2)
    cpu.line("dtlb2.extra_cycles",
             fmt::format("{:.2f}", found.cycles(found.tlb.steps.front().extra_ns)), "probe");
  if (level == 1)
    add(found.tlb.most_pages, fmt::format("no step up to {} pages (probe)", found.tlb.most_pages));
}

}  // namespace

std::string today() {
  return fmt::format("{:%F}", fmt::gmtime(std::time(nullptr)));
}

std::vector<Row> rows_of(const Findings& found) {
  std::vector<Row> rows;
  rows.push_back({fmt::format("probe/figure:rule"),
                  std::string(name_of(found.rule)),
                  {{"probe_hash_bits", static_cast<double>(found.hash.rows.size())},
                   {"probe_checks", found.hash.checks},
                   {"probe_disagreements", found.hash.disagreements},
                   {"probe_seconds", found.seconds}}});
  rows.push_back({"probe/figure:clock", {}, {{"probe_ghz", 1 / found.cycle_ns.middle}}});
  for (std::size_t i = 0; i < found.hash.rows.size(); ++i)
    rows.push_back({fmt::format("probe/figure:hash/row:{}", i),
                    fmt::format("{}", fmt::join(bits_of(found.hash.rows[i]), "^")),
                    {{"probe_mask", static_cast<double>(found.hash.rows[i])}}});
  for (const auto& [number, over_ns, counts] : found.hash.bits) {
    Row row{fmt::format("probe/figure:bit/bit:{}", number),
            {},
            {{"probe_cycles_over_control", found.cycles(over_ns)}}};
    if (counts != Answer::kUnclear)
      row.figures.emplace_back("probe_counts", counts == Answer::kYes ? 1 : 0);
    rows.push_back(std::move(row));
  }
  add_figure(rows, found, "l1d_hit", found.prices.l1_hit);
  add_figure(rows, found, "l2_hit", found.prices.l2_hit);
  add_figure(rows, found, "synonym", found.prices.synonym);
  add_figure(rows, found, "overlap_same_line", found.prices.same_line);
  add_figure(rows, found, "overlap_synonyms", found.prices.several_lines);
  add_figure(rows, found, "overlap_same_set", found.prices.same_set);
  add_figure(rows, found, "overlap_lines", found.prices.spread);
  add_figure(rows, found, "l3_hit", found.third.latency);
  add_figure(rows, found, "overlap_l3", found.third.in_flight);
  add_figure(rows, found, "overlap_walks", found.walks.in_order);
  add_figure(rows, found, "overlap_shuffled_walks", found.walks.shuffled);
  add_figure(rows, found, "walk", found.walks.latency);
  add_figure(rows, found, "control/bits:agree", found.prices.hashes_agree);
  add_figure(rows, found, "control/bits:differ", found.prices.hashes_differ);
  if (found.sets.lines_that_fit)
    rows.push_back(
        {"probe/figure:set", {}, {{"probe_lines_that_fit", *found.sets.lines_that_fit}}});
  for (std::size_t i = 0; i < found.tlb.steps.size(); ++i) {
    const TlbStep& step = found.tlb.steps[i];
    rows.push_back({fmt::format("probe/figure:pages/tlb:{}", i + 1),
                    {},
                    {{"probe_pages_that_fit", static_cast<double>(step.fit)},
                     {"probe_pages_exceeded", static_cast<double>(step.exceeded)},
                     {"probe_cycles_extra", found.cycles(step.extra_ns)}}});
  }
  if (found.tlb.huge != Answer::kUnclear)
    rows.push_back({"probe/figure:huge_pages",
                    found.tlb.huge == Answer::kYes ? "huge" : "not huge to the TLB",
                    {{"probe_huge", found.tlb.huge == Answer::kYes ? 1 : 0},
                     {"probe_cycles_extra", found.cycles(found.tlb.huge_extra_ns)}}});
  return rows;
}

Outcome<std::string> cpu_description(const Findings& found, const Origin& origin) {
  if (found.rule == Rule::kUnclear || found.rule == Rule::kOther)
    return fail(ExitCode::kCannotRun, "no CPU description: {} ({})", name_of(found.rule),
                found.why_unclear);
  if (origin.caches.empty() || origin.caches.front().size_bytes == 0)
    return fail(ExitCode::kCannotRun,
                "no CPU description: the system does not say how large its caches are");
  const bool needs_l2 = found.rule == Rule::kExclusive || found.rule == Rule::kLogicalTag ||
                        found.rule == Rule::kVirtualCoherency;
  if (needs_l2 && (origin.caches.size() < 2 || origin.caches[1].size_bytes == 0))
    return fail(ExitCode::kCannotRun,
                "no CPU description: rule {} needs a second level, and the system names none",
                name_of(found.rule));
  Description cpu;
  const std::string probe = fmt::format("zpbench --probe on {}, {}", origin.cpu, origin.date);
  cpu.raw(
      fmt::format("zp-cpu-1\nname  probed\nabout measured by {}\n\nsource probe   {}\nsource "
                  "system  what the system says of its caches, and the zero pages it maps\n\n",
                  probe, probe));
  cpu.line("page_bytes", std::to_string(1ULL << found.page_shift), "system");
  if (origin.zero_page_colours)
    cpu.line("zero_page_colours", std::to_string(*origin.zero_page_colours), "system");
  cpu.line("clock_ghz", fmt::format("{:.2f}", 1 / found.cycle_ns.middle), "probe");
  if (found.tlb.huge == Answer::kNo)
    cpu.line("nested_page_bytes", std::to_string(1ULL << found.page_shift), "probe");
  add_caches(cpu, found, origin.caches);
  add_rule(cpu, found);
  cpu.price(found, "synonym.latency_cycles", found.prices.synonym);
  cpu.price(found, "overlap.same_line_cycles", of_one_line(found));
  cpu.price(found, "overlap.same_set_cycles", found.prices.same_set);
  cpu.price(found, "overlap.lines_cycles", found.prices.fill());
  cpu.price(found, "overlap.l3_cycles", found.third.in_flight);
  cpu.price(found, "overlap.walk_cycles", found.walks.in_order);
  cpu.price(found, "overlap.shuffled_walk_cycles", found.walks.shuffled,
            found.walks.disagreeing == 0
                ? "probe"
                : fmt::format("uncertain no two of {} tries agree", found.walks.disagreeing));
  cpu.price(found, "overlap.l3_entry_cycles", longer_walk(found),
            "uncertain what L3 takes more than L2, by as many walks at once as the probe saw");
  cpu.price(found, "walk.latency_cycles", found.walks.latency);
  for (const char* loop : {"loop.sequential_cycles", "loop.random_cycles"})
    cpu.price(found, loop, found.prices.hits, "uncertain by the probe's own loop");
  cpu.line("loop.dependent_cycles", "0-2", "uncertain not measured; it was 1.7 on a Zen 5");
  add_tlbs(cpu, found);
  return cpu.text();
}

}  // namespace zp::probe
