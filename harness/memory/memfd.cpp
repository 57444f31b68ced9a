// SPDX-License-Identifier: MIT
#include "harness/memory/memfd.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "harness/host/system_calls.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

std::uint64_t times_round(std::uint64_t table_bytes, std::uint64_t colours) {
  return (table_bytes / system_page_bytes() + colours - 1) / colours;
}

Outcome<void> allow_mappings(const Table& table, std::uint64_t colours, KsmSession& session) {
  const auto limit_text = read_knob(session.roots(), *find_knob("vm.max_map_count"));
  if (!limit_text) return {};  // mmap itself will say
  const std::uint64_t limit = parse_number(*limit_text).value_or(0);
  const std::uint64_t needed = mappings_needed(session.roots(), table.bytes(), colours);
  if (needed <= limit) return {};
  if (session.set("vm.max_map_count", std::to_string(needed))) return {};
  const std::uint64_t here = times_round(table.bytes(), colours), others = needed - here;
  const std::uint64_t possible = limit > others ? limit - others : 0;
  return fail(ExitCode::kCannotRun,
              "needs {} mappings and vm.max_map_count allows {} more: use a table of at most {} or "
              "more colours, or, as root, sysctl vm.max_map_count={}",
              here, possible, human_size(possible * (table.bytes() / here)), needed);
}

}  // namespace

std::uint64_t mappings_needed(const Roots& roots, std::uint64_t table_bytes,
                              std::uint64_t colours) {
  constexpr std::uint64_t kRoom = 64;
  std::uint64_t mappings = 0;
  static_cast<void>(for_each_line(roots.proc + "/self/maps", [&](std::string_view) {
    ++mappings;
    return true;
  }));
  return mappings + kRoom + times_round(table_bytes, colours);
}

std::optional<std::string> why_no_memfd(const Roots& roots) {
  const Fd frames(::memfd_create("zpbench-frames", MFD_CLOEXEC));
  if (frames) return std::nullopt;
  return describe_call(roots, "memfd_create", errno);
}

Outcome<void> map_memfd_frames(const Table& table, std::uint64_t colours, KsmSession& session,
                               const std::function<bool()>& cancelled) {
  constexpr std::uint64_t kBytesPerLook = 16 << 20;  // some milliseconds
  const std::uint64_t span_bytes = colours * system_page_bytes();
  if (auto allowed = allow_mappings(table, colours, session); !allowed) return allowed;
  const Fd frames(::memfd_create("zpbench-frames", MFD_CLOEXEC));
  if (!frames)
    return fail(ExitCode::kCannotRun, "{}", describe_call(session.roots(), "memfd_create", errno));
  if (::ftruncate(frames.get(), static_cast<off_t>(span_bytes)) != 0)
    return fail(ExitCode::kCannotRun, "a memfd of {}: {}{}", human_size(span_bytes),
                describe_call(session.roots(), "ftruncate", errno),
                errno == EFBIG ? "; the limit on the size of files (ulimit -f) is below that" : "");
  for (std::uint64_t at = 0, times = 0; at < table.bytes(); at += span_bytes, ++times) {
    const std::uint64_t bytes = std::min(span_bytes, table.bytes() - at);
    if (::mmap(table.base() + at, bytes, PROT_READ, MAP_SHARED | MAP_FIXED, frames.get(), 0) ==
        MAP_FAILED)
      return fail(ExitCode::kCannotRun, "cannot map the frames for the {}th time: {}", times + 1,
                  describe_call(session.roots(), "mmap", errno));
    // What is mapped anew is open to huge pages again (shmem_enabled=always). EINVAL: there are
    // none.
    if (::madvise(table.base() + at, bytes, MADV_NOHUGEPAGE) != 0 && errno != EINVAL)
      return fail(ExitCode::kCannotRun, "{}",
                  describe_call(session.roots(), "madvise(MADV_NOHUGEPAGE)", errno));
    // Read, the frames of a memfd are allocated and zeroed once.
    for (std::uint64_t page = 0; page < bytes; page += system_page_bytes()) {
      if (page % kBytesPerLook == 0 && cancelled())
        return fail(ExitCode::kInterrupted, "interrupted while the frames were mapped");
      static_cast<void>(*static_cast<volatile std::byte*>(table.base() + at + page));
    }
  }
  return {};
}

}  // namespace zp
