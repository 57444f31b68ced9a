// SPDX-License-Identifier: MIT
#include "harness/counters/papi_source.hpp"

namespace zp {

Outcome<std::unique_ptr<CounterSource>> make_papi_source(const Roots&) {
  return fail(ExitCode::kCannotRun,
              "PAPI is not built in (libpapi-dev, or -DPAPI_ROOT=DIR; on s390x: "
              "scripts/build-papi.sh)");
}

}  // namespace zp
