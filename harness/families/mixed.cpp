// SPDX-License-Identifier: MIT
#include "harness/families/mixed.hpp"

#include <algorithm>
#include <bit>

#include "harness/families/merging.hpp"
#include "harness/host/cpu_limit.hpp"
#include "harness/host/topology.hpp"
#include "harness/memory/census.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/row_text.hpp"
#include "harness/walk/kernels.hpp"

namespace zp {
namespace {

// The first word of a page that is not zero: a number of its own, a plain one to who reads doubles.
std::uint64_t own_word(std::uint64_t page) {
  return std::bit_cast<std::uint64_t>(1.0 + static_cast<double>(page));
}

Outcome<void> fill(const Table& table, const MixedPages& mix, bool by_reading,
                   const std::function<bool()>& cancelled) {
  const std::uint64_t page_bytes = system_page_bytes();
  for (std::uint64_t page = 0; page < table.pages(); ++page) {
    if (page % kPagesBetweenAsking == 0 && cancelled())
      return fail(ExitCode::kInterrupted, "interrupted");
    std::byte* const at = table.base() + page * page_bytes;
    if (!mix.is_zero(page)) {
      write_page({at, page_bytes}, page, {});
      *reinterpret_cast<std::uint64_t*>(at) = own_word(page);
    } else if (by_reading) {
      static_cast<void>(*static_cast<volatile std::byte*>(at));
    } else {
      write_page({at, page_bytes}, page, {});
    }
  }
  return {};
}

Outcome<void> merge_zeros(const Table& table, const MixedPages& mix, const MixedRequest& request,
                          FamilyEnvironment& environment) {
  if (auto ready = prepare_merge(environment.session, rules_of(request.placement)); !ready)
    return ready;
  if (auto filled = fill(table, mix, false, environment.cancelled); !filled) return filled;
  if (auto registered = register_table(table); !registered) return registered;
  const Roots& roots = environment.session.roots();
  MergeWatch watch;
  watch.pages = mix.zeros();
  watch.merged_pages = [&] { return count_merged(roots, table); };
  watch.cancelled = environment.cancelled;
  if (auto merged = run_merge(environment.session, watch); !merged) return fail(merged);
  return {};
}

Outcome<Census> proven_mix(const Table& table, const MixedPages& mix, const MixedRequest& request,
                           const Roots& roots, const char* when) {
  auto census = strong_census(roots, table, "of the share");
  if (!census) return census;
  const bool merged =
      request.placement.entry().needs_ksm && request.placement.kind != PlacementKind::kKsmZeroPage;
  const std::uint64_t shared = merged ? census->ksm_pages : census->zero_pages;
  const std::uint64_t others = merged ? census->zero_pages : census->ksm_pages;
  const std::uint64_t own = census->pages - mix.zeros();
  const std::uint64_t least_frames = own + (mix.zeros() != 0 ? 1 : 0);
  if (census->present == census->pages && shared == mix.zeros() && others == 0 &&
      census->huge_pages == 0 && census->frames >= least_frames)
    return census;
  return fail(ExitCode::kFailed,
              "census {}: {} of {} pages must be {}; found {} KSM, {} zero page, {} huge, {} "
              "frames, {} not present",
              when, mix.zeros(), census->pages, to_string(request.placement), census->ksm_pages,
              census->zero_pages, census->huge_pages, census->frames,
              census->pages - census->present);
}

struct Timing {
  double ns_per_read = 0;
  double cpu_share = 1;  // of a CPU that this thread had meanwhile
};

// Every walk reads the first word of each page once, and all other words are 0.
Outcome<Timing> timed(const Table& table, const MixedPages& mix, std::uint64_t stride, Order order,
                      double seconds, const std::function<bool()>& cancelled) {
  const Walk walk{table.base(), stride, table.bytes() / stride, system_page_bytes(), 0, order, 1};
  std::uint64_t wanted = 0;
  for (std::uint64_t page = 0; page < table.pages(); ++page)
    if (!mix.is_zero(page)) wanted += own_word(page);
  bool right = run_walk(walk) == wanted;  // and warms caches and TLB
  const ThreadTimer timer;
  double passed = 0;
  std::uint64_t reads = 0;
  do {
    right &= run_walk(walk) == wanted;
    reads += walk.reads;
    passed = timer.seconds();
  } while (passed < seconds && !cancelled());
  const double cpu_share = timer.cpu_share();
  if (cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
  if (!right) return fail(ExitCode::kFailed, "{} that were written", kWrongWords);
  return Timing{passed * 1e9 / static_cast<double>(reads), cpu_share};
}

}  // namespace

MixedPages::MixedPages(std::uint64_t pages, unsigned zero_percent, MixOrder order)
    : zeros_(pages * zero_percent / 100) {
  if (order == MixOrder::kRandom) shuffled_.emplace(pages, 1);
}

Outcome<Figures> measure_mixed(const MixedRequest& request, FamilyEnvironment& environment) {
  const Roots& roots = environment.session.roots();
  if (auto reason = why_not_here(request.placement, roots))
    return fail(ExitCode::kCannotRun, "{}", *reason);
  if (const auto weak = why_census_is_weak(roots))
    return fail(ExitCode::kCannotRun, "the share of zero pages can't be proven: {}", *weak);
  const auto pinned = stay_on_one_cpu();
  if (!pinned) return fail(pinned);
  const auto table = Table::map(request.table_bytes, system_page_bytes());
  if (!table) return fail(table);
  // One per cent is two pages at least: KSM shares none that is alone.
  if (constexpr std::uint64_t kLeastPages = 200; table->pages() < kLeastPages)
    return fail(ExitCode::kUsage,
                "a table of {} page(s) is too small for shares in percent; it takes {}",
                table->pages(), kLeastPages);
  const MixedPages mix(table->pages(), request.zero_percent, request.order);
  const bool merging = request.placement.entry().needs_ksm && mix.zeros() != 0;
  auto filled = merging ? merge_zeros(*table, mix, request, environment)
                        : fill(*table, mix, true, environment.cancelled);
  if (!filled) return fail(filled);
  const auto before = proven_mix(*table, mix, request, roots, "before timing");
  if (!before) return fail(before);
  environment.at_rest();
  const auto sparse = timed(*table, mix, request.sparse_stride_bytes, Order::kRandom,
                            request.seconds_a_walk, environment.cancelled);
  if (!sparse) return fail(sparse);
  const auto stream = timed(*table, mix, request.stream_stride_bytes, Order::kSequential,
                            request.seconds_a_walk, environment.cancelled);
  if (!stream) return fail(stream);
  const auto after = proven_mix(*table, mix, request, roots, "after timing");
  if (!after) return fail(after);
  const auto pages = static_cast<double>(after->pages);
  return Figures{{"ns_per_read_sparse", sparse->ns_per_read},
                 {"ns_per_read_stream", stream->ns_per_read},
                 {"cpu_share", std::min(sparse->cpu_share, stream->cpu_share)},
                 {"frames", static_cast<double>(after->frames)},
                 {"zero_page_share", static_cast<double>(after->zero_pages) / pages},
                 {"ksm_share", static_cast<double>(after->ksm_pages) / pages}};
}

}  // namespace zp
