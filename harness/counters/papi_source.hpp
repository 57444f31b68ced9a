// SPDX-License-Identifier: MIT
// Counts through PAPI, where it was found when this was built.
#pragma once

#include "harness/counters/source.hpp"
#include "harness/host/roots.hpp"

namespace zp {

// Errors: kCannotRun when PAPI is not built in, or does not start here. PAPI's state belongs to the
// process: the library is started by the first call and never shut down.
Outcome<std::unique_ptr<CounterSource>> make_papi_source(const Roots& roots);

}  // namespace zp
