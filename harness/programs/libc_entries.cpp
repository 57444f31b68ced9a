// SPDX-License-Identifier: MIT
// What the C library does with memory, called through pointers so that no compiler has its own way.
#include <algorithm>

#include "harness/programs/parts.hpp"

namespace zp::programs {
namespace {

int (*volatile compare)(const void*, const void*, std::size_t) = std::memcmp;
void* (*volatile copy)(void*, const void*, std::size_t) = std::memcpy;
constexpr const void* (*kFind)(const void*, int, std::size_t) = std::memchr;
const void* (*volatile find)(const void*, int, std::size_t) = kFind;

constexpr int kByteInNoTable = 0xff;

Outcome<ReadyProgram> prepare_memcmp(const ProgramTable& table) {
  const std::uint64_t half = table.pages() / 2;
  const std::uint64_t colours = std::max<std::uint64_t>(1, table.contents.colours);
  if (auto halves = check_halves(table); !halves) return fail(halves);
  if (half % colours != 0)
    return fail(ExitCode::kUsage, "the halves of a table of {} pages are not alike in {} colours",
                table.pages(), colours);
  return ReadyProgram{[base = table.base, bytes = half * table.page_bytes]() -> std::uint64_t {
                        return compare(base, base + bytes, bytes) == 0 ? 1 : 0;
                      },
                      1,
                      table.bytes / sizeof(std::uint64_t),
                      {}};
}

Outcome<ReadyProgram> prepare_memchr(const ProgramTable& table) {
  return ReadyProgram{[base = table.base, bytes = table.bytes]() -> std::uint64_t {
                        return find(base, kByteInNoTable, bytes) == nullptr ? 1 : 0;
                      },
                      1,
                      table.bytes / sizeof(std::uint64_t),
                      {}};
}

using Copy = void (*)(void* to, const void* from, std::size_t bytes);

Outcome<ReadyProgram> prepare_copy(const ProgramTable& table, Copy how) {
  const auto to = Array::make(table.bytes / sizeof(double), -1);
  if (!to) return fail(to);
  ReadyProgram program;
  program.run = [=, from = table.base, bytes = table.bytes, to = *to] {
    how(to.data(), from, bytes);
    return bits(to.data()[bytes / sizeof(double) - 1]);
  };
  program.expected = 0;  // its last word
  program.elements = table.bytes / sizeof(double);
  program.verify = [table, to = *to] {
    const std::size_t page = table.page_bytes / sizeof(double);
    for (std::size_t i = 0; i < table.bytes / sizeof(double); ++i)
      if (to.data()[i] != (i % page == 0 ? table.first_double(i / page) : 0)) return false;
    return true;
  };
  return program;
}

Outcome<ReadyProgram> prepare_memcpy(const ProgramTable& table) {
  return prepare_copy(table,
                      [](void* to, const void* from, std::size_t bytes) { copy(to, from, bytes); });
}

Outcome<ReadyProgram> prepare_rep_movsb([[maybe_unused]] const ProgramTable& table) {
#if defined(__x86_64__)
  return prepare_copy(table, [](void* to, const void* from, std::size_t bytes) {
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
  });
#else
  return fail(ExitCode::kCannotRun, "rep movsb is an instruction of x86");
#endif
}

constexpr ProgramEntry kEntries[] = {
    {"memcmp", "compares the table's halves", "libc", true, 0, prepare_memcmp},
    {"memchr", "looks for a byte that is not there", "libc", true, 0, prepare_memchr},
    {"memcpy", "copies the table to private memory", "libc", false, 8, prepare_memcpy},
    {"rep_movsb", "the same by one instruction", "own", false, 8, prepare_rep_movsb},
};

}  // namespace

std::span<const ProgramEntry> libc_entries() {
  return kEntries;
}

}  // namespace zp::programs
