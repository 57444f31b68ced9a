// SPDX-License-Identifier: MIT
// The mappings of a process, from /proc/PID/smaps where reading it does not disturb it, else from
// /proc/PID/maps. Formats: Documentation/filesystems/proc.rst; fs/proc/task_mmu.c.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct Mapping {
  std::uint64_t first = 0, end = 0;  // addresses
  std::string name;                  // printable: a file, [heap], ...; empty: none
  bool shared = false;               // VM_MAYSHARE: stores are meant for others
  bool of_file = false;
  std::optional<std::string> flags;        // of smaps: " rd wr mr mw me ac mg "
  std::optional<std::uint64_t> ksm_bytes;  // in KSM frames; of smaps, since Linux 6.7

  [[nodiscard]] std::uint64_t bytes() const { return end - first; }
  // Whether smaps was read and has this flag.
  [[nodiscard]] bool has(const char* flag) const;
};

// Whether KSM may merge a mapping's pages, and why not. Source: mm/ksm.c, ksm_compatible(),
// ksm_madvise().
enum class Mergeable {
  kRegistered,    // ksmd looks at it
  kUnregistered,  // could be registered
  kUnknown,       // could be; whether it is needs smaps
  kFile,          // private and of a file, not registered
  kShared,
  kHugetlb,
  kDevice,     // VM_PFNMAP, VM_IO, VM_DONTEXPAND, VM_MIXEDMAP
  kDroppable,  // MAP_DROPPABLE
  kSpecial,    // the kernel's own: [vdso]
};
inline constexpr int kMergeableKinds = 9;

// `registered`: whether any memory of the process is, where the kernel says so.
Mergeable judge(const Mapping& mapping, std::optional<bool> registered);

// One word each, as in the JSON.
const char* word_of(Mergeable mergeable);

// For people: "no: ..." or "yes: ...".
std::string reason_of(Mergeable mergeable);

// Whether ksmd would look at its private pages once it was registered.
inline bool could_merge(Mergeable mergeable) {
  return mergeable == Mergeable::kRegistered || mergeable == Mergeable::kUnregistered ||
         mergeable == Mergeable::kUnknown;
}

// What looking may cost the process that is looked at. For a line of smaps the kernel walks a
// mapping's page tables and holds the mmap lock meanwhile: mmap() and munmap() there wait.
struct LookLimits {
  std::uint64_t page_tables_kib = 16U << 10U;  // VmPTE; pages of 4 KiB for 8 GiB
  std::uint64_t file_bytes = 16U << 20U;       // of smaps or maps; of smaps some 20 000 mappings
  std::size_t mappings = 50'000;
  double seconds = 2;  // on smaps; then as much on the pages
};

struct Mappings {
  std::vector<Mapping> list;
  std::string why_no_flags;  // empty: smaps was read
  bool complete = true;      // else the process has more of them than the limits allow
};

// `status` is the text of /proc/PID/status. Errors: kCannotRun.
Outcome<Mappings> read_mappings(const Roots& roots, int pid, const std::string& status,
                                const LookLimits& limits = {});

}  // namespace zp
