// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "harness/host/roots.hpp"

namespace zp {

// Whether this process runs under a filter of system calls (/proc/self/status, "Seccomp: 2"), as
// containers and services do.
bool has_system_call_filter(const Roots& roots);

// An error of a system call in words: its name, errno and, where a filter may have caused it, that
// there is one. "flock: Operation not permitted (errno 1); a filter of system calls (seccomp) is in
// force: a container's, or a service's?"
std::string describe_call(const Roots& roots, const std::string& call, int error_number);

// What this process may do beyond its user, as the bits of linux/capability.h (CapEff in
// /proc/self/status); 0 where that can't be read.
std::uint64_t effective_capabilities(const Roots& roots);

}  // namespace zp
