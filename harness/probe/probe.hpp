// SPDX-License-Identifier: MIT
// What this CPU does with one frame under many addresses: everything that is measured, and the rule
// that fits it.
#pragma once

#include <functional>

#include "harness/probe/hash_search.hpp"
#include "harness/probe/page_walks.hpp"
#include "harness/probe/prices.hpp"
#include "harness/probe/sets.hpp"
#include "harness/probe/third_level.hpp"
#include "harness/probe/tlb.hpp"

namespace zp::probe {

// As harness/model has them; kOther: a rule that is none of these; kUnclear: can't tell.
enum class Rule {
  kNone,
  kUtag,
  kDuplicate,
  kExclusive,
  kLogicalTag,
  kVirtualCoherency,
  kOther,
  kUnclear
};
std::string_view name_of(Rule rule);

struct Request {
  double seconds = 10;  // not much longer
  unsigned most_samples = 400;
  bool rule_only = false;      // leave out L3, TLBs and huge pages
  std::uint64_t seed = 1;      // of the random combinations
  std::string held_back = {};  // what keeps this thread from its CPU; empty: nothing
  std::function<bool()> cancelled = [] { return false; };  // asked before each loop
};

struct Findings {
  unsigned page_shift = 12;
  unsigned lowest_bit = 12, highest_bit = 12;  // of those that could be flipped
  Figure cycle_ns;
  HashFindings hash;
  SetFindings sets;
  Prices prices;
  ThirdLevel third;
  TlbFindings tlb;
  PageWalks walks;
  Rule rule = Rule::kUnclear;
  std::string why_unclear;           // kUnclear and kOther
  std::vector<std::string> missing;  // what was left out, and why: the findings are partial
  double seconds = 0;

  [[nodiscard]] double cycles(double ns) const { return ns / cycle_ns.middle; }
};

// Errors: kCannotRun where nothing can be said; kInterrupted where it was cancelled.
Outcome<Findings> probe(Timer& timer, const Request& request);

// Fills in `rule` from the rest.
void judge(Findings& findings);

}  // namespace zp::probe
