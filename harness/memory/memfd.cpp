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
  const std::string maps = read_text_file(roots.proc + "/self/maps").value_or("");
  return static_cast<std::uint64_t>(std::count(maps.begin(), maps.end(), '\n')) + kRoom +
         times_round(table_bytes, colours);
}

Outcome<void> map_memfd_frames(const Table& table, std::uint64_t colours, KsmSession& session) {
  const std::uint64_t span_bytes = colours * system_page_bytes();
  if (auto allowed = allow_mappings(table, colours, session); !allowed) return allowed;
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
