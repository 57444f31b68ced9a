// SPDX-License-Identifier: MIT
// Changes in a finished table, in colour. It is laid out by then: escapes take up no column.
#pragma once

#include <string>
#include <string_view>

namespace zp::analysis {

// Green where a change is shown and better, red where it is worse, yellow where it is but probable
// ("?"). Of a change that is not shown ("-3.0% [1]") and of a mean of changes nothing.
std::string with_change_colours(std::string_view table, bool lower_is_better);

}  // namespace zp::analysis
