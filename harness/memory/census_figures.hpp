// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "harness/host/facts.hpp"
#include "harness/memory/census.hpp"
#include "harness/support/figures.hpp"

namespace zp {

// frames, colours_seen, zero_page_share, ksm_share, huge_share; where `l2` has page colours, also
// l2_page_colours and l2_crowded_share. Nothing of weak evidence.
Figures census_figures(const Census& census, const std::optional<DataCache>& l2);

}  // namespace zp
