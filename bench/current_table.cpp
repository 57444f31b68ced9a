// SPDX-License-Identifier: MIT
#include "bench/current_table.hpp"

#include <bit>

#include "harness/host/available_memory.hpp"
#include "harness/host/siblings.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/interrupt.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

Outcome<void> check_table(const Roots& roots, const Cell& cell, int node) {
  const auto fits =
      check_memory(roots, memory_needed_bytes(cell.placement, cell.table_bytes), node);
  if (fits) return fits;
  return fail(fits.error().code, "{} of {} {}: use smaller --tables", to_string(cell.placement),
              human_size(cell.table_bytes), fits.error().message);
}

std::string describe(const PlacedTable& placed, const Census& census) {
  std::string text =
      fmt::format("{}, {}: ", to_string(placed.id), human_size(placed.table.bytes()));
  text += census.strong ? fmt::format("{} frame{}", census.frames, census.frames == 1 ? "" : "s")
                        : std::string("census weak");
  if (placed.merge) text += fmt::format(", merged in {:.2f} s", placed.merge->seconds);
  return text;
}

}  // namespace

std::string row_message(const Error& error) {
  if (interrupted()) return std::string(kInterruptedMessage);
  const bool cannot = error.code == ExitCode::kCannotRun || error.code == ExitCode::kUsage;
  return (cannot ? std::string(kSkippedPrefix) : "") + error.message;
}

std::optional<std::string> why_no_row(const Roots& roots) {
  const auto cpus = cpus_of_node(first_node());
  if (!cpus) return cpus.error().message;
  if (cpus->empty())
    return "cannot tell which CPUs this process may run on (sched_getaffinity is forbidden?)";
  const ThreadPlace place;
  if (auto pinned = pin_thread_to_cpu(cpus->front()); !pinned) return pinned.error().message;
  if (auto bound = bind_memory_to_node(first_node()); !bound) return bound.error().message;
  return why_not_here({PlacementKind::kReadFault, 0}, roots);
}

CurrentTable::CurrentTable(const Roots& roots, std::uint64_t alignment_bytes, Progress& progress)
    : roots_(roots),
      alignment_bytes_(alignment_bytes),
      progress_(progress),
      zero_colours_(zero_page_colours(roots)),
      l2_(data_cache(roots, 2)),
      session_(roots) {}

Outcome<void> CurrentTable::prepare(const Cell& cell) {
  if (interrupted()) return fail(interrupt_exit_code(), "{}", kInterruptedMessage);
  if (!cell_ || !same_table(*cell_, cell)) {
    proven_ = false;
    placed_.reset();
    ++table_number_;
    cell_.reset();  // until there is a table, or a reason: what is thrown leaves neither
    made_ = make_table(cell);
    cell_ = cell;
  }
  if (!made_) return made_;
  if (auto pinned = pin_thread_to_cpu(cpus_.front()); !pinned) return pinned;
  // The census after one timed block is the census before the next: nothing ran in between.
  if (!std::exchange(proven_, false))
    if (auto census = proven(cell, "before timing"); !census) return fail(census);
  return {};
}

Outcome<void> CurrentTable::make_table(const Cell& cell) {
  const int node = cell.node.value_or(first_node());
  auto cpus = cpus_of_node(node);
  if (!cpus) return fail(cpus);
  cpus_ = cores_first(roots_, *cpus);
  if (auto fits = check_table(roots_, cell, node); !fits) return fits;
  if (auto chosen = choose_pages_of(cell); !chosen) return chosen;
  if (!place_) place_.emplace();
  if (auto bound = bind_memory_to_node(node); !bound) return bound;

  PlacementRequest request;
  request.id = cell.placement;
  request.table_bytes = cell.table_bytes;
  request.alignment_bytes = alignment_bytes_;
  request.registration = cell.registration;
  if (cell.placement.reads_chosen_pages())  // offsets are address bits then
    request.alignment_bytes = std::max(alignment_bytes_, std::bit_ceil(cell.table_bytes));
  request.cancelled = interrupted;
  const std::string what =
      fmt::format("{}, {}", to_string(cell.placement), human_size(cell.table_bytes));
  request.report = [&](const MergeProgress& p) {
    std::string text = fmt::format("{}: merged {}/{} pages", what, p.merged_pages, p.pages);
    if (p.eta_seconds) text += fmt::format(", {} left", human_seconds(*p.eta_seconds));
    progress_.say(text);
  };
  progress_.say(what + ": making the table");
  auto placed = place(request, session_);
  if (!placed) return fail(placed);
  placed_.emplace(std::move(*placed));

  const auto census = proven(cell, "after it was made");
  if (!census) return fail(census);
  // Only memory of our own can be asked for its node: shared frames lie where the kernel put them.
  if (cell.placement.entry().frames == FrameCount::kOnePerPage)
    if (const auto off = pages_off_node({placed_->table.base(), placed_->table.bytes()}, node);
        off.value_or(0) != 0)
      return fail(ExitCode::kFailed, "{} sampled pages of the table are not on node {}", *off,
                  node);
  progress_.say(describe(*placed_, *census), true);
  proven_ = true;
  return {};
}

Outcome<void> CurrentTable::choose_pages_of(const Cell& cell) {
  chosen_pages_.clear();
  if (!cell.placement.reads_chosen_pages()) return {};
  const auto why_not = [&](const Error& error) {
    return fail(error.code, "{}: {}", to_string(cell.placement), error.message);
  };
  if (!rule_) return why_not(rule_.error());
  auto pages = choose_pages(*rule_, cell.table_bytes, system_page_bytes());
  if (!pages) return why_not(pages.error());
  const bool agreeing = cell.placement.kind == PlacementKind::kMemfdAgreeing;
  chosen_pages_ = std::move(agreeing ? pages->agreeing : pages->differing);
  return {};
}

Outcome<Census> CurrentTable::finish(const Cell& cell) {
  auto census = proven(cell, "after timing");
  proven_ = census.has_value();
  return census;
}

Outcome<Census> CurrentTable::proven(const Cell& cell, const char* when) const {
  return proven_census(cell.placement, placed_->table, roots_, zero_colours_, when);
}

KsmSession& CurrentTable::lend_session() {
  placed_.reset();
  cell_.reset();
  place_.reset();
  return session_;
}

Outcome<void> CurrentTable::close() {
  return lend_session().restore();
}

}  // namespace zp
