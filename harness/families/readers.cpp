// SPDX-License-Identifier: MIT
#include "harness/families/readers.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <thread>

#include "harness/host/cpu_limit.hpp"
#include "harness/host/siblings.hpp"
#include "harness/host/threads.hpp"
#include "harness/host/topology.hpp"
#include "harness/names/row_text.hpp"
#include "harness/walk/kernels.hpp"

namespace zp {
namespace {

struct Reading {
  double seconds = 0, cpu_share = 1;
  std::uint64_t reads = 0;
  bool right = true;
  Outcome<void> pinned;

  [[nodiscard]] double ns_per_read() const { return seconds * 1e9 / static_cast<double>(reads); }
};

// All readers begin together and go on until each has read for that long: nobody is ever timed
// with fewer than all reading.
std::vector<Reading> read_together(const Walk& walk, std::uint64_t wanted,
                                   const std::vector<int>& cpus, double seconds,
                                   const std::function<bool()>& cancelled) {
  std::vector<Reading> readings(cpus.size());
  std::barrier begin(static_cast<std::ptrdiff_t>(cpus.size()));
  std::atomic<std::size_t> unfinished = cpus.size();
  const auto reader = [&](std::size_t index) {
    Reading& reading = readings[index];
    reading.pinned = pin_thread_to_cpu(cpus[index]);
    reading.right = run_walk(walk) == wanted;  // and warms caches and TLB
    begin.arrive_and_wait();
    const ThreadTimer timer;
    do {
      reading.right &= run_walk(walk) == wanted;
      reading.reads += walk.reads;
      reading.seconds = timer.seconds();
    } while (reading.seconds < seconds && !cancelled());
    reading.cpu_share = timer.cpu_share();
    for (--unfinished; unfinished != 0;) reading.right &= run_walk(walk) == wanted;
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < cpus.size(); ++i) threads.emplace_back(reader, i);
  threads.clear();  // joined
  return readings;
}

Outcome<std::vector<Reading>> checked(std::vector<Reading> readings,
                                      const std::function<bool()>& cancelled) {
  if (cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
  for (const Reading& reading : readings) {
    if (!reading.pinned) return fail(reading.pinned);
    if (!reading.right) return fail(ExitCode::kFailed, "{} the placement holds", kWrongWords);
  }
  return readings;
}

}  // namespace

Outcome<std::vector<int>> choose_readers(const ReadersRequest& request, const Roots& roots,
                                         const std::vector<int>& cpus) {
  if (cpus.empty()) return fail(ExitCode::kCannotRun, "no CPU to read with");
  if (request.cpus == ReaderCpus::kSiblings) {
    const auto pair = smt_siblings(roots, cpus);
    if (!pair)
      return fail(ExitCode::kCannotRun,
                  "none of the {} CPUs share a core (no SMT, or the machine does not show it)",
                  cpus.size());
    return std::vector{pair->first, pair->second};
  }
  if (request.cpus == ReaderCpus::kOtherNode) {
    for (const Node& node : nodes())
      if (!node.cpus.empty() && node.cpus.front() != cpus.front() &&
          std::ranges::find(cpus, node.cpus.front()) == cpus.end())
        return std::vector{cpus.front(), node.cpus.front()};
    return fail(ExitCode::kCannotRun, "this machine has one NUMA node with CPUs; it takes 2");
  }
  std::vector<int> cores = one_cpu_per_core(roots, cpus);
  if (cores.size() < request.readers)
    return fail(ExitCode::kCannotRun, "the table's node has {} core(s) for readers", cores.size());
  cores.resize(request.readers);
  return cores;
}

Outcome<Figures> measure_readers(const ReadersRequest& request, const PlacedTable& placed,
                                 const Roots& roots, const std::vector<int>& cpus,
                                 const std::function<bool()>& cancelled) {
  const auto chosen = choose_readers(request, roots, cpus);
  if (!chosen) return fail(chosen);
  if (auto enough = check_threads(static_cast<int>(chosen->size())); !enough) return fail(enough);
  const Walk walk{.base = placed.table.base(),
                  .stride_bytes = request.stride_bytes,
                  .reads = placed.table.bytes() / request.stride_bytes,
                  .page_bytes = system_page_bytes()};
  const std::uint64_t wanted = expected_sum(walk, placed.contents);
  const auto alone = checked(
      read_together(walk, wanted, {chosen->front()}, request.seconds, cancelled), cancelled);
  if (!alone) return fail(alone);
  const auto together =
      checked(read_together(walk, wanted, *chosen, request.seconds, cancelled), cancelled);
  if (!together) return fail(together);
  Figures figures{{"alone_ns_per_read", alone->front().ns_per_read()}};
  double sum = 0, least_share = alone->front().cpu_share;
  for (std::size_t i = 0; i < chosen->size(); ++i) {
    sum += (*together)[i].ns_per_read();
    least_share = std::min(least_share, (*together)[i].cpu_share);
    figures.emplace_back(fmt::format("ns_per_read_cpu{}", (*chosen)[i]),
                         (*together)[i].ns_per_read());
  }
  figures.emplace_back("ns_per_read", sum / static_cast<double>(chosen->size()));
  figures.emplace_back("slowdown", together->front().ns_per_read() / alone->front().ns_per_read());
  figures.emplace_back("readers", static_cast<double>(chosen->size()));
  figures.emplace_back("cpu_share", least_share);
  return figures;
}

}  // namespace zp
