// SPDX-License-Identifier: MIT
// Whose code the programs are on this machine, as keys of the JSON context.
#pragma once

#include "harness/host/facts.hpp"

namespace zp {

// program.loads (the widest), program.blas, program.zlib, program.libc (and GLIBC_TUNABLES),
// program.memcpy (how the C library copies a table of `table_bytes`). What is unknown, or not what
// this build loads, is left out.
Facts program_facts(std::uint64_t table_bytes);

// How glibc copies so many bytes: from `ld.so --list-tunables` (glibc 2.33 or later, x86-64), the
// text of /proc/cpuinfo and the size of the L2; nothing where these do not say.
std::optional<std::string> memcpy_choice(const std::string& tunables, const std::string& cpuinfo,
                                         std::uint64_t l2_bytes, std::uint64_t bytes);

}  // namespace zp
