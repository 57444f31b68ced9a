// SPDX-License-Identifier: MIT
#include "harness/memory/zero_mappings.hpp"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "harness/host/system_calls.hpp"
#include "harness/support/file.hpp"

// What the headers of older distributions lack: include/uapi of Linux.
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

namespace zp {
namespace {

using enum PlacementKind;

Outcome<void> refused(const Roots& roots, const char* call, int error_number,
                      const std::string& hint = "") {
  return fail(ExitCode::kCannotRun, "{}{}", describe_call(roots, call, error_number), hint);
}

// Calls `fill` for one block after another: some milliseconds each.
template <class Fill>
Outcome<void> for_each_block(const Table& table, const std::function<bool()>& cancelled,
                             Fill&& fill) {
  constexpr std::uint64_t kBlockBytes = 16 << 20;
  for (std::uint64_t at = 0; at < table.bytes(); at += kBlockBytes) {
    if (cancelled()) return fail(ExitCode::kInterrupted, "interrupted while the table was filled");
    if (Outcome<void> filled = fill(table.base() + at, std::min(kBlockBytes, table.bytes() - at));
        !filled)
      return filled;
  }
  return {};
}

Outcome<void> populate_for_reading(const Table& table, const Roots& roots,
                                   const std::function<bool()>& cancelled) {
  return for_each_block(table, cancelled,
                        [&](std::byte* start, std::uint64_t bytes) -> Outcome<void> {
                          if (::madvise(start, bytes, MADV_POPULATE_READ) == 0) return {};
                          return refused(roots, "madvise(MADV_POPULATE_READ)", errno,
                                         errno == EINVAL ? " (it came with Linux 5.14)" : "");
                        });
}

// One that handles faults of user mode alone is open to everybody, whatever
// vm.unprivileged_userfaultfd says; kernels before 5.11 have no such.
Outcome<Fd> open_userfaultfd(const Roots& roots) {
  const auto open = [](int flags) {
    return Fd(static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | flags)));
  };
  Fd opened = open(UFFD_USER_MODE_ONLY);
  if (!opened && errno == EINVAL) opened = open(0);
  if (opened) return opened;
  const char* hint = "";
  if (errno == ENOSYS) hint = " (a kernel without CONFIG_USERFAULTFD?)";
  if (errno == EPERM) hint = " (vm.unprivileged_userfaultfd=0?)";
  return tl::make_unexpected(refused(roots, "userfaultfd", errno, hint).error());
}

Outcome<void> map_zero_pages(const Table& table, const Roots& roots,
                             const std::function<bool()>& cancelled) {
  const auto faults = open_userfaultfd(roots);
  if (!faults) return fail(faults);
  uffdio_api api{};
  api.api = UFFD_API;
  if (::ioctl(faults->get(), UFFDIO_API, &api) != 0)
    return refused(roots, "ioctl(UFFDIO_API)", errno);
  uffdio_register registered{};
  registered.range = {reinterpret_cast<std::uintptr_t>(table.base()), table.bytes()};
  registered.mode = UFFDIO_REGISTER_MODE_MISSING;
  if (::ioctl(faults->get(), UFFDIO_REGISTER, &registered) != 0)
    return refused(roots, "ioctl(UFFDIO_REGISTER)", errno);
  return for_each_block(
      table, cancelled, [&](std::byte* start, std::uint64_t bytes) -> Outcome<void> {
        // The kernel may stop in the middle, to let others change this process's mappings.
        for (std::uint64_t done = 0; done < bytes;) {
          uffdio_zeropage pages{};
          pages.range = {reinterpret_cast<std::uintptr_t>(start) + done, bytes - done};
          if (::ioctl(faults->get(), UFFDIO_ZEROPAGE, &pages) == 0) return {};
          if (errno != EAGAIN) return refused(roots, "ioctl(UFFDIO_ZEROPAGE)", errno);
          if (pages.zeropage > 0) done += static_cast<std::uint64_t>(pages.zeropage);
        }
        return {};
      });
}

}  // namespace

bool is_filled_by_call(const PlacementId& id) {
  return id.kind == kPopulateRead || id.kind == kUffdZero;
}

Outcome<void> fill_by_call(const PlacementId& id, const Table& table, const Roots& roots,
                           const std::function<bool()>& cancelled) {
  return id.kind == kPopulateRead ? populate_for_reading(table, roots, cancelled)
                                  : map_zero_pages(table, roots, cancelled);
}

Outcome<void> map_shmem_hole(const Table& table, const Roots& roots) {
  const Fd file(::memfd_create("zpbench-hole", MFD_CLOEXEC));
  if (!file) return refused(roots, "memfd_create", errno);
  if (::ftruncate(file.get(), static_cast<off_t>(table.bytes())) != 0)
    return refused(
        roots, "ftruncate", errno,
        errno == EFBIG ? "; the limit on the size of files (ulimit -f) is below that" : "");
  if (::mmap(table.base(), table.bytes(), PROT_READ, MAP_SHARED | MAP_FIXED, file.get(), 0) ==
      MAP_FAILED)
    return refused(roots, "mmap", errno);
  // Shared memory may have huge pages of its own (shmem_enabled). EINVAL: a kernel without any.
  if (::madvise(table.base(), table.bytes(), MADV_NOHUGEPAGE) != 0 && errno != EINVAL)
    return refused(roots, "madvise(MADV_NOHUGEPAGE)", errno);
  return {};
}

}  // namespace zp
