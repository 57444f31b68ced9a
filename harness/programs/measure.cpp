// SPDX-License-Identifier: MIT
#include "harness/programs/measure.hpp"

#include <algorithm>

#include "harness/host/available_memory.hpp"
#include "harness/host/cpu_limit.hpp"
#include "harness/host/page_size.hpp"

namespace zp {
namespace {

// Elements between two looks at the clock, at least.
constexpr std::uint64_t kLeastElements = 1 << 16;

}  // namespace

ProgramTable program_table(const PlacedTable& placed) {
  return {placed.table.base(), placed.table.bytes(), system_page_bytes(), placed.table.first_vpn(),
          placed.contents};
}

Outcome<ProgramTiming> time_program(const ProgramEntry& program, const ProgramTable& table,
                                    double least_seconds, const Meter& meter, const Roots& roots,
                                    const std::function<bool()>& cancelled) {
  if (table.contents.fill != 0)
    return fail(ExitCode::kUsage,
                "programs are checked by what zeros give; this table holds others");
  const std::uint64_t beside =
      table.bytes / sizeof(std::uint64_t) * program.private_bytes_per_element;
  if (auto fits = check_memory(roots, beside); !fits) return fail(fits);
  const auto ready = program.prepare(table);
  if (!ready) return fail(ready);
  const std::uint64_t expected = ready->expected;
  bool right = ready->run() == expected;  // and warms caches and TLB
  const std::uint64_t runs = std::max<std::uint64_t>(1, kLeastElements / ready->elements);
  ProgramTiming timing;
  meter.start();
  const ThreadTimer timer;
  do {
    for (std::uint64_t run = 0; run < runs; ++run) right &= ready->run() == expected;
    timing.elements += runs * ready->elements;
    timing.seconds = timer.seconds();
  } while (timing.seconds < least_seconds && !cancelled());
  timing.cpu_share = timer.cpu_share();
  meter.stop();
  if (cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
  if (!right || (ready->verify && !ready->verify()))
    return fail(ExitCode::kFailed, "{}: the result is not what the table's contents give",
                program.name);
  return timing;
}

Figures program_figures(const ProgramEntry& program, const ProgramTiming& timing,
                        const Census& census, const Roofs* roofs) {
  const auto elements = static_cast<double>(timing.elements);
  const double bytes_per_second = elements * sizeof(std::uint64_t) / timing.seconds;
  Figures figures{{"ns_per_element", timing.seconds * 1e9 / elements},
                  {"bytes_per_second", bytes_per_second},
                  {"cpu_share", timing.cpu_share}};
  if (!program.reads_only || !census.strong || roofs == nullptr) return figures;
  if (const Roof* roof = roofs->above(census.frames * system_page_bytes())) {
    figures.emplace_back("roof_level", roof->level);
    figures.emplace_back("roof_bytes_per_second", roof->bytes_per_second);
    figures.emplace_back("roof_share", bytes_per_second / roof->bytes_per_second);
  }
  return figures;
}

}  // namespace zp
