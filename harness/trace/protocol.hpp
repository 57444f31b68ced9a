// SPDX-License-Identifier: MIT
// How a traced program in a guest tells the QEMU plugin which reads to follow. The plugin interface
// of QEMU 7.2 shows a plugin the address of a store, but not what was stored: so everything is said
// by storing to certain addresses of one region that both sides know.
#pragma once

#include <cstdint>

namespace zp::trace {

// Free in the user address space of s390x, MIPS and x86-64 alike, and aligned for any page size.
inline constexpr std::uint64_t kRegionAddress = 0x10'5a5a'0000;
inline constexpr std::uint64_t kRegionBytes = 0x10000;

// A store to offset 8 * n, n < 16, shifts the hexadecimal digit n into the plugin's register. One
// to an offset below takes that register's value, and clears it.
enum class Signal : std::uint64_t {
  kLow = 0x100,      // the first address of the table
  kHigh = 0x108,     // the first address behind it
  kCodeLow = 0x110,  // the program's own code, likewise: nobody else's reads are followed
  kCodeHigh = 0x118,
  kPageBytes = 0x120,
  kName = 0x128,   // appends one character to the name
  kStart = 0x130,  // follow reads from now on; caches are empty, counts are zero
  kStop = 0x138,   // report
  kCount = 0x140,  // counts are zero again, caches stay as they are: what came before warmed them
};

}  // namespace zp::trace
