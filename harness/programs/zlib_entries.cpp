// SPDX-License-Identifier: MIT
// zlib's CRC-32: a loop that computes more than it reads.
#include "harness/programs/parts.hpp"

#if ZP_HAVE_ZLIB
#include <zlib.h>

#include "harness/host/library.hpp"
#endif

namespace zp::programs {
namespace {

Outcome<ReadyProgram> prepare_crc32([[maybe_unused]] const ProgramTable& table) {
#if ZP_HAVE_ZLIB
  const auto zlib = Library::open("libz.so.1");
  if (!zlib) return fail(zlib);
  const auto function = zlib->function<uLong(uLong, const Bytef*, z_size_t)>("crc32_z");
  if (!function) return fail(function);
  const auto crc = [f = *function](uLong before, const void* memory, std::uint64_t bytes) {
    return f(before, static_cast<const Bytef*>(memory), bytes);
  };
  // Of the same contents in memory of our own.
  std::vector<std::uint64_t> page(table.page_bytes / sizeof(std::uint64_t), table.contents.fill);
  uLong expected = 0;
  for (std::uint64_t i = 0; i < table.pages(); ++i) {
    page[0] = table.contents.first_word(table.first_vpn + i);
    expected = crc(expected, page.data(), table.page_bytes);
  }
  return ReadyProgram{[crc, base = table.base, bytes = table.bytes]() -> std::uint64_t {
                        return crc(0, base, bytes);
                      },
                      expected,
                      table.bytes / sizeof(std::uint64_t),
                      {}};
#else
  return fail(ExitCode::kCannotRun,
              "zpbench was built without zlib (zlib1g-dev when it was configured)");
#endif
}

constexpr ProgramEntry kEntries[] = {
    {"crc32", "CRC-32 of the table", "zlib", true, 0, prepare_crc32},
};

}  // namespace

std::span<const ProgramEntry> zlib_entries() {
  return kEntries;
}

}  // namespace zp::programs
