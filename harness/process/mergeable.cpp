// SPDX-License-Identifier: MIT
#include "harness/process/mergeable.hpp"

#include <algorithm>
#include <array>

namespace zp {
namespace {

struct Kind {
  const char* word;
  const char* reason;
};

// In the order of the enumeration.
constexpr std::array<Kind, kMergeableKinds> kKinds{{
    {"registered", "yes: registered"},
    {"unregistered", "no: not registered"},
    {"unknown", "unknown: whether it is registered was not read"},
    {"file", "no: of a file, not registered; only copies of its pages could merge"},
    {"shared", "no: shared memory; registering it does nothing"},
    {"hugetlb", "no: hugetlb pages"},
    {"device", "no: a device's or driver's pages (VmFlags pf, io, de or mm)"},
    {"droppable", "no: MAP_DROPPABLE"},
    {"special", "no: the kernel's own page"},
}};
static_assert(static_cast<int>(Mergeable::kSpecial) + 1 == kMergeableKinds);

bool any_of(const Mapping& mapping, std::initializer_list<const char*> flags) {
  return std::ranges::any_of(flags, [&](const char* flag) { return mapping.has(flag); });
}

}  // namespace

Mergeable judge(const Mapping& mapping, std::optional<bool> registered) {
  for (const char* special : {"[vdso]", "[vsyscall]", "[vvar", "[uprobes]"})
    if (mapping.name.starts_with(special)) return Mergeable::kSpecial;
  if (mapping.shared) return Mergeable::kShared;
  if (mapping.has("ht") || mapping.name.starts_with("/anon_hugepage")) return Mergeable::kHugetlb;
  if (any_of(mapping, {"pf", "io", "de", "mm"})) return Mergeable::kDevice;
  if (mapping.has("dp")) return Mergeable::kDroppable;
  if (mapping.has("mg")) return Mergeable::kRegistered;
  if (!mapping.flags && registered.value_or(true)) return Mergeable::kUnknown;
  return mapping.of_file ? Mergeable::kFile : Mergeable::kUnregistered;
}

const char* word_of(Mergeable mergeable) {
  return kKinds.at(static_cast<std::size_t>(mergeable)).word;
}

std::string reason_of(Mergeable mergeable) {
  return kKinds.at(static_cast<std::size_t>(mergeable)).reason;
}

}  // namespace zp
