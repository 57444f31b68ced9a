// SPDX-License-Identifier: MIT
#include "harness/host/topology.hpp"

#include <numa.h>
#include <numaif.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "harness/host/system_calls.hpp"
#include "harness/support/file.hpp"

namespace zp {
namespace {

bool have_numa() {
  static const bool available = numa_available() >= 0;
  return available;
}

using Mask = std::unique_ptr<bitmask, decltype(&numa_bitmask_free)>;

// A mask of libnuma's is as wide as the kernel's, also where that has more than 1024 CPUs.
Mask cpu_mask() {
  return {numa_allocate_cpumask(), &numa_bitmask_free};
}

std::vector<int> allowed_cpus() {
  const Mask allowed = cpu_mask();
  std::vector<int> cpus;
  if (numa_sched_getaffinity(::getpid(), allowed.get()) < 0) return cpus;
  for (unsigned cpu = 0; cpu < allowed->size; ++cpu)
    if (numa_bitmask_isbitset(allowed.get(), cpu) != 0) cpus.push_back(static_cast<int>(cpu));
  return cpus;
}

// Read once, at the first call: pinning a thread narrows what the process may use.
const std::vector<Node>& discovered() {
  static const std::vector<Node> found = [] {
    const std::vector<int> allowed = allowed_cpus();
    const std::vector<Node> only{{0, allowed}};
    if (!have_numa()) return only;
    std::vector<Node> list;
    for (int id = 0; id <= numa_max_node() && numa_all_nodes_ptr != nullptr; ++id) {
      if (numa_node_size64(id, nullptr) <= 0 ||
          !numa_bitmask_isbitset(numa_all_nodes_ptr, static_cast<unsigned>(id)))
        continue;
      const Mask cpus = cpu_mask();
      Node node{id, {}};
      if (numa_node_to_cpus(id, cpus.get()) == 0)
        for (const int cpu : allowed)
          if (numa_bitmask_isbitset(cpus.get(), static_cast<unsigned>(cpu)) != 0)
            node.cpus.push_back(cpu);
      list.push_back(std::move(node));
    }
    // Without /sys/devices/system/node (gVisor, WSL 2, a chroot) libnuma knows of no node, or of
    // none of their CPUs.
    const bool usable =
        std::ranges::any_of(list, [](const Node& node) { return !node.cpus.empty(); });
    return usable ? list : only;
  }();
  return found;
}

}  // namespace

int first_node() {
  const std::vector<Node>& all = discovered();
  const auto usable =
      std::ranges::find_if(all, [](const Node& node) { return !node.cpus.empty(); });
  return usable == all.end() ? all.front().id : usable->id;
}

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
  return fail(ExitCode::kUsage, "unknown node {}; this machine has node {}", wanted, known);
}

Outcome<void> pin_thread_to_cpu(int cpu) {
  const Mask only = cpu_mask();
  numa_bitmask_setbit(only.get(), static_cast<unsigned>(cpu));
  if (numa_sched_setaffinity(0, only.get()) == 0) return {};
  return fail(ExitCode::kCannotRun, "cannot pin to CPU {}: {}", cpu,
              describe_call(Roots{}, "sched_setaffinity", errno));
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

Outcome<int> bind_memory_to_one_of_two_nodes(const char* what) {
  const std::vector<Node> places = nodes();
  if (places.size() < 2)
    return fail(ExitCode::kCannotRun,
                "this machine has {} NUMA node with memory; to move {} takes 2", places.size(),
                what);
  if (auto bound = bind_memory_to_node(places[0].id); !bound) return fail(bound);
  return places[1].id;
}

struct ThreadPlace::State {
  Mask cpus = cpu_mask();
  Mask memory{numa_allocate_nodemask(), &numa_bitmask_free};
  int policy = MPOL_DEFAULT;
  bool have_cpus = false, have_policy = false;
};

ThreadPlace::ThreadPlace() : found_(std::make_unique<State>()) {
  found_->have_cpus = numa_sched_getaffinity(0, found_->cpus.get()) >= 0;
  found_->have_policy = have_numa() && ::get_mempolicy(&found_->policy, found_->memory->maskp,
                                                       found_->memory->size + 1, nullptr, 0) == 0;
}

ThreadPlace::~ThreadPlace() {
  if (!found_) return;
  // What was allowed a moment ago is allowed again; a container that forbids it forbade leaving.
  if (found_->have_cpus) static_cast<void>(numa_sched_setaffinity(0, found_->cpus.get()));
  if (!found_->have_policy) return;
  const bool named = found_->policy != MPOL_DEFAULT && found_->policy != MPOL_LOCAL;
  static_cast<void>(::set_mempolicy(found_->policy, named ? found_->memory->maskp : nullptr,
                                    named ? found_->memory->size + 1 : 0));
}

Outcome<ThreadPlace> stay_on_one_cpu() {
  ThreadPlace place;
  const std::vector<int> allowed = allowed_cpus();
  if (allowed.empty()) return fail(ExitCode::kCannotRun, "cannot tell which CPUs may be used");
  if (auto pinned = pin_thread_to_cpu(allowed.front()); !pinned) return fail(pinned);
  return place;
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
  if (std::ranges::any_of(status, [](int s) { return s < 0; })) return std::nullopt;
  return static_cast<std::size_t>(std::ranges::count_if(status, [&](int s) { return s != node; }));
}

}  // namespace zp
