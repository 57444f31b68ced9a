// SPDX-License-Identifier: MIT
// NUMA nodes and CPUs, through libnuma where the kernel has NUMA at all.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "harness/support/error.hpp"

namespace zp {

struct Node {
  int id = 0;
  std::vector<int> cpus;  // that this process may run on
};

// The nodes that have memory; one node 0 with all CPUs on a kernel without NUMA, and where no node
// that has memory has a CPU for this process.
std::vector<Node> nodes();

// The first one with a CPU that this process may run on (taskset, a cpuset); else the first.
int first_node();

// The CPUs of a node: kUsage for a node that is not there, with those that are.
Outcome<std::vector<int>> cpus_of_node(int node);

Outcome<void> pin_thread_to_cpu(int cpu);

// All memory this thread touches from now on comes from that node, or nowhere (MPOL_BIND).
// Does nothing on a kernel without NUMA.
Outcome<void> bind_memory_to_node(int node);

// The same for one of the nodes; gives another, to move `what` to. Errors: kCannotRun where there
// is only one.
Outcome<int> bind_memory_to_one_of_two_nodes(const char* what);

// Remembers which CPUs this thread may run on and where its memory comes from, and puts both back:
// threads and children that are made later inherit them. Lives and dies on one thread.
class ThreadPlace {
 public:
  ThreadPlace();
  ThreadPlace(ThreadPlace&&) noexcept = default;
  ThreadPlace& operator=(ThreadPlace&&) = delete;
  ~ThreadPlace();

 private:
  struct State;
  std::unique_ptr<State> found_;
};

// Keeps this thread on one CPU while what is returned lives.
Outcome<ThreadPlace> stay_on_one_cpu();

// The pages (of those sampled, at most 1024, evenly) that lie on another node than `node`; absent
// where it can't be said (no NUMA; the kernel names no node for the zero page).
std::optional<std::size_t> pages_off_node(std::span<std::byte> memory, int node);

}  // namespace zp
