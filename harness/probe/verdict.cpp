// SPDX-License-Identifier: MIT
#include "harness/probe/verdict.hpp"

#include <fmt/format.h>

#include "harness/support/units.hpp"
#include "harness/support/words.hpp"
#include "harness/support/wrap.hpp"

namespace zp::probe {
namespace {

constexpr std::size_t kColumn = 11;

class Block {
 public:
  void add(const std::string& label, const std::string& text) {
    text_ += fmt::format("{:<{}}{}\n", label, kColumn, hanging(text, kColumn));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string what_it_means(const Findings& found) {
  if (found.rule >= Rule::kOther) return found.why_unclear;
  return std::string(word_for(
      found.rule, {"a frame's lines are found under every address",
                   "a line is found only under addresses of the hash it was read with last",
                   "each index has a copy of its own: no penalty, but sets fill up",
                   "one copy of a line, found only where the bits below agree",
                   "a line is found only under the page it was read through last",
                   "a line has one colour; to read it as another costs an exception"}));
}

std::string bits_of_rule(const Findings& found) {
  if (found.rule == Rule::kVirtualCoherency)
    return "colour " + text_of(split_singles(found.sets.colour));
  if (found.rule == Rule::kDuplicate) return "index " + text_of(split_singles(found.sets.index));
  return text_of(found.hash.rows);
}

std::string cycles_of(const Findings& found, const std::optional<Figure>& figure) {
  if (!figure) return "not known";
  return fmt::format("{:.1f} [{:.1f}, {:.1f}]", found.cycles(figure->middle),
                     found.cycles(figure->low), found.cycles(figure->high));
}

std::string plain_cycles(const Findings& found, const std::optional<Figure>& figure) {
  return figure ? fmt::format("{:.1f}", found.cycles(figure->middle)) : "not known";
}

std::string pages_text(const TlbFindings& tlb, double cycle_ns) {
  if (tlb.most_pages == 0) return fmt::format("not measured: {}", kNoTimeLeft);
  std::string text;
  if (tlb.steps.empty()) text = fmt::format("no step up to {} pages", tlb.most_pages);
  for (const TlbStep& step : tlb.steps) {
    const unsigned smaller = text.empty() ? tlb.smaller_looks() : 0;
    text += fmt::format(
        "{}{} pages fit{}, {} cost {:.0f} cycles more", text.empty() ? "" : "; ", step.fit,
        smaller == 0 ? "" : fmt::format(" (fewer in {} of {} looks)", smaller, tlb.looks.size()),
        step.exceeded, step.extra_ns / cycle_ns);
  }
  if (tlb.out_of_time) text += fmt::format("; of more: {}", kNoTimeLeft);
  return text;
}

std::string huge_text(const Findings& found) {
  const TlbFindings& tlb = found.tlb;
  if (tlb.huge_pieces == 0 || (tlb.huge == Answer::kUnclear && !tlb.why_no_huge.empty()))
    return "can't tell: " + (tlb.why_no_huge.empty() ? kNoTimeLeft : tlb.why_no_huge);
  const std::string figures =
      fmt::format("over {} pieces of {} {:.0f} cycles extra, as small pages {:.0f}",
                  tlb.huge_pieces, human_size(1ULL << found.page_shift),
                  found.cycles(tlb.huge_extra_ns), found.cycles(tlb.page_extra_ns));
  if (tlb.huge == Answer::kYes) return "huge: " + figures;
  if (tlb.huge == Answer::kNo) return "not huge to the TLB: " + figures;
  return "can't tell: " + figures;
}

// How many zero pages would help, and where.
std::string advice(const Findings& found) {
  const auto colours = [&](Mask bits) {
    return (bits >> found.page_shift) == 0 ? 1 : std::bit_ceil((bits >> found.page_shift) + 1);
  };
  const Prices& prices = found.prices;
  switch (found.rule) {
    case Rule::kNone:
    case Rule::kDuplicate:
      return "one is enough: an address more costs nothing by itself";
    case Rule::kExclusive:
      return fmt::format("{} (bits up to {}) leave no synonym, where as many fit the first level",
                         colours(found.hash.counting), std::bit_width(found.hash.counting) - 1);
    case Rule::kVirtualCoherency:
      return fmt::format("{} (bits up to {}) leave no exception", colours(found.sets.colour),
                         std::bit_width(found.sets.colour) - 1);
    case Rule::kLogicalTag:
      return "none: each page read anew misses, whatever their number";
    case Rule::kUtag:
      if (prices.same_line && prices.several_lines)
        return fmt::format(
            "8 let misses overlap ({:.1f} cycles a read for {:.1f}) where reads do not "
            "wait for each other; where they do, none helps",
            found.cycles(prices.several_lines->middle), found.cycles(prices.same_line->middle));
      return "several let misses overlap; where reads wait for each other, none helps";
    default:
      return "can't tell";
  }
}

std::string evidence(const Findings& found) {
  const HashFindings& hash = found.hash;
  std::string text = fmt::format("bits {} to {} tried", found.lowest_bit, found.highest_bit);
  Mask not_tried = (bit(found.highest_bit) << 1) - bit(found.lowest_bit);
  for (const auto& tried : hash.bits) not_tried &= ~bit(tried.bit);
  if (not_tried != 0)
    text +=
        fmt::format(" but for {}, whose addresses are taken", text_of(split_singles(not_tried)));
  if (hash.counting == 0) return text;
  text += hash.searched_all ? ", in every combination"
                            : fmt::format(", in combinations of up to {} (of more: not looked for)",
                                          hash.most_bits_combined);
  // Random addresses hardly ever hit what was not looked for: that they agree says nothing.
  if (!hash.searched_all && hash.disagreements == 0) return text;
  return text + fmt::format("; {} of {} random addresses agree", hash.checks - hash.disagreements,
                            hash.checks);
}

}  // namespace

std::string text_of(const Findings& found, const std::string& cpu) {
  Block block;
  block.add("CPU", fmt::format("{}, {:.2f} GHz, pages of {}", cpu, 1 / found.cycle_ns.middle,
                               human_size(1ULL << found.page_shift)));
  block.add("Rule", fmt::format("{}: {}", name_of(found.rule), what_it_means(found)));
  if (const std::string bits = bits_of_rule(found); !bits.empty()) block.add("Bits", bits);
  block.add("Seen", evidence(found));
  block.add("Cycles",
            fmt::format("L1 hit {}, L2 hit {}{}", cycles_of(found, found.prices.l1_hit),
                        cycles_of(found, found.prices.l2_hit),
                        found.prices.why_no_l2.empty() ? "" : " (" + found.prices.why_no_l2 + ")"));
  if (found.third.latency)
    block.add("", "L3 hit " + cycles_of(found, found.third.latency));
  else if (!found.third.why_not.empty())
    block.add("", "L3 hit: can't tell, " + found.third.why_not);
  if (found.prices.synonym) {
    block.add("", "synonym " + cycles_of(found, found.prices.synonym) + ", one after the other");
    block.add("In flight", fmt::format("synonyms of one line {}, of 8 lines {}",
                                       plain_cycles(found, found.prices.same_line),
                                       plain_cycles(found, found.prices.several_lines)));
  }
  block.add(
      found.prices.synonym ? "" : "In flight",
      fmt::format("L2 hits in one set {}, in 8 sets {}, {}page walks {}{} cycles a read",
                  plain_cycles(found, found.prices.same_set),
                  plain_cycles(found, found.prices.spread),
                  found.third.in_flight
                      ? fmt::format("L3 hits {}, ", plain_cycles(found, found.third.in_flight))
                      : "",
                  plain_cycles(found, found.walks.in_order),
                  found.walks.shuffled
                      ? fmt::format(", shuffled {}", plain_cycles(found, found.walks.shuffled))
                      : ""));
  if (found.prices.hashes_agree && found.prices.hashes_differ)
    block.add("Control",
              fmt::format("one frame at {} addresses, reads that do not wait: {:.2f} ns where "
                          "the bits agree, {:.2f} where they differ",
                          found.prices.control_addresses, found.prices.hashes_agree->middle,
                          found.prices.hashes_differ->middle));
  else if (!found.prices.why_no_control.empty())
    block.add("Control", "none: " + found.prices.why_no_control + ", as if a TLB decided");
  if (found.sets.lines_that_fit)
    block.add("Sets",
              fmt::format("{} in one{}",
                          *found.sets.lines_that_fit == 1
                              ? "1 line fits"
                              : fmt::format("{} lines fit", *found.sets.lines_that_fit),
                          found.sets.evict_each_other == Answer::kYes
                              ? "; frames of one hash evict each other"
                          : found.hash.counting != 0 && found.sets.evict_each_other == Answer::kNo
                              ? "; frames of one hash do not evict each other"
                              : ""));
  block.add("TLB", pages_text(found.tlb, found.cycle_ns.middle));
  block.add("Huge pages", huge_text(found));
  block.add("Zero pages", advice(found));
  for (const std::string& what : found.missing) block.add("Missing", what);
  return block.text();
}

std::string short_text(const Findings& found) {
  std::string text(name_of(found.rule));
  if (const std::string bits = bits_of_rule(found); !bits.empty()) text += " " + bits;
  if (found.prices.synonym)
    text += fmt::format("; synonym {:.1f} cycles, L1 hit {:.1f}",
                        found.cycles(found.prices.synonym->middle),
                        found.cycles(found.prices.l1_hit->middle));
  return text;
}

}  // namespace zp::probe
