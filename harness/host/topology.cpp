// SPDX-License-Identifier: MIT
#include "harness/host/topology.hpp"

#include <numa.h>
#include <numaif.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "harness/support/file.hpp"

namespace zp {
namespace {

bool have_numa() {
  static const bool available = numa_available() >= 0;
  return available;
}

using Mask = std::unique_ptr<bitmask, decltype(&numa_bitmask_free)>;

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (::sched_getaffinity(::getpid(), sizeof set, &set) == 0)
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(static_cast<unsigned>(cpu), &set)) cpus.push_back(cpu);
  return cpus;
}

// Read once, at the first call: pinning a thread narrows what the process may use.
const std::vector<Node>& discovered() {
  static const std::vector<Node> found = [] {
    const std::vector<int> allowed = allowed_cpus();
    if (!have_numa()) return std::vector<Node>{{0, allowed}};
    std::vector<Node> list;
    for (int id = 0; id <= numa_max_node(); ++id) {
      if (numa_node_size64(id, nullptr) <= 0 ||
          !numa_bitmask_isbitset(numa_all_nodes_ptr, static_cast<unsigned>(id)))
        continue;
      const Mask cpus(numa_allocate_cpumask(), &numa_bitmask_free);
      Node node{id, {}};
      if (numa_node_to_cpus(id, cpus.get()) == 0)
        for (const int cpu : allowed)
          if (numa_bitmask_isbitset(cpus.get(), static_cast<unsigned>(cpu)) != 0)
            node.cpus.push_back(cpu);
      list.push_back(std::move(node));
    }
    return list;
  }();
  return found;
}

}  // namespace

std::vector<Node> nodes() {
  return discovered();
}

Outcome<std::vector<int>> cpus_of_node(int wanted) {
  std::string known;
  for (const Node& node : discovered()) {
    if (node.id == wanted && node.cpus.empty())
      return fail(ExitCode::kCannotRun, "node {} has no CPU that this process may run on", wanted);
    if (node.id == wanted) return node.cpus;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", node.id);
  }
  return fail(ExitCode::kUsage, "unknown node {}; this machine has {}", wanted, known);
}

Outcome<void> pin_thread_to_cpu(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  if (::sched_setaffinity(0, sizeof set, &set) == 0) return {};
  return fail(ExitCode::kCannotRun, "cannot pin to CPU {}: {}", cpu, errno_text(errno));
}

Outcome<void> bind_memory_to_node(int node) {
  if (!have_numa()) return {};
  const Mask mask(numa_allocate_nodemask(), &numa_bitmask_free);
  numa_bitmask_setbit(mask.get(), static_cast<unsigned>(node));
  if (::set_mempolicy(MPOL_BIND, mask->maskp, mask->size + 1) == 0) return {};
  if (errno == ENOSYS || errno == EPERM)
    return {};  // a container without the call: one node is all there is
  return fail(ExitCode::kCannotRun, "cannot bind memory to node {}: {}", node, errno_text(errno));
}

std::optional<std::size_t> pages_off_node(std::span<std::byte> memory, int node) {
  if (!have_numa()) return std::nullopt;
  const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t pages = memory.size() / page_bytes,
                    samples = std::min<std::size_t>(pages, 1024);
  std::vector<void*> addresses;
  for (std::size_t i = 0; i < samples; ++i)
    addresses.push_back(memory.data() + pages * i / samples * page_bytes);
  std::vector<int> status(samples, -1);
  if (numa_move_pages(0, samples, addresses.data(), nullptr, status.data(), 0) != 0)
    return std::nullopt;
  if (std::any_of(status.begin(), status.end(), [](int s) { return s < 0; })) return std::nullopt;
  return static_cast<std::size_t>(
      std::count_if(status.begin(), status.end(), [&](int s) { return s != node; }));
}

}  // namespace zp
