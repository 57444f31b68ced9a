// SPDX-License-Identifier: MIT
#include "harness/families/toy.hpp"

namespace zp {
Outcome<Figures> measure_toy(const ToyRequest& request, FamilyEnvironment&) {
  return Figures{{"toy_ns_per_page", static_cast<double>(request.table_bytes)}};
}
}  // namespace zp
