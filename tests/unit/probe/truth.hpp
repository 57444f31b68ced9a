// SPDX-License-Identifier: MIT
// What the probe should find of a described CPU.
#pragma once

#include <bit>
#include <vector>

#include "harness/model/description.hpp"
#include "harness/probe/bits.hpp"
#include "harness/probe/probe.hpp"

namespace zp::probe {

struct Truth {
  Rule rule = Rule::kNone;
  std::vector<Mask> rows;  // of the hash, reduced
  Mask index = 0, colour = 0;
};

inline Mask span_of(unsigned low, unsigned high) {
  return (bit(high) << 1) - bit(low);
}

// What of the description can be seen through whole pages.
inline Truth truth_of(const model::Description& cpu) {
  const unsigned shift = static_cast<unsigned>(std::countr_zero(cpu.page_bytes));
  const Mask visible = span_of(shift, 43);
  const model::Geometry& shape = cpu.geometry;
  const Mask index = (shape.caches[0].way_bytes() - 1) & visible;
  Truth truth;
  switch (shape.synonyms) {
    case model::SynonymRule::kNone:
      break;
    case model::SynonymRule::kUtag:
      for (const Mask row : shape.utag_bits) truth.rows.push_back(row & visible);
      truth.rows = reduced(truth.rows);
      if (!truth.rows.empty()) truth.rule = Rule::kUtag;
      break;
    case model::SynonymRule::kDuplicate:
      truth.index = index;
      if (index != 0) truth.rule = Rule::kDuplicate;
      break;
    case model::SynonymRule::kExclusive: {
      const auto bits = shape.synonym_bits;
      const Mask counting = index | (bits ? span_of(bits->first, bits->second) & visible : 0);
      truth.index = index;
      truth.rows = split_singles(counting);
      if (counting != 0) truth.rule = Rule::kExclusive;
      break;
    }
    case model::SynonymRule::kLogicalTag:
      truth.index = index;
      truth.rows = split_singles(visible);
      truth.rule = Rule::kLogicalTag;
      break;
    case model::SynonymRule::kVirtualCoherency:
      truth.colour = span_of(shape.coherency_bits.first, shape.coherency_bits.second) & visible;
      if (truth.colour != 0) truth.rule = Rule::kVirtualCoherency;
      break;
  }
  return truth;
}

}  // namespace zp::probe
