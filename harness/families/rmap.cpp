// SPDX-License-Identifier: MIT
#include "harness/families/rmap.hpp"

#include <numa.h>
#include <numaif.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "harness/families/merging.hpp"
#include "harness/families/pressure.hpp"
#include "harness/families/swap_area.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/host/topology.hpp"
#include "harness/host/zram_swap.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/memory/pagemap.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kFrames = 4;

// Frame number F is that of pages F * sharers and the next so many.
class RmapTable {
 public:
  RmapTable(const RmapRequest& request, Table table)
      : request_(request), table_(std::move(table)) {}

  [[nodiscard]] const Table& table() const { return table_; }
  [[nodiscard]] std::uint64_t pages_of_frames() const { return kFrames * request_.sharers; }
  [[nodiscard]] std::uint64_t first_page(std::uint64_t frame) const {
    return frame * request_.sharers;
  }
  [[nodiscard]] std::byte* page(std::uint64_t number) const {
    return table_.base() + number * system_page_bytes();
  }

  void fill() const {
    for (std::uint64_t number = 0; number < pages_of_frames(); ++number) {
      auto* const word = reinterpret_cast<volatile std::uint64_t*>(page(number));
      if (reads_only())
        static_cast<void>(*word);
      else
        *word = word_of(number);
    }
  }

  [[nodiscard]] bool holds() const {
    for (std::uint64_t frame = 0; frame < kFrames; ++frame)
      if (*reinterpret_cast<const volatile std::uint64_t*>(page(first_page(frame))) !=
          word_of(first_page(frame)))
        return false;
    return true;
  }

  // Every second page may only be read, so that each page is a mapping of its own. All of them go
  // on to be searched for whatever page was mapped before.
  [[nodiscard]] Outcome<void> cut() const {
    for (std::uint64_t number = 1; number < request_.vmas; number += 2)
      if (::mprotect(page(number), system_page_bytes(), PROT_READ) != 0)
        return fail(ExitCode::kCannotRun, "{}", describe_call(Roots{}, "mprotect", errno));
    return {};
  }

  // All pages of each frame but the first, which KSM looks at last.
  [[nodiscard]] Outcome<void> give_up_others() const {
    for (std::uint64_t frame = 0; frame < kFrames; ++frame)
      for (std::uint64_t other = 1; other < request_.sharers; ++other)
        if (::madvise(page(first_page(frame) + other), system_page_bytes(), MADV_DONTNEED) != 0)
          return fail(ExitCode::kCannotRun, "{}",
                      describe_call(Roots{}, "madvise(MADV_DONTNEED)", errno));
    return {};
  }

  // Mappings that lie in the table ("55d0c0000000-55d0c0001000 rw-p ...").
  [[nodiscard]] std::uint64_t count_vmas(const Roots& roots) const {
    std::uint64_t count = 0;
    const auto first = reinterpret_cast<std::uintptr_t>(table_.base());
    static_cast<void>(for_each_line(roots.proc + "/self/maps", [&](std::string_view line) {
      const auto start =
          std::strtoull(std::string(line.substr(0, line.find('-'))).c_str(), nullptr, 16);
      count += static_cast<std::uint64_t>(start >= first && start < first + table_.bytes());
      return true;
    }));
    return count;
  }

 private:
  [[nodiscard]] bool reads_only() const {
    return request_.placement.kind == PlacementKind::kReadFault;
  }
  [[nodiscard]] std::uint64_t word_of(std::uint64_t number) const {
    return reads_only() ? 0 : number / request_.sharers + 1;
  }

  const RmapRequest& request_;
  Table table_;
};

// Takes the frame away that this page has; whether it is gone.
using Take = std::function<Outcome<bool>(std::byte* page, double& seconds)>;

struct Taken {
  std::uint64_t frames = 0;
  double seconds = 0;
};

// Again where one stayed: somebody held a reference to it just then.
Outcome<Taken> take_frames(const RmapTable& table, const Take& take, bool has_reverse_map,
                           FamilyEnvironment& environment) {
  constexpr int kTries = 3;
  Taken taken;
  for (std::uint64_t frame = 0; frame < kFrames; ++frame)
    for (int tries = has_reverse_map ? kTries : 1; tries > 0; --tries) {
      if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
      double seconds = 0;
      const auto gone = take(table.page(table.first_page(frame)), seconds);
      if (!gone) return fail(gone);
      if (*gone || !has_reverse_map) taken.seconds += seconds;
      if (!*gone) continue;
      ++taken.frames;
      break;
    }
  return taken;
}

Outcome<Take> by_pageout(const RmapTable& table, const Roots& roots) {
  auto opened = WordFile::open(roots.proc + "/self/pagemap");
  if (!opened) return fail(opened);
  auto pagemap = std::make_shared<WordFile>(std::move(*opened));
  return Take([&table, pagemap](std::byte* page, double& seconds) -> Outcome<bool> {
    const auto start = Clock::now();
    if (::madvise(page, system_page_bytes(), MADV_PAGEOUT) != 0)
      return fail(ExitCode::kCannotRun, "{} (it takes Linux 5.4)",
                  describe_call(Roots{}, "madvise(MADV_PAGEOUT)", errno));
    seconds = seconds_since(start);
    std::uint64_t word = 0;
    const auto number =
        static_cast<std::uint64_t>(page - table.table().base()) / system_page_bytes();
    if (auto read = pagemap->read(table.table().first_vpn() + number, {&word, 1}); !read)
      return fail(read);
    return PagemapEntry{word}.swapped();
  });
}

Take by_migration(int node) {
  return [node](std::byte* page, double& seconds) -> Outcome<bool> {
    void* address = page;
    int status = -1;
    const auto start = Clock::now();
    if (numa_move_pages(0, 1, &address, &node, &status, MPOL_MF_MOVE_ALL) < 0)
      return fail(ExitCode::kCannotRun, "{}", describe_call(Roots{}, "move_pages", errno));
    seconds = seconds_since(start);
    return status == node;
  };
}

Outcome<void> check_placed(const RmapRequest& request, const RmapTable& table, const Census& census,
                           const char* when, std::uint64_t pages) {
  using enum PlacementKind;
  const std::uint64_t placed = request.placement.kind == kKsmNonzero  ? census.ksm_pages
                               : request.placement.kind == kReadFault ? census.zero_pages
                                                                      : census.present;
  const std::uint64_t frames = request.placement.kind == kReadFault ? census.frames : kFrames;
  if (placed == pages && census.present == pages && census.frames == frames) return {};
  return fail(ExitCode::kFailed,
              "census {}: {} of {} pages are {}, in {} frames for {}; {} are there", when, placed,
              pages, to_string(request.placement), census.frames, table.pages_of_frames(),
              census.present);
}

// Places the pages, cuts the table and takes the frames away, in that order.
Outcome<Figures> place_and_take(const RmapRequest& request, const RmapTable& table,
                                const Take& take, FamilyEnvironment& environment) {
  const Roots& roots = environment.session.roots();
  const bool by_ksm = request.placement.entry().needs_ksm;
  const bool has_reverse_map = request.placement.kind != PlacementKind::kReadFault;
  if (by_ksm)
    if (auto prepared = prepare_merge(environment.session, rules_of(request.placement)); !prepared)
      return fail(prepared);
  table.fill();
  if (by_ksm) {
    if (::madvise(table.table().base(), table.table().bytes(), MADV_MERGEABLE) != 0)
      return fail(ExitCode::kCannotRun, "{}",
                  describe_call(roots, "madvise(MADV_MERGEABLE)", errno));
    if (auto merged = merge_pages(table.table(), table.pages_of_frames(), environment); !merged)
      return fail(merged);
  }
  const auto before = strong_census(roots, table.table(), "of the placement");
  if (!before) return fail(before);
  if (auto checked = check_placed(request, table, *before, "before", table.pages_of_frames());
      !checked)
    return fail(checked);
  if (auto cut = table.cut(); !cut) return fail(cut);
  std::uint64_t pages_left = table.pages_of_frames();
  if (request.way == RmapWay::kPageout) {
    if (auto gone = table.give_up_others(); !gone) return fail(gone);
    pages_left = kFrames;
  }
  const auto taken = take_frames(table, take, has_reverse_map, environment);
  if (!taken) return fail(taken);
  if (taken->frames != (has_reverse_map ? kFrames : 0))
    return fail(ExitCode::kFailed, "{} of {} frames were taken away", taken->frames, kFrames);

  const auto after = strong_census(roots, table.table(), "of where the frames went");
  if (!after) return fail(after);
  if (request.way == RmapWay::kPageout && has_reverse_map) {
    if (after->swapped_pages != kFrames)
      return fail(ExitCode::kFailed, "census after: {} of {} pages are swapped out",
                  after->swapped_pages, kFrames);
  } else if (auto checked = check_placed(request, table, *after, "after", pages_left); !checked) {
    return fail(checked);
  }
  Figures figures{{"walked_frames", static_cast<double>(kFrames)},
                  {"vmas_seen", static_cast<double>(table.count_vmas(roots))},
                  {"ns_per_frame", taken->seconds * 1e9 / static_cast<double>(kFrames)},
                  {"taken_frames", static_cast<double>(taken->frames)}};
  if (!table.holds()) return fail(ExitCode::kFailed, "{}: afterwards", kWrongMemory);
  return figures;
}

Outcome<Figures> take_by_pageout(const RmapRequest& request, const RmapTable& table,
                                 FamilyEnvironment& environment) {
  constexpr std::uint64_t kRoomBytes = 8 << 20;  // also for what else may be swapped out just then
  const Roots& roots = environment.session.roots();
  const auto take = by_pageout(table, roots);
  if (!take) return fail(take);
  // A machine without zram may have swap of its own.
  if (const auto no_zram = why_no_zram_swap(roots)) {
    if (const auto no_swap = why_no_swap(roots, kRoomBytes))
      return fail(ExitCode::kCannotRun, "{}; {}", *no_zram, *no_swap);
    return place_and_take(request, table, *take, environment);
  }
  auto area = SwapArea::add(environment.session, kRoomBytes);
  if (!area) return fail(area);
  auto figures = place_and_take(request, table, *take, environment);
  if (auto removed = area->remove(); !removed) return fail(removed);
  return figures;
}

Outcome<Figures> take_by_migration(const RmapRequest& request, const RmapTable& table,
                                   FamilyEnvironment& environment) {
  const auto other = bind_memory_to_one_of_two_nodes("a frame");
  if (!other) return fail(other);
  return place_and_take(request, table, by_migration(*other), environment);
}

}  // namespace

std::string_view to_string(RmapWay way) {
  return way == RmapWay::kMigrate ? "migrate" : "pageout";
}

std::uint64_t rmap_table_pages(const RmapRequest& request) {
  return std::max(request.vmas, kFrames * request.sharers);
}

Outcome<Figures> measure_rmap(const RmapRequest& request, FamilyEnvironment& environment) {
  constexpr std::uint64_t kOwnVmas = 1000;  // of this process, besides the table's
  const Roots& roots = environment.session.roots();
  if (auto reason = why_not_here(request.placement, roots))
    return fail(ExitCode::kCannotRun, "{}", *reason);
  if (const auto most = parse_number(read_knob(roots, *find_knob("vm.max_map_count")).value_or(""));
      most && *most < request.vmas + kOwnVmas)
    return fail(ExitCode::kCannotRun, "vm.max_map_count is {}, it takes {}", *most,
                request.vmas + kOwnVmas);
  const ThreadPlace back;
  // Before there is anything to take away: new pages wait on lists of their CPU.
  const auto pinned = stay_on_one_cpu();
  if (!pinned) return fail(pinned);
  auto mapped = Table::map(rmap_table_pages(request) * system_page_bytes(), system_page_bytes());
  if (!mapped) return fail(mapped);
  const RmapTable table(request, std::move(*mapped));
  return request.way == RmapWay::kPageout ? take_by_pageout(request, table, environment)
                                          : take_by_migration(request, table, environment);
}

}  // namespace zp
