// SPDX-License-Identifier: MIT
// Whether KSM may merge a mapping's pages, and why not. Source: mm/ksm.c, ksm_compatible(),
// ksm_madvise().
#pragma once

#include <optional>
#include <string>

#include "harness/process/mappings.hpp"

namespace zp {

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

}  // namespace zp
