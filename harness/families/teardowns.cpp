// SPDX-License-Identifier: MIT
#include "harness/families/teardowns.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "harness/families/pressure.hpp"
#include "harness/host/child.hpp"
#include "harness/host/page_size.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/file.hpp"

namespace zp {
namespace {

std::byte* page_at(const Table& table, std::uint64_t page) {
  return table.base() + page * system_page_bytes();
}

// Every page from `first` on, each `step`th, begins with `mark` and is otherwise zero.
bool holds(const Table& table, std::uint64_t first, std::uint64_t step, unsigned char mark) {
  const std::uint64_t words = system_page_bytes() / sizeof(std::uint64_t);
  for (std::uint64_t page = first; page < table.pages(); page += step) {
    const std::byte* at = page_at(table, page);
    if (at[0] != std::byte{mark}) return false;
    std::uint64_t seen = 0, word = 0;
    for (std::uint64_t i = 1; i < words; ++i) {
      std::memcpy(&word, at + i * sizeof word, sizeof word);
      seen |= word;
    }
    if (seen != 0) return false;
  }
  return true;
}

void mark(const Table& table, std::uint64_t first, std::uint64_t step, unsigned char value) {
  for (std::uint64_t page = first; page < table.pages(); page += step)
    *static_cast<volatile std::byte*>(page_at(table, page)) = std::byte{value};
}

Outcome<void> wrong(const char* when) {
  return fail(ExitCode::kFailed, "{}: {}", kWrongMemory, when);
}

Outcome<void> refused(const char* call) {
  return fail(ExitCode::kFailed, "{}: {}", call, errno_text(errno));
}

Outcome<void> write_some(const Table& table, const char* when) {
  mark(table, 0, 2, 0x5a);
  if (holds(table, 0, 2, 0x5a) && holds(table, 1, 2, 0)) return {};
  return wrong(when);
}

Outcome<void> write_and_check(Table& table) {
  mark(table, 0, 1, 0x5a);
  return holds(table, 0, 1, 0x5a) ? Outcome<void>{} : wrong("after a write to every page");
}

Outcome<void> dontneed_and_check(Table& table) {
  if (::madvise(table.base(), table.bytes(), MADV_DONTNEED) != 0)
    return refused("madvise(MADV_DONTNEED)");
  return holds(table, 0, 1, 0) ? Outcome<void>{} : wrong("after MADV_DONTNEED");
}

Outcome<void> mremap_and_check(Table& table) {
  if (auto moved = table.move(); !moved) return moved;
  if (!holds(table, 0, 1, 0)) return wrong("after mremap");
  return write_some(table, "written after mremap");
}

Outcome<void> mprotect_and_check(Table& table) {
  for (const int protection : {PROT_READ, PROT_NONE, PROT_READ | PROT_WRITE}) {
    if (::mprotect(table.base(), table.bytes(), protection) != 0) return refused("mprotect");
    if (protection != PROT_NONE && !holds(table, 0, 1, 0)) return wrong("after mprotect");
  }
  return write_some(table, "written after mprotect");
}

Outcome<void> mlock_and_check(Table& table) {
  if (::mlock(table.base(), table.bytes()) != 0) return refused("mlock");
  auto outcome = write_some(table, "written after mlock");
  ::munlock(table.base(), table.bytes());
  return outcome;
}

// Runs `child` in a forked process (where no allocation is safe) and gives its wait status.
template <class Child>
Outcome<int> in_child(Child&& child) {
  const auto pid = fork_child();
  if (!pid) return fail(pid);
  if (*pid == 0) {
    child();
    ::_exit(2);
  }
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

Outcome<void> fork_and_check(Table& table) {
  const auto status = in_child([&table] {
    mark(table, 0, 2, 0x33);
    ::_exit(holds(table, 0, 2, 0x33) && holds(table, 1, 2, 0) ? 0 : 1);
  });
  if (!status) return fail(status);
  if (*status != 0) return wrong("in a forked child");
  if (!holds(table, 0, 1, 0)) return wrong("after a forked child wrote to its copy");
  return write_some(table, "written after fork");
}

Outcome<void> kill_and_check(Table& table) {
  const auto status = in_child([&table] {
    mark(table, 0, 2, 0x33);
    ::kill(::getpid(), SIGKILL);
  });
  if (!status) return fail(status);
  return holds(table, 0, 1, 0) ? Outcome<void>{} : wrong("after a forked child was killed");
}

constexpr const char* kTrue = "/bin/true";

Outcome<void> exec_and_check(Table& table) {
  const auto status = in_child([] { ::execl(kTrue, kTrue, static_cast<char*>(nullptr)); });
  if (!status) return fail(status);
  if (*status != 0) return fail(ExitCode::kFailed, "exec of {}: wait status {}", kTrue, *status);
  return holds(table, 0, 1, 0) ? Outcome<void>{} : wrong("after a forked child executed");
}

Outcome<void> unmergeable_and_check(Table& table) {
  if (::madvise(table.base(), table.bytes(), MADV_UNMERGEABLE) != 0)
    return refused("madvise(MADV_UNMERGEABLE)");
  if (!holds(table, 0, 1, 0)) return wrong("after MADV_UNMERGEABLE");
  return write_some(table, "written after MADV_UNMERGEABLE");
}

Outcome<void> swap_and_check(Table& table) {
  // EINVAL: KSM-merged or locked memory, or a kernel before 5.4.
  if (::madvise(table.base(), table.bytes(), MADV_PAGEOUT) != 0 && errno != EINVAL)
    return refused("madvise(MADV_PAGEOUT)");
  if (!holds(table, 0, 1, 0)) return wrong("after swapping out");
  return write_some(table, "written after swapping out");
}

Outcome<void> unmap_and_check(Table&) {
  return {};  // as every table ends
}

std::optional<std::string> always(const Roots&) {
  return std::nullopt;
}

std::optional<std::string> needs_swap(const Roots& roots) {
  return why_no_swap(roots, 0);
}

// As much as a few tables, which a limit may forbid (ulimit -l).
std::optional<std::string> needs_locking(const Roots& roots) {
  const std::uint64_t bytes = 256 * system_page_bytes();
  const auto probe = Table::map(bytes, system_page_bytes());
  if (!probe) return probe.error().message;
  // Not the C library's, which a sanitizer replaces by nothing.
  if (::syscall(SYS_mlock, probe->base(), bytes) == 0) return std::nullopt;
  return describe_call(roots, "mlock", errno);
}

std::optional<std::string> needs_true(const Roots&) {
  if (::access(kTrue, X_OK) == 0) return std::nullopt;
  return fmt::format("there is no {}", kTrue);
}

}  // namespace

std::span<const Teardown> teardowns() {
  static constexpr std::array<Teardown, 11> kTeardowns{
      {{"write", write_and_check, always},
       {"dontneed", dontneed_and_check, always},
       {"mremap", mremap_and_check, always},
       {"mprotect", mprotect_and_check, always},
       {"mlock", mlock_and_check, needs_locking},
       {"fork", fork_and_check, always},
       {"kill", kill_and_check, always},
       {"exec", exec_and_check, needs_true},
       {"unmergeable", unmergeable_and_check, always},
       {"swap", swap_and_check, needs_swap},
       {"unmap", unmap_and_check, always}}};
  return kTeardowns;
}

}  // namespace zp
