// SPDX-License-Identifier: MIT
#include "harness/counters/papi_source.hpp"

namespace zp {

Outcome<std::unique_ptr<CounterSource>> make_papi_source(const Roots&) {
#ifdef __riscv
  return fail(
      ExitCode::kCannotRun,
      "PAPI is not built in: libpfm4, by which it knows events, has no PMU of RISC-V (as of "
      "4.13), and it would count nothing; perf counts here");
#else
  return fail(ExitCode::kCannotRun,
              "PAPI is not built in (libpapi-dev, or -DPAPI_ROOT=DIR; on s390x: "
              "scripts/build-papi.sh)");
#endif
}

}  // namespace zp
