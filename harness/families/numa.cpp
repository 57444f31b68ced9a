// SPDX-License-Identifier: MIT
#include "harness/families/numa.hpp"

#include <set>

#include "harness/families/merging.hpp"
#include "harness/host/topology.hpp"
#include "harness/memory/census.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/clock.hpp"
#include "harness/walk/kernels.hpp"

namespace zp {
namespace {

struct Half {
  Node node;
  Table table;
};

std::vector<Node> nodes_with_cpus() {
  std::vector<Node> found = nodes();
  std::erase_if(found, [](const Node& node) { return node.cpus.empty(); });
  return found;
}

Outcome<void> go_to(const Node& node) {
  if (auto bound = bind_memory_to_node(node.id); !bound) return bound;
  return pin_thread_to_cpu(node.cpus.front());
}

Outcome<Half> fill_half(const Node& node, const NumaRequest& request, const Contents& contents) {
  if (auto there = go_to(node); !there) return fail(there);
  auto table = mergeable_table(request.table_bytes, contents);
  if (!table) return fail(table);
  return Half{node, std::move(*table)};
}

std::uint64_t merged_pages(const Roots& roots, const std::vector<Half>& halves) {
  std::uint64_t merged = 0;
  for (const Half& half : halves) merged += count_merged(roots, half.table);
  return merged;
}

// All of it is merged as asked.
Outcome<Census> proven_half(const Half& half, const NumaRequest& request, const Roots& roots,
                            const char* when) {
  auto census = strong_census(roots, half.table, "of the placement");
  if (!census) return census;
  const std::uint64_t placed = request.use_zero_pages ? census->zero_pages : census->ksm_pages;
  if (placed == census->pages) return census;
  return fail(ExitCode::kFailed, "census {}: {} of {} pages are merged as asked", when, placed,
              census->pages);
}

Outcome<double> ns_per_read(const Half& half, const Node& reader, const NumaRequest& request,
                            const Contents& contents) {
  if (auto there = go_to(reader); !there) return fail(there);
  const Walk walk{.base = half.table.base(),
                  .stride_bytes = request.stride_bytes,
                  .reads = request.table_bytes / request.stride_bytes,
                  .page_bytes = system_page_bytes()};
  const std::uint64_t wanted = expected_sum(walk, contents);
  bool right = run_walk(walk) == wanted;  // and warms caches and TLB
  const auto start = Clock::now();
  double seconds = 0;
  std::uint64_t reads = 0;
  while (seconds < request.seconds_a_reader) {
    right &= run_walk(walk) == wanted;
    reads += walk.reads;
    seconds = seconds_since(start);
  }
  if (!right) return fail(ExitCode::kFailed, "{} that were written", kWrongWords);
  return seconds * 1e9 / static_cast<double>(reads);
}

}  // namespace

Outcome<Figures> measure_numa(const NumaRequest& request, FamilyEnvironment& environment) {
  KsmSession& session = environment.session;
  const Roots& roots = session.roots();
  const std::vector<Node> places = nodes_with_cpus();
  if (places.size() < 2)
    return fail(ExitCode::kCannotRun, "this machine has {} NUMA node with CPUs; it takes 2",
                places.size());
  if (!session.has("ksm.merge_across_nodes"))
    return fail(ExitCode::kCannotRun,
                "this kernel has no merge_across_nodes (CONFIG_NUMA, CONFIG_KSM)");
  const ThreadPlace back;
  const PlacementId id{
      request.use_zero_pages ? PlacementKind::kKsmZeroPage : PlacementKind::kKsmNonzero, 0};
  if (auto ready = prepare_merge(session, rules_of(id)); !ready) return fail(ready);
  if (auto set = session.set("ksm.merge_across_nodes", request.merge_across_nodes ? "1" : "0");
      !set)
    return fail(set);

  const Contents contents = contents_of(id);
  std::vector<Half> halves;
  for (std::size_t i = 0; i < 2; ++i) {
    auto half = fill_half(places[i], request, contents);
    if (!half) return fail(half);
    halves.push_back(std::move(*half));
  }
  if (auto census = strong_census(roots, halves.front().table, "of merging"); !census)
    return fail(census);
  MergeWatch watch;
  watch.pages = 2 * halves.front().table.pages();
  watch.merged_pages = [&] { return merged_pages(roots, halves); };
  watch.cancelled = environment.cancelled;
  if (auto merged = run_merge(session, watch); !merged) return fail(merged);

  Figures figures;
  std::set<std::uint64_t> all_frames;
  for (const Half& half : halves) {
    const auto census = proven_half(half, request, roots, "before timing");
    if (!census) return fail(census);
    const auto frames = read_frames(roots, half.table);
    if (!frames) return fail(frames);
    all_frames.insert(frames->begin(), frames->end());
    figures.emplace_back(fmt::format("frames_{}", half.node.id),
                         static_cast<double>(census->frames));
  }
  figures.emplace_back("frames", static_cast<double>(all_frames.size()));
  for (const Half& half : halves)
    for (std::size_t reader = 0; reader < 2; ++reader) {
      if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
      const auto ns = ns_per_read(half, places[reader], request, contents);
      if (!ns) return fail(ns);
      figures.emplace_back(fmt::format("ns_per_read_{}_{}", half.node.id, places[reader].id), *ns);
    }
  for (const Half& half : halves)
    if (auto census = proven_half(half, request, roots, "after timing"); !census)
      return fail(census);
  return figures;
}

}  // namespace zp
