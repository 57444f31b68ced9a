// SPDX-License-Identifier: MIT
#include "harness/probe/address_room.hpp"

#include <sys/mman.h>

#include <bit>
#include <cstddef>

namespace zp::probe {
namespace {

constexpr unsigned kLeastBit = 24, kMostBit = 56;

// Bits of the base within its range. A base that is a power of two lies one flipped bit away from
// address 0, where root may well map a page. The low bits stay clear: pages in a row stay in a row.
constexpr std::uint64_t kBasePattern = 0x1555'4000'0000;

#ifndef MAP_FIXED_NOREPLACE
constexpr int kExactly = 0x100000;
#else
constexpr int kExactly = MAP_FIXED_NOREPLACE;
#endif

}  // namespace

bool map_exactly(std::byte* at, std::uint64_t bytes, int file, std::uint64_t file_offset) {
  // A kernel before 4.17 takes the address for a hint only.
  const int kind =
      file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED | MAP_POPULATE;
  void* got = ::mmap(at, bytes, file < 0 ? PROT_NONE : PROT_READ, kind | kExactly, file,
                     static_cast<off_t>(file_offset));
  if (got == at) return true;
  if (got != MAP_FAILED) ::munmap(got, bytes);
  return false;
}

// The range is not kept: the kernel frees the page tables of a page that lies alone, but not those
// of a page within a mapping of terabytes, and thousands are mapped one after the other.
Outcome<AddressRoom> AddressRoom::find(std::uint64_t page_bytes) {
  AddressRoom room;
  unsigned top = 48;
  for (; top >= kLeastBit && room.base_ == 0; --top) {
    const std::uint64_t bytes = 1ULL << top;
    void* found =
        ::mmap(nullptr, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (found == MAP_FAILED) continue;
    const auto start = reinterpret_cast<std::uintptr_t>(found);
    room.base_ = ((start + bytes - 1) & ~(bytes - 1)) | (kBasePattern & (bytes - 1));
    ::munmap(found, 2 * bytes);
  }
  if (room.base_ == 0)
    return fail(ExitCode::kCannotRun, "no 16 MiB of address space are free (see ulimit -v)");
  ++top;  // as the loop left it
  room.free_below_ = top;
  for (auto bit = static_cast<unsigned>(std::countr_zero(page_bytes)); bit <= kMostBit; ++bit) {
    if (bit >= top) {
      std::byte* there = room.at(1ULL << bit);
      if (reinterpret_cast<std::uintptr_t>(there) < (1ULL << kLeastBit)) continue;
      if (!map_exactly(there, page_bytes, -1, 0)) continue;
      ::munmap(there, page_bytes);
    }
    room.bits_.push_back(bit);
  }
  return room;
}

}  // namespace zp::probe
