// SPDX-License-Identifier: MIT
#include "harness/families/touch.hpp"

#include <sys/resource.h>

#include <chrono>

#include "harness/host/available_memory.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

using Clock = std::chrono::steady_clock;

// Beside the tables: censuses, rows, the program itself.
constexpr std::uint64_t kOwnBytes = 64ULL << 20;

std::uint64_t minor_faults() {
  struct rusage usage {};
  ::getrusage(RUSAGE_THREAD, &usage);
  return static_cast<std::uint64_t>(usage.ru_minflt);
}

}  // namespace

Touch touch_pages(const Table& table, Access access) {
  const std::uint64_t page_bytes = system_page_bytes();
  volatile std::byte* byte = table.base();
  volatile std::byte* const end = byte + table.bytes();
  const std::uint64_t faults_before = minor_faults();
  const auto start = Clock::now();
  if (access == Access::kWrite)
    for (; byte != end; byte += page_bytes) *byte = std::byte{0};
  else
    for (; byte != end; byte += page_bytes) static_cast<void>(*byte);
  const double ns = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  return {ns / static_cast<double>(table.pages()), minor_faults() - faults_before};
}

void add_touch(Figures& figures, const char* prefix, const Touch& touch, const Table& table) {
  const std::string key(prefix);
  figures.emplace_back(key + "ns_per_page", touch.ns_per_page);
  figures.emplace_back(key + "faults", static_cast<double>(touch.faults));
  // A few faults beside a table without any are those of the program itself.
  if (touch.faults >= table.pages() / 1024 && touch.faults != 0)
    figures.emplace_back(
        key + "ns_per_fault",
        touch.ns_per_page * static_cast<double>(table.pages()) / static_cast<double>(touch.faults));
}

Outcome<Census> proven_census(const PlacementId& id, const Table& table, const Roots& roots,
                              const char* when) {
  auto census = take_census(roots, table, id.colours);
  if (!census) return census;
  if (const auto mismatch = census_mismatch(id, *census, zero_page_colours(roots)))
    return fail(ExitCode::kFailed, "census {}: {}", when, *mismatch);
  return census;
}

Outcome<void> check_room(const Roots& roots, std::uint64_t needed_bytes) {
  const auto available = available_memory_bytes(roots);
  if (!available || needed_bytes + kOwnBytes <= *available) return {};
  return fail(ExitCode::kCannotRun, "needs {} of memory, {} is available",
              human_size(needed_bytes + kOwnBytes), human_size(*available));
}

}  // namespace zp
