// SPDX-License-Identifier: MIT
#include "harness/probe/probe.hpp"
#include "harness/support/words.hpp"

namespace zp::probe {
namespace {

bool all_single(const std::vector<Mask>& rows) {
  for (const Mask row : rows)
    if (std::popcount(row) != 1) return false;
  return true;
}

bool in_a_row(Mask mask) {
  if (mask == 0) return false;
  const Mask shifted = mask >> std::countr_zero(mask);
  return (shifted & (shifted + 1)) == 0;
}

}  // namespace

std::string_view name_of(Rule rule) {
  return word_for(rule, {"none", "utag", "duplicate", "exclusive", "logical_tag",
                         "virtual_coherency", "none of those known", "can't tell"});
}

void judge(Findings& found) {
  const HashFindings& hash = found.hash;
  const SetFindings& sets = found.sets;
  const auto unclear = [&](Rule rule, std::string why) {
    found.rule = rule;
    found.why_unclear = std::move(why);
  };
  if (!hash.measured || hash.unclear != 0)
    return unclear(Rule::kUnclear, "whether bits of the address count: times are too noisy");
  const bool every_bit =
      all_single(hash.rows) && std::popcount(hash.counting) == static_cast<int>(hash.bits.size());
  // Without it nothing was asked about the index, nor about colours, of which there are few.
  if (sets.evict_each_other != Answer::kYes && !every_bit &&
      (!sets.lines_that_fit || !sets.why_unclear.empty()))
    return unclear(Rule::kUnclear,
                   "how lines share sets: " + (sets.why_unclear.empty()
                                                   ? "no number of them left the first level"
                                                   : sets.why_unclear));
  if (sets.colour_unclear != 0 || sets.index_unclear != 0)
    return unclear(Rule::kUnclear, "how lines share sets: times are too noisy");
  if (sets.colour != 0) {
    found.rule = Rule::kVirtualCoherency;
    return;
  }
  if (hash.counting == 0) {
    found.rule = sets.index != 0 ? Rule::kDuplicate : Rule::kNone;
    return;
  }
  if (!hash.structure_known)
    return unclear(Rule::kUnclear, "how the bits combine: times are too noisy");
  if (hash.disagreements * 20 > hash.checks)
    return unclear(Rule::kOther, "the bits that count are not combined by exclusive or");
  if (sets.evict_each_other == Answer::kYes) {
    // With one way they do whatever the rule.
    if (sets.lines_that_fit == 1)
      return unclear(Rule::kUnclear, "a set has one way, where utag and exclusive look alike");
    found.rule = Rule::kUtag;
    return;
  }
  if (every_bit) {
    found.rule = Rule::kLogicalTag;
    return;
  }
  if (sets.evict_each_other == Answer::kUnclear)
    return unclear(Rule::kUnclear, "whether frames of one hash evict each other");
  const Mask beyond_index = hash.counting & ~sets.index;
  if (all_single(hash.rows) && (in_a_row(hash.counting) || in_a_row(beyond_index))) {
    found.rule = Rule::kExclusive;
    return;
  }
  unclear(Rule::kOther,
          "one copy of a line, found by a hash, but frames of one hash do not evict each other");
}

}  // namespace zp::probe
