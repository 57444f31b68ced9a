// SPDX-License-Identifier: MIT
#include "harness/memory/table.hpp"

#include <sys/mman.h>

#include <cerrno>

#include "harness/host/system_calls.hpp"
#include "harness/support/file.hpp"
#include "harness/support/units.hpp"

namespace zp {

Outcome<Table> Table::map(std::uint64_t bytes, std::uint64_t alignment_bytes) {
  // Reserve more than needed and give back what lies outside the aligned part.
  const std::uint64_t reserved = bytes + alignment_bytes;
  void* start = ::mmap(nullptr, reserved, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED)
    return fail(ExitCode::kCannotRun, "cannot map a table of {}: {}", human_size(bytes),
                errno_text(errno));
  auto* const first = static_cast<std::byte*>(start);
  const auto address = reinterpret_cast<std::uintptr_t>(first);
  const std::uint64_t before = -address & (alignment_bytes - 1);
  if (before != 0) ::munmap(first, before);
  ::munmap(first + before + bytes, reserved - before - bytes);
  Table table(first + before, bytes);
  // EINVAL: a kernel without transparent huge pages, which has nothing to turn off.
  if (::madvise(table.base_, bytes, MADV_NOHUGEPAGE) != 0 && errno != EINVAL)
    return fail(ExitCode::kCannotRun, "cannot turn huge pages off for a table: {}",
                describe_call(Roots{}, "madvise(MADV_NOHUGEPAGE)", errno));
  return table;
}

Outcome<void> Table::move() {
  auto place = map(bytes_, system_page_bytes());
  if (!place) return fail(place);
  if (::mremap(base_, bytes_, bytes_, MREMAP_MAYMOVE | MREMAP_FIXED, place->base_) == MAP_FAILED)
    return fail(ExitCode::kFailed, "mremap: {}", errno_text(errno));
  base_ = std::exchange(place->base_, nullptr);
  return {};
}

Table::~Table() {
  if (base_ != nullptr) ::munmap(base_, bytes_);
}

}  // namespace zp
