// SPDX-License-Identifier: MIT
#include "harness/families/touch.hpp"

#include <sys/resource.h>

#include "harness/host/cpu_limit.hpp"
#include "harness/host/page_size.hpp"

namespace zp {
namespace {

std::uint64_t minor_faults() {
  struct rusage usage {};
  ::getrusage(RUSAGE_THREAD, &usage);
  return static_cast<std::uint64_t>(usage.ru_minflt);
}

Touch touched(const Table& table, const ThreadTimer& timer, std::uint64_t faults_before) {
  const double ns = timer.seconds() * 1e9;
  return {ns / static_cast<double>(table.pages()), minor_faults() - faults_before,
          timer.cpu_share()};
}

}  // namespace

Touch touch_pages(const Table& table, Access access) {
  const std::uint64_t page_bytes = system_page_bytes();
  volatile std::byte* byte = table.base();
  volatile std::byte* const end = byte + table.bytes();
  const std::uint64_t faults_before = minor_faults();
  const ThreadTimer timer;
  if (access == Access::kWrite)
    for (; byte != end; byte += page_bytes) *byte = std::byte{0};
  else
    for (; byte != end; byte += page_bytes) static_cast<void>(*byte);
  return touched(table, timer, faults_before);
}

Outcome<Touch> touch_by_call(const Table& table, const std::function<Outcome<void>()>& call) {
  const std::uint64_t faults_before = minor_faults();
  const ThreadTimer timer;
  if (auto done = call(); !done) return fail(done);
  return touched(table, timer, faults_before);
}

void add_touch(Figures& figures, const char* prefix, const Touch& touch, const Table& table) {
  const std::string key(prefix);
  figures.emplace_back(key + "ns_per_page", touch.ns_per_page);
  figures.emplace_back(key + "faults", static_cast<double>(touch.faults));
  // A few faults, where the table takes none, are the program's own.
  if (touch.faults >= table.pages() / 1024 && touch.faults != 0)
    figures.emplace_back(
        key + "ns_per_fault",
        touch.ns_per_page * static_cast<double>(table.pages()) / static_cast<double>(touch.faults));
}

double gib_per_second(double ns_per_page) {
  constexpr double kGib = 1 << 30;
  return static_cast<double>(system_page_bytes()) / kGib * 1e9 / ns_per_page;
}

}  // namespace zp
