// SPDX-License-Identifier: MIT
#include "harness/programs/parts.hpp"
#include "harness/programs/vector_loads.hpp"

namespace zp::programs {
namespace {

Outcome<ReadyProgram> prepare_loads(const ProgramTable& table) {
  const VectorLoads* const loads = widest_vector_loads();
  if (loads == nullptr)
    return fail(ExitCode::kCannotRun, "this build knows no vector unit of this CPU");
  std::uint64_t expected = table.contents.fill;
  for (std::uint64_t page = 0; page < table.pages(); ++page)
    expected |= table.contents.first_word(table.first_vpn + page);
  return ReadyProgram{
      [read = loads->read, base = table.base, bytes = table.bytes] { return read(base, bytes); },
      expected,
      table.bytes / sizeof(std::uint64_t),
      {}};
}

constexpr ProgramEntry kEntries[] = {
    {"loads", "the widest loads of this CPU, nothing else", "own", true, 0, prepare_loads},
};

}  // namespace

std::span<const ProgramEntry> vector_entries() {
  return kEntries;
}

}  // namespace zp::programs
