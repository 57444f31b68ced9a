// SPDX-License-Identifier: MIT
// What reads cost once the rule is known: one after the other, and several in flight.
#pragma once

#include "harness/probe/hash_search.hpp"
#include "harness/probe/sets.hpp"

namespace zp::probe {

// In nanoseconds per read; what can't be had is absent.
struct Prices {
  std::optional<Figure> l1_hit, l2_hit, synonym;  // each waits for the one before
  // Many in flight:
  std::optional<Figure> hits;           // that L1D serves
  std::optional<Figure> same_line;      // synonyms of one line
  std::optional<Figure> several_lines;  // synonyms of eight lines
  std::optional<Figure> same_set;       // L2 hits of lines of one set
  std::optional<Figure> spread;         // L2 hits of lines in eight sets
  // Of `spread`, what is left of a fill where no set of eight comes round: a set takes same_set.
  [[nodiscard]] std::optional<Figure> fill() const;
  std::string why_no_l2, why_no_control;
  // The causal pair: one frame at several addresses, reads that wait for nothing, at a stride of
  // 1 KiB. The same frame, as many pages; only bits of the addresses differ. Absent where those
  // that agree are no cheaper, however few: then something else is seen.
  std::optional<Figure> hashes_agree, hashes_differ;
  unsigned control_addresses = 0;
  bool out_of_time = false;  // so that some are absent
};

Outcome<Prices> find_prices(Timer& timer, const Patience& patience, const HashFindings& hash,
                            const SetFindings& sets);

}  // namespace zp::probe
