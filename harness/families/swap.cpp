// SPDX-License-Identifier: MIT
#include "harness/families/swap.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>

#include "harness/families/pressure.hpp"
#include "harness/families/swap_area.hpp"
#include "harness/families/touch.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/host/topology.hpp"
#include "harness/host/zram_swap.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"
#include "harness/support/words.hpp"

namespace zp {
namespace {

using Words = std::span<std::uint64_t>;

Words words_of(const Table& table, std::uint64_t page) {
  const std::uint64_t page_bytes = system_page_bytes();
  return {reinterpret_cast<std::uint64_t*>(table.base() + page * page_bytes),
          page_bytes / sizeof(std::uint64_t)};
}

// What the word at `index` of every page is.
std::uint64_t word_at(SwapContents contents, std::size_t index, std::size_t words) {
  if (contents == SwapContents::kNonzero) return 0x5a5a5a5a5a5a5a5a;
  return contents == SwapContents::kOneWord && index == words / 2 ? 1 : 0;
}

// Calls `visit` for every page; ends early where the run is cancelled.
template <class Visit>
Outcome<void> for_each_page(const Table& table, FamilyEnvironment& environment, Visit&& visit) {
  for (std::uint64_t page = 0; page < table.pages(); ++page) {
    if (page % 4096 == 0 && environment.cancelled())
      return fail(ExitCode::kInterrupted, "interrupted");
    visit(words_of(table, page));
  }
  return {};
}

Outcome<void> fill(const Table& table, SwapContents contents, FamilyEnvironment& environment) {
  return for_each_page(table, environment, [contents](Words words) {
    // Something else first: a page that was only ever zero need not have a frame.
    *static_cast<volatile std::uint64_t*>(words.data()) = ~0ULL;
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = word_at(contents, i, words.size());
  });
}

Outcome<void> check_contents(const Table& table, SwapContents contents,
                             FamilyEnvironment& environment) {
  bool holds = true;
  auto seen = for_each_page(table, environment, [&](Words words) {
    for (std::size_t i = 0; i < words.size(); ++i)
      holds &= words[i] == word_at(contents, i, words.size());
  });
  if (seen && !holds) return fail(ExitCode::kFailed, "{}: after swapping in", kWrongMemory);
  return seen;
}

// What the kernel has counted since it was booted (/proc/vmstat).
constexpr std::array kOut{"swpout_zero", "pswpout", "zswpout"};
constexpr std::array kIn{"swpin_zero", "pswpin", "zswpin"};
using KernelCounts = std::array<std::optional<std::uint64_t>, 3>;

KernelCounts read_counts(const Roots& roots, const std::array<const char*, 3>& names) {
  const std::string text = read_text_file(roots.proc + "/vmstat").value_or("");
  KernelCounts counts;
  std::transform(names.begin(), names.end(), counts.begin(),
                 [&text](const char* name) { return number_field(text, name); });
  return counts;
}

// Adds what was counted since `before`; gives the sum.
std::uint64_t add_counts(const Roots& roots, const std::array<const char*, 3>& names,
                         const KernelCounts& before, Figures& figures) {
  const KernelCounts after = read_counts(roots, names);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!before[i] || !after[i]) continue;
    figures.emplace_back(names[i], static_cast<double>(*after[i] - *before[i]));
    sum += *after[i] - *before[i];
  }
  return sum;
}

// Swaps the table out; gives the seconds that the calls took. A page that is on its way to an LRU
// list can't be, so there are several tries.
Outcome<double> page_out(const Table& table, FamilyEnvironment& environment) {
  constexpr int kTries = 3;
  const Roots& roots = environment.session.roots();
  double seconds = 0;
  for (int left = kTries;; --left) {
    if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
    const auto start = Clock::now();
    if (::madvise(table.base(), table.bytes(), MADV_PAGEOUT) != 0)
      return fail(ExitCode::kCannotRun, "{} (it takes Linux 5.4)",
                  describe_call(roots, "madvise(MADV_PAGEOUT)", errno));
    seconds += seconds_since(start);
    const auto census = take_census(roots, table, 0);
    if (!census) return fail(census);
    if (census->swapped_pages == census->pages) return seconds;
    if (left == 1)
      return fail(ExitCode::kFailed, "census after MADV_PAGEOUT: {} of {} pages are swapped out",
                  census->swapped_pages, census->pages);
  }
}

// What arrived on the device of our own.
Outcome<void> add_stored(const Roots& roots, const SwapArea& area, const ZramContents& before,
                         double pages, Figures& figures) {
  const auto after = read_zram_contents(roots, area.device());
  if (!after) return fail(after);
  figures.emplace_back("device_pages", static_cast<double>(after->pages - before.pages));
  figures.emplace_back(
      "device_bytes_per_page",
      static_cast<double>(after->compressed_bytes - before.compressed_bytes) / pages);
  return {};
}

Outcome<Figures> swap_out_and_in(const SwapRequest& request, FamilyEnvironment& environment,
                                 const SwapArea* area) {
  constexpr double kAllButAFew = 0.99;
  const Roots& roots = environment.session.roots();
  // Before it is filled: new pages wait on lists of their CPU, and can't be swapped out from there.
  const auto pinned = stay_on_one_cpu();
  if (!pinned) return fail(pinned);
  const auto table = Table::map(request.table_bytes, system_page_bytes());
  if (!table) return fail(table);
  if (auto filled = fill(*table, request.contents, environment); !filled) return fail(filled);
  const PlacementId own{PlacementKind::kPrivate, 0};
  if (auto census = proven_census(own, *table, roots, "before"); !census) return fail(census);
  const auto pages = static_cast<double>(table->pages());

  Figures figures{{"pages", pages}};
  const auto stored = area != nullptr ? read_zram_contents(roots, area->device()) : ZramContents{};
  if (!stored) return fail(stored);
  const KernelCounts out = read_counts(roots, kOut);
  const auto seconds = page_out(*table, environment);
  if (!seconds) return fail(seconds);
  figures.emplace_back("out_ns_per_page", *seconds * 1e9 / pages);
  const std::uint64_t counted = add_counts(roots, kOut, out, figures);
  if (counted < table->pages())
    return fail(ExitCode::kFailed, "{} pages are swapped out, and the kernel has counted {}",
                table->pages(), counted);
  if (area != nullptr)
    if (auto added = add_stored(roots, *area, *stored, pages, figures); !added) return fail(added);

  const KernelCounts in = read_counts(roots, kIn);
  const Touch read = touch_pages(*table, Access::kRead);
  Figures read_figures;
  if (static_cast<double>(add_counts(roots, kIn, in, read_figures)) >= kAllButAFew * pages)
    figures.emplace_back("in_ns_per_page", read.ns_per_page);
  figures.insert(figures.end(), read_figures.begin(), read_figures.end());
  const auto census = strong_census(roots, *table, "of what a read maps");
  if (!census) return fail(census);
  if (census->present != census->pages)
    return fail(ExitCode::kFailed, "census after reading: {} of {} pages are there",
                census->present, census->pages);
  if (auto checked = check_contents(*table, request.contents, environment); !checked)
    return fail(checked);
  figures.emplace_back("frames", static_cast<double>(census->frames));
  figures.emplace_back("zero_page_share", static_cast<double>(census->zero_pages) / pages);
  return figures;
}

}  // namespace

std::string_view to_string(SwapContents contents) {
  return word_for(contents, {"zero", "one_word", "nonzero"});
}

std::string_view to_string(SwapWay way) {
  return way == SwapWay::kZram ? "zram" : "host";
}

Outcome<Figures> measure_swap(const SwapRequest& request, FamilyEnvironment& environment) {
  if (request.way == SwapWay::kHost) {
    if (auto reason = why_no_swap(environment.session.roots(), request.table_bytes))
      return fail(ExitCode::kCannotRun, "{}", *reason);
    return swap_out_and_in(request, environment, nullptr);
  }
  constexpr std::uint64_t kRoomBytes = 4 << 20;  // for what else may be swapped out just then
  auto area = SwapArea::add(environment.session, request.table_bytes + kRoomBytes);
  if (!area) return fail(area);
  auto figures = swap_out_and_in(request, environment, &*area);
  if (auto removed = area->remove(); !removed) return fail(removed);
  return figures;
}

}  // namespace zp
