// SPDX-License-Identifier: MIT
#include "harness/memory/memfd.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "harness/ksm/knobs.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

Outcome<void> allow_mappings(std::uint64_t needed, const Table& table, KsmSession& session) {
  const Roots& roots = session.roots();
  const auto limit_text = read_knob(roots, *find_knob("vm.max_map_count"));
  const auto maps = read_text_file(roots.proc + "/self/maps");
  if (!limit_text || !maps) return {};  // mmap itself will say
  const std::uint64_t limit = parse_number(*limit_text).value_or(0);
  // Threads and libraries may map more before the table is gone.
  const std::uint64_t in_use =
      static_cast<std::uint64_t>(std::count(maps->begin(), maps->end(), '\n')) + 64;
  if (in_use + needed <= limit) return {};
  if (session.set("vm.max_map_count", std::to_string(in_use + needed))) return {};
  const std::uint64_t possible = limit > in_use ? limit - in_use : 0;
  return fail(ExitCode::kCannotRun,
              "needs {} mappings and vm.max_map_count allows {} more: use a table of at most {} or "
              "more colours, or, as root, sysctl vm.max_map_count={}",
              needed, possible, human_size(possible * (table.bytes() / needed)), in_use + needed);
}

}  // namespace

Outcome<void> map_memfd_frames(const Table& table, std::uint64_t colours, KsmSession& session) {
  const std::uint64_t span_bytes = colours * system_page_bytes();
  if (auto allowed = allow_mappings((table.pages() + colours - 1) / colours, table, session);
      !allowed)
    return allowed;
  const Fd frames(::memfd_create("zpbench-frames", MFD_CLOEXEC));
  if (!frames || ::ftruncate(frames.get(), static_cast<off_t>(span_bytes)) != 0)
    return fail(ExitCode::kCannotRun, "memfd: {}", errno_text(errno));
  for (std::uint64_t at = 0; at < table.bytes(); at += span_bytes) {
    // Populated for reading, the frames of a memfd are allocated and zeroed once.
    if (::mmap(table.base() + at, std::min(span_bytes, table.bytes() - at), PROT_READ,
               MAP_SHARED | MAP_FIXED | MAP_POPULATE, frames.get(), 0) == MAP_FAILED)
      return fail(ExitCode::kCannotRun, "cannot map the frames for the {}th time: {}",
                  at / span_bytes + 1, errno_text(errno));
  }
  return {};
}

}  // namespace zp
