// SPDX-License-Identifier: MIT
#include "harness/families/fault_processes.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>
#include <vector>

#include "harness/families/accounts.hpp"
#include "harness/families/placing.hpp"
#include "harness/families/touch.hpp"
#include "harness/host/child.hpp"
#include "harness/host/cpu_limit.hpp"
#include "harness/host/siblings.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/host/topology.hpp"
#include "harness/memory/placement.hpp"
#include "harness/memory/zero_page.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"
#include "harness/support/median.hpp"

namespace zp {
namespace {

constexpr std::size_t kMostProcesses = 64;
constexpr double kNsPerSecond = 1e9;
// Longer than it takes to wake the processes, each on a CPU of its own: they are let go by a clock.
constexpr auto kLeadIn = std::chrono::milliseconds(5);

// What one process says of its table.
struct Report {
  double first_ns = 0;     // of its first touch
  double ns_per_page = 0;  // of all of it
  double cpu_share = 0;    // that it had meanwhile
  bool shown = false;      // the placement, by a census
  ExitCode code = ExitCode::kFailed;
  char why_not[400] = {};  // where it is not shown

  void refuse(const Error& error) {
    code = error.code;
    error.message.copy(why_not, sizeof why_not - 1);
  }
};

// Memory that the processes have in common.
class Board {
 public:
  struct Contents {
    std::atomic<std::size_t> ready;
    std::atomic<Clock::rep> start;  // for all of them, on the clock
    Report reports[kMostProcesses];
  };

  Board()
      : memory_(::mmap(nullptr, sizeof(Contents), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {}
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;
  ~Board() {
    if (*this) ::munmap(memory_, sizeof(Contents));
  }
  explicit operator bool() const { return memory_ != MAP_FAILED; }
  Contents* operator->() const { return static_cast<Contents*>(memory_); }

 private:
  void* memory_;
};

// What processes wait at, asleep: one that spins at a real-time priority keeps from its CPU the one
// that would let it go.
class Gate {
 public:
  static Outcome<Gate> make() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      return fail(ExitCode::kCannotRun, "pipe: {}", errno_text(errno));
    return Gate(Fd(ends[0]), Fd(ends[1]));
  }
  void open() { inner_ = Fd(); }
  // Returns when every process has opened its gate, or waits here.
  void pass() {
    open();
    char none = 0;
    while (::read(outer_.get(), &none, 1) < 0 && errno == EINTR) {
    }
  }

 private:
  Gate(Fd outer, Fd inner) : outer_(std::move(outer)), inner_(std::move(inner)) {}

  Fd outer_, inner_;
};

// Forked from this process; killed and waited for at the end, whatever happened.
class Toucher {
 public:
  explicit Toucher(pid_t pid) : pid_(pid) {}
  Toucher(Toucher&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  Toucher& operator=(Toucher&&) = delete;
  ~Toucher() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  // Also where nobody can tell: then error() says why.
  bool has_ended() {
    if (pid_ <= 0 || error_ != 0) return true;
    const auto ended = ::waitpid(pid_, &status_, WNOHANG);
    if (ended > 0) pid_ = 0;
    if (ended < 0) error_ = errno;
    return ended != 0;
  }
  [[nodiscard]] int error() const { return error_; }
  // The signal that ended it, or 0.
  [[nodiscard]] int signal() const { return WIFSIGNALED(status_) ? WTERMSIG(status_) : 0; }

 private:
  pid_t pid_;
  int status_ = 0, error_ = 0;
};

// In a forked process: its copy of the untouched table is its own.
[[noreturn]] void touch_there(const PlacementId& id, const Table& table, const Roots& roots,
                              std::optional<std::uint64_t> zero_colours, int cpu, std::size_t index,
                              const Board& board, Gate& gate) {
  Report& report = board->reports[index];
  if (const auto pinned = pin_thread_to_cpu(cpu); !pinned) {
    report.refuse(pinned.error());
    ::_exit(0);
  }
  ++board->ready;
  gate.pass();
  while (Clock::now().time_since_epoch().count() < board->start) {
  }
  const ThreadTimer timer;
  static_cast<void>(*static_cast<volatile std::byte*>(table.base()));
  const double first_ns = timer.seconds() * kNsPerSecond;
  touch_pages(table, Access::kRead);
  const double ns = timer.seconds() * kNsPerSecond;
  report.cpu_share = timer.cpu_share();
  report.first_ns = first_ns;
  report.ns_per_page = ns / static_cast<double>(table.pages());
  const auto census = proven_census(id, table, roots, zero_colours, "after");
  report.shown = census.has_value();
  if (!census) report.refuse(census.error());
  ::_exit(0);
}

// One process on each of those CPUs, all let go together.
Outcome<std::vector<Report>> touch_on(const std::vector<int>& cpus, const PlacementId& id,
                                      const Table& table, std::optional<std::uint64_t> zero_colours,
                                      FamilyEnvironment& environment) {
  constexpr double kPatienceSeconds = 60;
  const Board board;
  if (!board) return fail(ExitCode::kCannotRun, "mmap: {}", errno_text(errno));
  auto gate = Gate::make();
  if (!gate) return fail(gate);
  std::vector<Toucher> touchers;
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    const auto pid = fork_child();
    if (!pid) return fail(pid);
    if (*pid == 0)
      touch_there(id, table, environment.session.roots(), zero_colours, cpus[i], i, board, *gate);
    touchers.emplace_back(*pid);
  }
  const auto start = Clock::now();
  const auto wait_until = [&](auto&& reached) -> Outcome<void> {
    while (!reached()) {
      if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
      if (seconds_since(start) > kPatienceSeconds)
        return fail(ExitCode::kFailed, "the processes that touch are not done in {:.0f} s",
                    kPatienceSeconds);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {};
  };
  const auto has_ended = [](Toucher& toucher) { return toucher.has_ended(); };
  // One that ends before it is let go is of no use, and its reason is in its report.
  if (auto ready = wait_until(
          [&] { return board->ready == cpus.size() || std::ranges::any_of(touchers, has_ended); });
      !ready)
    return fail(ready);
  board->start = (Clock::now() + kLeadIn).time_since_epoch().count();
  gate->open();
  if (auto ended = wait_until([&] { return std::ranges::all_of(touchers, has_ended); }); !ended)
    return fail(ended);
  std::vector<Report> reports(board->reports, board->reports + cpus.size());
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    if (const int error = touchers[i].error(); error != 0)
      return fail(ExitCode::kCannotRun, "{}",
                  describe_call(environment.session.roots(), "waitpid", error));
    if (reports[i].shown) continue;
    if (const int signal = touchers[i].signal(); signal != 0)
      return fail(ExitCode::kFailed, "a process that touches was ended by signal {}{}", signal,
                  signal == SIGKILL ? " (out of memory?)" : "");
    return fail(reports[i].code, "in a process that touches: {}", reports[i].why_not);
  }
  return reports;
}

double least_share(const std::vector<Report>& reports) {
  return std::ranges::min(reports, {}, &Report::cpu_share).cpu_share;
}

std::optional<std::uint64_t> read_zero_page_allocs(const Roots& roots) {
  return read_vm_event(roots, "thp_zero_page_alloc");
}

Outcome<Table> untouched(const PlacementId& id, std::uint64_t bytes,
                         FamilyEnvironment& environment) {
  return map_untouched(request_for(id, bytes, environment), environment.session);
}

bool huge_zero_page_persists(const Roots& roots) {
  for (const auto& [key, value] : zero_page_facts(roots))
    if (key == "zero_page.huge") return value == "persistent";
  return false;
}

Outcome<void> drop_caches(const Roots& roots) {
  const auto written = write_kernel_file(roots.proc + "/sys/vm/drop_caches", "2");
  return written ? Outcome<void>{} : fail(ExitCode::kCannotRun, "{}", written.error().message);
}

}  // namespace

Outcome<Figures> measure_fault_processes(const FaultProcessesRequest& request,
                                         FamilyEnvironment& environment) {
  constexpr int kRounds = 7;
  const Roots& roots = environment.session.roots();
  auto cpus = cpus_of_node(first_node());
  if (!cpus) return fail(cpus);
  std::vector<int> cores = one_cpu_per_core(roots, *cpus);
  if (cores.size() < request.processes || request.processes > kMostProcesses)
    return fail(ExitCode::kCannotRun, "{} processes need a core each; the table's node has {}",
                request.processes, cores.size());
  cores.resize(request.processes);
  const auto table = untouched(request.placement, request.table_bytes, environment);
  if (!table) return fail(table);
  const auto zero_colours = zero_page_colours(roots);
  const auto touch = [&](const std::vector<int>& on) {
    return touch_on(on, request.placement, *table, zero_colours, environment);
  };
  if (auto warm = touch(cores); !warm) return fail(warm);
  const auto allocs = read_zero_page_allocs(roots);
  std::vector<double> alone, first, all, shares;
  for (int round = 0; round < kRounds; ++round) {
    const auto one = touch({cores.front()});
    if (!one) return fail(one);
    const auto together = touch(cores);
    if (!together) return fail(together);
    alone.push_back(one->front().ns_per_page);
    first.push_back(together->front().ns_per_page);
    shares.push_back(std::min(least_share(*one), least_share(*together)));
    double sum = 0;
    for (const Report& report : *together) sum += report.ns_per_page;
    all.push_back(sum / static_cast<double>(together->size()));
  }
  const double ns_per_page = median(all), processes = static_cast<double>(cores.size());
  Figures figures{{"alone_ns_per_page", median(alone)},
                  {"together_ns_per_page", ns_per_page},
                  {"touch_slowdown", median(first) / median(alone)},
                  {"gib_per_second", processes * gib_per_second(ns_per_page)},
                  {"processes", processes},
                  {"cpu_share", median(shares)}};
  if (const auto now = read_zero_page_allocs(roots); allocs && now)
    figures.emplace_back("thp_zero_page_alloc", static_cast<double>(*now - *allocs));
  return figures;
}

Outcome<Figures> measure_fault_dropped(const FaultDroppedRequest& request,
                                       FamilyEnvironment& environment) {
  constexpr PlacementId kHuge{PlacementKind::kHugeZero};
  const Roots& roots = environment.session.roots();
  auto cpus = cpus_of_node(first_node());
  if (!cpus) return fail(cpus);
  const auto table = untouched(kHuge, request.table_bytes, environment);
  if (!table) return fail(table);
  const auto zero_colours = zero_page_colours(roots);
  Figures figures;
  double share = 1;
  for (const bool dropped : {true, false}) {
    if (dropped)
      if (auto done = drop_caches(roots); !done) return fail(done);
    const auto before = read_zero_page_allocs(roots);
    const auto reports = touch_on({cpus->front()}, kHuge, *table, zero_colours, environment);
    if (!reports) return fail(reports);
    const auto after = read_zero_page_allocs(roots);
    if (!before || !after)
      return fail(ExitCode::kCannotRun, "/proc/vmstat has no thp_zero_page_alloc");
    const auto made = static_cast<double>(*after - *before);
    if (dropped && made == 0 && !huge_zero_page_persists(roots))
      return fail(
          ExitCode::kCannotRun,
          "drop_caches did not take the huge zero page: some process has touched it and is "
          "still there (this one, where cells of huge_zero came before: measure this alone)");
    share = std::min(share, least_share(*reports));
    const std::string key = dropped ? "" : "kept_";
    figures.emplace_back(key + "first_huge_page_ns", reports->front().first_ns);
    figures.emplace_back(key + "zero_page_allocs", made);
    if (dropped) figures.emplace_back("dropped_ns_per_page", reports->front().ns_per_page);
  }
  figures.emplace_back("cpu_share", share);
  return figures;
}

}  // namespace zp
