// SPDX-License-Identifier: MIT
#include "harness/counters/self_test/loops.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "harness/host/available_memory.hpp"
#include "harness/host/cpu_limit.hpp"
#include "harness/host/facts.hpp"
#include "harness/memory/table.hpp"
#include "harness/support/units.hpp"
#include "harness/support/words.hpp"
#include "harness/walk/walk.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kBlocks = 1024, kBlockInstructions = 1024;
constexpr std::uint64_t kPages = 1024, kReads = 65536, kSleepsCount = 16;
// Where no cache's size is known, and where a cache is larger than a test should be.
constexpr std::uint64_t kLeastDisplaced = 64 << 20, kMostDisplaced = 1 << 30;

// Enough of them that what surrounds a block does not matter, in a build for a debugger either. Of
// four bytes each they reach into another page of 4 KiB, wherever they lie: a PMU that QEMU
// emulates for POWER leaves out what does (blocks of code that are not left by a branch within
// their page).
void run_nops() {
  for (std::uint64_t block = 0; block < kBlocks; ++block) {
#ifdef __s390x__  // the shortest there is; older assemblers want an operand for nop
    asm volatile(".rept 1024\n\tnopr %%r0\n\t.endr" ::: "memory");
#else
    asm volatile(".rept 1024\n\tnop\n\t.endr" ::: "memory");
#endif
  }
}

void read_word(const std::byte* at) {
  static_cast<void>(*reinterpret_cast<const volatile std::uint64_t*>(at));
}

// Every unit of the table once, in an order that no prefetcher follows, a line of it each. The line
// differs from one to the next: pages would else compete for one set of a cache.
void read_each(const Table& table, std::uint64_t unit_bytes, std::uint64_t line_bytes) {
  const std::uint64_t units = table.bytes() / unit_bytes, lines = unit_bytes / line_bytes;
  const Permutation order(units, 1);
  for (std::uint64_t i = 0; i < units; ++i) {
    const std::uint64_t unit = order(i);
    read_word(table.base() + unit * unit_bytes + unit % lines * line_bytes);
  }
}

void read_one_page(const Table& table, std::uint64_t line_bytes) {
  const std::uint64_t lines = system_page_bytes() / line_bytes;
  for (std::uint64_t i = 0; i < kReads; ++i) read_word(table.base() + i % lines * line_bytes);
}

void write_each(const Table& table, std::uint64_t unit_bytes) {
  for (std::uint64_t at = 0; at < table.bytes(); at += unit_bytes)
    *reinterpret_cast<volatile std::uint64_t*>(table.base() + at) = at;
}

// The kernel forgets the table's translations, all of them and in every TLB.
void flush_translations(const Table& table) {
  ::mprotect(table.base(), table.bytes(), PROT_NONE);
  ::mprotect(table.base(), table.bytes(), PROT_READ | PROT_WRITE);
}

void sleep_often() {
  for (std::uint64_t i = 0; i < kSleepsCount; ++i)
    std::this_thread::sleep_for(std::chrono::microseconds(1));
}

bool is_resident(Loop loop) {
  return loop == Loop::kSecondLevel || loop == Loop::kThirdLevel;
}

template <class Body>
Outcome<LoopRun> counted(EventGroup& group, const Body& body) {
  const double before_s = thread_cpu_seconds();
  if (auto started = group.start(); !started) return fail(started);
  body();
  if (auto stopped = group.stop(); !stopped) return fail(stopped);
  const double after_s = thread_cpu_seconds();
  auto counts = group.read();
  if (!counts) return fail(counts);
  return LoopRun{std::move(*counts), 1e9 * (after_s - before_s)};
}

}  // namespace

Loops::Loops(const Roots& roots) {
  std::uint64_t last = 0;
  for (int level = 1; level <= 3; ++level)
    if (const auto cache = data_cache(roots, level)) {
      level_bytes_[level - 1] = last = cache->size_bytes;
      if (cache->line_bytes >= sizeof(std::uint64_t)) line_bytes_ = cache->line_bytes;
    }
  displacing_bytes_ = std::clamp(2 * last, kLeastDisplaced, kMostDisplaced);
  available_bytes_ = available_memory_bytes(roots).value_or(0);
}

std::uint64_t Loops::resident_bytes(Loop loop) const {
  return 2 * level_bytes_[loop == Loop::kSecondLevel ? 0 : 1];
}

std::optional<std::string> Loops::why_not(Loop loop) const {
  const std::uint64_t needed = loop == Loop::kColdPages
                                   ? displacing_bytes_ + kPages * system_page_bytes()
                                   : kPages * system_page_bytes();
  if (2 * needed > available_bytes_)
    return fmt::format("{} takes {} of memory, and {} is available", describe(loop),
                       human_size(needed), human_size(available_bytes_));
  if (loop == Loop::kColdPages && level_bytes_[2] > kMostDisplaced / 2)
    return fmt::format("a last-level cache of {} is more than the test empties",
                       human_size(level_bytes_[2]));
  if (is_resident(loop)) {
    const int inner = loop == Loop::kSecondLevel ? 0 : 1;
    if (level_bytes_[inner] == 0 || level_bytes_[inner + 1] < 2 * resident_bytes(loop))
      return fmt::format(
          "the kernel says of no level-{} cache that is four times the one before it", inner + 2);
  }
  return std::nullopt;
}

std::uint64_t Loops::amount(Loop loop) const {
  if (loop == Loop::kNops) return kBlocks * kBlockInstructions;
  if (loop == Loop::kOnePage) return kReads;
  if (loop == Loop::kSleeps) return kSleepsCount;
  return is_resident(loop) ? resident_bytes(loop) / line_bytes_ : kPages;
}

std::string Loops::describe(Loop loop) const {
  const auto words = word_for(
      loop, {"{} instructions", "a read of each of {} cold pages", "{} reads of one page",
             "a read of each of {} lines, twice L1D", "a read of each of {} lines, twice L2",
             "the first touch of each of {} pages", "{} sleeps"});
  return fmt::format(fmt::runtime(words), amount(loop));
}

Outcome<LoopRun> Loops::run(Loop loop, EventGroup& group) const {
  const std::uint64_t page = system_page_bytes();
  if (loop == Loop::kNops) return counted(group, run_nops);
  if (loop == Loop::kSleeps) return counted(group, sleep_often);
  const bool resident = is_resident(loop);
  const auto table = Table::map(
      resident ? resident_bytes(loop) : (loop == Loop::kOnePage ? 1 : kPages) * page, page);
  if (!table) return fail(table);
  if (loop == Loop::kFreshPages) return counted(group, [&] { write_each(*table, page); });
  write_each(*table, page);  // a frame of its own for each page
  if (loop == Loop::kOnePage) {
    read_one_page(*table, line_bytes_);
    return counted(group, [&] { read_one_page(*table, line_bytes_); });
  }
  if (resident) {
    for (int i = 0; i < 2; ++i) read_each(*table, line_bytes_, line_bytes_);
    return counted(group, [&] { read_each(*table, line_bytes_, line_bytes_); });
  }
  const auto displacing = Table::map(displacing_bytes_, page);
  if (!displacing) return fail(displacing);
  write_each(*displacing, line_bytes_);
  flush_translations(*table);
  return counted(group, [&] { read_each(*table, page, line_bytes_); });
}

}  // namespace zp
