// SPDX-License-Identifier: MIT
#include "harness/memory/placement.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "harness/host/huge_pages.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/ksm/process_counters.hpp"
#include "harness/memory/memfd.hpp"
#include "harness/memory/zero_mappings.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

using enum PlacementKind;

constexpr std::uint64_t kNonzeroFill = 0x5a5a5a5a5a5a5a5a;

// Visits every page of the table, giving up where the caller cancels.
template <class Visit>
Outcome<void> for_each_page(const Table& table, const std::function<bool()>& cancelled,
                            Visit&& visit) {
  const std::uint64_t page_bytes = system_page_bytes();
  for (std::uint64_t page = 0; page < table.pages(); ++page) {
    if (page % 4096 == 0 && cancelled())
      return fail(ExitCode::kInterrupted, "interrupted while filling the table");
    visit(table.base() + page * page_bytes, table.first_vpn() + page);
  }
  return {};
}

Outcome<void> write_all(const Table& table, const Contents& contents,
                        const std::function<bool()>& cancelled) {
  return for_each_page(table, cancelled, [&](std::byte* page, std::uint64_t vpn) {
    write_page({page, system_page_bytes()}, vpn, contents);
  });
}

Outcome<void> read_all(const Table& table, const std::function<bool()>& cancelled) {
  return for_each_page(table, cancelled, [](std::byte* page, std::uint64_t) {
    static_cast<void>(*static_cast<volatile std::byte*>(page));
  });
}

// KSM merges a page only with another of the same content. Where the table has a content only once
// (fewer pages than two for each colour), or its last page would have a frame for itself, pages
// next to the table provide the second.
Outcome<std::vector<Table>> make_twins(const PlacementRequest& request, const PlacedTable& placed) {
  std::vector<Table> twins;
  const std::uint64_t pages = placed.table.pages();
  const std::uint64_t contents = std::max<std::uint64_t>(1, placed.contents.colours);
  const bool lone_page = pages % sharers_of(request.id) == 1;
  if (pages >= 2 * contents && !lone_page) return twins;
  auto twin = Table::map(contents * system_page_bytes(), contents * system_page_bytes());
  if (!twin) return fail(twin);
  if (auto written = write_all(*twin, placed.contents, request.cancelled); !written)
    return fail(written);
  twins.push_back(std::move(*twin));
  return twins;
}

// The table and its twins, or all that this process has.
Outcome<void> register_for_merging(const PlacementRequest& request, const Roots& roots,
                                   PlacedTable& placed) {
  if (request.registration == Registration::kPrctl) {
    auto registered = RegisteredProcess::start(roots);
    if (!registered) return fail(registered);
    placed.registered.emplace(std::move(*registered));
    return {};
  }
  if (auto registered = register_table(placed.table); !registered) return registered;
  for (const Table& twin : placed.twins)
    if (auto registered = register_table(twin); !registered) return registered;
  return {};
}

// How many pages of the table are merged: by KSM's own counters where this kernel has them and
// nothing else of this process is registered, else by a census, at most every 50 ms since it costs
// more. Fails where neither can be had.
Outcome<std::function<std::uint64_t()>> merged_pages_counter(const Roots& roots,
                                                             const PlacedTable& placed) {
  const auto before = read_own_ksm_counters(roots);
  const bool zero = placed.id.entry().backing == Backing::kZeroPage;
  if (!placed.registered && before.merging_pages && (!zero || before.zero_pages)) {
    const auto total = [roots, zero] {
      const auto now = read_own_ksm_counters(roots);
      return (zero ? now.zero_pages : now.merging_pages).value_or(0);
    };
    const std::uint64_t start = total();
    return [total, start] { return total() - std::min(start, total()); };
  }
  if (const auto census = take_census(roots, placed.table, 0); !census) return fail(census);
  const std::uint64_t twin_pages = placed.twins.empty() ? 0 : placed.twins.front().pages();
  return [roots, &placed, twin_pages, last = Clock::time_point(),
          merged = std::uint64_t{0}]() mutable {
    if (Clock::now() - last < std::chrono::milliseconds(50)) return merged;
    if (const auto census = take_census(roots, placed.table, 0))
      merged = census->ksm_pages + census->zero_pages;
    last = Clock::now();
    return merged == placed.table.pages() ? merged + twin_pages : merged;
  };
}

Outcome<void> place_by_ksm(const PlacementRequest& request, KsmSession& session,
                           PlacedTable& placed) {
  auto twins = make_twins(request, placed);
  if (!twins) return fail(twins);
  placed.twins = std::move(*twins);
  MergeWatch watch;
  watch.pages = placed.table.pages();
  for (const Table& twin : placed.twins) watch.pages += twin.pages();
  if (auto prepared = prepare_merge(session, rules_of(request.id)); !prepared) return prepared;
  if (auto written = write_all(placed.table, placed.contents, request.cancelled); !written)
    return written;
  if (auto registered = register_for_merging(request, session.roots(), placed); !registered)
    return registered;
  auto counter = merged_pages_counter(session.roots(), placed);
  if (!counter) return fail(counter);
  watch.merged_pages = std::move(*counter);
  watch.report = request.report;
  watch.cancelled = request.cancelled;
  auto merged = run_merge(session, watch);
  if (!merged) return fail(merged);
  placed.merge = *merged;
  return {};
}

// Huge pages from the first touch on.
Outcome<void> allow_huge_pages(const PlacementRequest& request, KsmSession& session,
                               const Table& table) {
  const std::uint64_t huge_bytes = huge_page_bytes(session.roots());
  if (huge_bytes == 0 || request.table_bytes % huge_bytes != 0)
    return fail(ExitCode::kUsage, "it takes a table of whole huge pages ({})",
                human_size(huge_bytes));
  if (read_knob(session.roots(), *find_knob("thp.enabled")) == "never")
    if (auto set = session.set("thp.enabled", "madvise"); !set) return set;
  if (request.id.entry().backing == Backing::kZeroPage)
    if (auto set = session.set("thp.use_zero_page", "1"); !set) return set;
  if (::madvise(table.base(), table.bytes(), MADV_HUGEPAGE) != 0)
    return fail(ExitCode::kCannotRun, "madvise(MADV_HUGEPAGE): {}", errno_text(errno));
  return {};
}

Outcome<void> fill(const PlacementRequest& request, KsmSession& session, PlacedTable& placed) {
  const PlacementId& id = request.id;
  if (id.entry().needs_ksm) return place_by_ksm(request, session, placed);
  if (id.memfd_frames() != 0)
    return map_memfd_frames(placed.table, id.memfd_frames(), session, request.cancelled);
  if (is_filled_by_call(id))
    return fill_by_call(id, placed.table, session.roots(), request.cancelled);
  if (id.entry().backing == Backing::kOwnMemory)
    return write_all(placed.table, placed.contents, request.cancelled);
  return read_all(placed.table, request.cancelled);
}

}  // namespace

Outcome<void> register_table(const Table& table) {
  if (::madvise(table.base(), table.bytes(), MADV_MERGEABLE) == 0) return {};
  return fail(ExitCode::kCannotRun, "madvise(MADV_MERGEABLE): {}", errno_text(errno));
}

Contents contents_of(const PlacementId& id) {
  if (id.kind == kKsmNonzero) return {kNonzeroFill, 0};
  return {0, id.kind == kKsmColoured ? id.colours : 0};
}

PlacementId ksm_zero_placement(bool use_zero_pages) {
  return {use_zero_pages ? kKsmZeroPage : kKsmSingle, 0};
}

// Where one frame is to be enough, not just above the table's pages: foreign mergeable memory (a
// guest's zero pages) shares our frames.
std::uint64_t sharers_of(const PlacementId& id) {
  return id.entry().frames == FrameCount::kShared ? id.pages_per_frame() : kMaxSharers;
}

MergeRules rules_of(const PlacementId& id) {
  return {id.entry().backing == Backing::kZeroPage, sharers_of(id)};
}

Outcome<Table> map_untouched(const PlacementRequest& request, KsmSession& session) {
  const std::uint64_t page_bytes = system_page_bytes();
  if (request.table_bytes == 0 || request.table_bytes % page_bytes != 0)
    return fail(ExitCode::kUsage, "a table of {} bytes is not a multiple of the page ({} bytes)",
                request.table_bytes, page_bytes);
  if (request.id.colours > request.table_bytes / page_bytes)
    return fail(ExitCode::kUsage, "{} needs at least {} pages; a table of {} has {}",
                to_string(request.id), request.id.colours, human_size(request.table_bytes),
                request.table_bytes / page_bytes);
  if (auto reason = why_not_here(request.id, session.roots()))
    return fail(ExitCode::kCannotRun, "{}: {}", to_string(request.id), *reason);
  auto table = Table::map(request.table_bytes,
                          std::max({request.alignment_bytes, request.id.colours * page_bytes,
                                    page_bytes, huge_page_bytes(session.roots())}));
  if (table && request.id.entry().needs_huge_pages)
    if (auto allowed = allow_huge_pages(request, session, *table); !allowed) return fail(allowed);
  if (table && request.id.kind == kShmemHole)
    if (auto mapped = map_shmem_hole(*table, session.roots()); !mapped) return fail(mapped);
  return table;
}

Outcome<PlacedTable> place(const PlacementRequest& request, KsmSession& session) {
  auto table = map_untouched(request, session);
  if (!table) return fail(table);
  PlacedTable placed{request.id, std::nullopt, std::move(*table), contents_of(request.id), {}, {}};
  if (auto filled = fill(request, session, placed); !filled) return fail(filled);
  return placed;
}

std::optional<std::string> why_not_here(const PlacementId& id, const Roots& roots) {
  // Empty where the file can be written.
  const auto why_not_writable = [](const std::string& path) -> std::string {
    if (::access(path.c_str(), W_OK) == 0) return "";
    return errno == EROFS ? path + " is on a read-only file system (a container's?)"
                          : "needs root: cannot write " + path;
  };
  // What every table is made with, and then what this one is.
  const auto probe = Table::map(system_page_bytes(), system_page_bytes());
  if (!probe) return probe.error().message;
  if (id.entry().backing == Backing::kFile) return why_no_memfd(roots);
  if (is_filled_by_call(id))
    if (auto filled = fill_by_call(id, *probe, roots); !filled) return filled.error().message;
  if (id.entry().needs_ksm) {
    const std::string run = knob_path(roots, *find_knob("ksm.run"));
    if (::access(run.c_str(), F_OK) != 0) return "this kernel has no KSM (CONFIG_KSM)";
    if (auto reason = why_not_writable(run); !reason.empty()) return reason;
    if (id.kind == kKsmShared && !read_knob(roots, *find_knob("ksm.max_page_sharing")))
      return "this kernel has no max_page_sharing (Linux 4.13)";
    if (id.kind == kKsmZeroPage && !read_knob(roots, *find_knob("ksm.use_zero_pages")))
      return "this kernel has no use_zero_pages (Linux 4.11)";
    if (::madvise(probe->base(), probe->bytes(), MADV_MERGEABLE) != 0)
      return describe_call(roots, "madvise(MADV_MERGEABLE)", errno);
  }
  if (id.entry().needs_huge_pages) {
    const Knob& enabled = *find_knob("thp.enabled");
    const auto mode = read_knob(roots, enabled);
    if (!mode || huge_page_bytes(roots) == 0) return kNoHugePages;
    if (auto denied = why_denied_huge_pages(roots)) return denied;
    if (mode == "never")
      if (auto reason = why_not_writable(knob_path(roots, enabled)); !reason.empty())
        return "transparent huge pages are off; " + reason;
    if (const auto weak = why_census_is_weak(roots)) return "huge pages can't be proven: " + *weak;
  }
  return std::nullopt;
}

Outcome<Census> proven_census(const PlacementId& id, const Table& table, const Roots& roots,
                              std::optional<std::uint64_t> zero_colours, const char* when) {
  auto census = take_census(roots, table, id.colours);
  if (!census) return census;
  if (const auto mismatch = census_mismatch(id, *census, zero_colours))
    return fail(ExitCode::kFailed, "census {}: {}", when, *mismatch);
  return census;
}

Outcome<Census> proven_census(const PlacementId& id, const Table& table, const Roots& roots,
                              const char* when) {
  return proven_census(id, table, roots, zero_page_colours(roots), when);
}

std::uint64_t memory_needed_bytes(const PlacementId& id, std::uint64_t table_bytes) {
  const std::uint64_t page_tables = table_bytes / system_page_bytes() * sizeof(std::uint64_t);
  if (id.entry().backing == Backing::kZeroPage && !id.entry().needs_ksm) return page_tables;
  if (const std::uint64_t frames = id.memfd_frames(); frames != 0) {
    // Each mapping of the frames is a VMA; struct vm_area_struct and its maple tree node.
    constexpr std::uint64_t kVmaBytes = 256;
    return page_tables + frames * system_page_bytes() +
           table_bytes / system_page_bytes() / frames * kVmaBytes;
  }
  // struct ksm_rmap_item (mm/ksm.c)
  constexpr std::uint64_t kRmapItemBytes = 64;
  const std::uint64_t records =
      id.entry().needs_ksm ? table_bytes / system_page_bytes() * kRmapItemBytes : 0;
  const std::uint64_t beside = page_tables + records;
  return table_bytes + std::min(beside, ~std::uint64_t{0} - table_bytes);  // as much as there is
}

}  // namespace zp
