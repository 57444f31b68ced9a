// SPDX-License-Identifier: MIT
#include "harness/process/examine.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "harness/host/page_size.hpp"
#include "harness/ksm/ksmd_clock.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"
#include "harness/support/wrap.hpp"

namespace zp {
namespace {

constexpr std::size_t kMostSampledRanges = 1'000'000;

struct Target {
  int pid = 0;  // of a thread that still has the memory
  std::string status;
};

// Where only the first thread of a process has ended, the others still have its memory.
std::optional<Target> living_thread(const Roots& roots, int pid) {
  std::error_code failed;
  const std::string tasks = fmt::format("{}/{}/task", roots.proc, pid);
  auto entry = std::filesystem::directory_iterator(tasks, failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    auto status = read_text_file(entry->path() / "status");
    if (!status || !number_field(*status, "VmSize:")) continue;
    const auto thread = parse_number(entry->path().filename().string());
    if (thread) return Target{static_cast<int>(*thread), std::move(*status)};
  }
  return std::nullopt;
}

Outcome<Target> find_target(const Roots& roots, const std::string& text) {
  const int pid = parse_whole<int>(text).value_or(0);
  if (pid <= 0)
    return fail(ExitCode::kUsage, "--doctor '{}': not the number of a process", printable(text));
  auto status = read_text_file(fmt::format("{}/{}/status", roots.proc, pid));
  if (!status) {
    if (::kill(pid, 0) != 0 && errno == ESRCH)
      return fail(ExitCode::kUsage, "--doctor {}: there is no such process", pid);
    return fail(ExitCode::kCannotRun, "--doctor {}: {} (hidepid?)", pid, status.error().message);
  }
  if (number_field(*status, "VmSize:")) return Target{pid, std::move(*status)};
  if (is_kernel_thread(roots, pid))
    return fail(ExitCode::kUsage, "--doctor {}: a kernel thread has no memory of its own", pid);
  if (auto thread = living_thread(roots, pid)) return *thread;
  if (text_field(*status, "State:").value_or("").starts_with("Z"))
    return fail(ExitCode::kUsage,
                "--doctor {}: a zombie: it has ended, and only waits for its parent to notice",
                pid);
  return fail(ExitCode::kUsage, "--doctor {}: it has no memory (any more)", pid);
}

Outcome<void> check_rights(const Roots& roots, int pid) {
  const std::string path = fmt::format("{}/{}/maps", roots.proc, pid);
  const Fd maps(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (maps) return {};
  if (errno == ENOENT || errno == ESRCH)
    return fail(ExitCode::kUsage, "--doctor {}: it has just ended", pid);
  return fail(ExitCode::kCannotRun,
              "--doctor {}: cannot read {}: {}: it takes CAP_SYS_PTRACE, or the same user and a "
              "process that may be dumped (PR_SET_DUMPABLE)",
              pid, path, errno_text(errno));
}

void add(std::optional<std::uint64_t>& to, std::optional<std::uint64_t> more) {
  if (more) to = to.value_or(0) + *more;
}

void add(Examination& of, const ExaminedMapping& one) {
  const PageCounts& counts = one.counts;
  Group& group = of.groups.at(static_cast<std::size_t>(one.mergeable));
  ++group.mappings;
  group.bytes += one.mapping.bytes();
  group.in_use += counts.in_use();
  group.private_pages += counts.huge + counts.others;
  add(of.total.zero, counts.zero);
  add(of.total.ksm, counts.ksm);
  of.total.huge += counts.huge;
  of.total.of_file += counts.of_file;
  of.total.swapped += counts.swapped;
  of.total.others += counts.others;
  of.mapped_bytes += one.mapping.bytes();
  ++of.mappings;
  if (one.mergeable == Mergeable::kSpecial) return;  // pagemap knows no [vsyscall]
  of.total.looked_at += counts.looked_at;
  of.pages_to_look_at += one.mapping.bytes() / system_page_bytes();
}

// What smaps says of KSM's frames, where the pages were counted without them.
void tell_ksm_apart(const Mapping& mapping, const ProcessKsmCounters& ksm, PageCounts& counts) {
  if (counts.ksm) return;
  if (mapping.ksm_bytes)
    counts.ksm = *mapping.ksm_bytes / system_page_bytes();
  else if (ksm.merging_pages == 0U)
    counts.ksm = 0;
  if (counts.ksm) {
    *counts.ksm = std::min(*counts.ksm, counts.others);
    counts.others -= *counts.ksm;
  }
}

// What is on the zero page or in KSM's frames would be taken for more to merge; to read a page of
// memory that another program fills on demand (userfaultfd) may wait for that program.
bool may_be_sampled(const ExaminedMapping& one, PageCounter::Source source) {
  const bool apart =
      source == PageCounter::Source::kFrames || (one.counts.zero && one.counts.ksm == 0U);
  return could_merge(one.mergeable) && apart && !one.mapping.has("um") && !one.mapping.has("ui");
}

void read_host(const Roots& roots, Examination& of) {
  of.knobs = read_all_knobs(roots);
  of.full_scans = read_ksm_figure(roots, "full_scans");
  of.pages_unshared = read_ksm_figure(roots, "pages_unshared");
  of.pages_volatile = read_ksm_figure(roots, "pages_volatile");
  of.pages_skipped = read_ksm_figure(roots, "pages_skipped");
  of.price = scan_price(roots);
}

void read_process(const Roots& roots, int pid, Examination& of) {
  of.ksm = read_ksm_counters(roots, std::to_string(pid));
  const std::string stat =
      read_text_file(fmt::format("{}/{}/ksm_stat", roots.proc, pid)).value_or("");
  if (const auto any = text_field(stat, "ksm_merge_any:")) of.merge_any = *any == "yes";
  if (const auto profit = text_field(stat, "ksm_process_profit"))
    of.profit_bytes = parse_whole<std::int64_t>(*profit);
}

}  // namespace

std::optional<std::string> Examination::knob(std::string_view name) const {
  for (const auto& [key, value] : knobs)
    if (key == name) return value;
  return std::nullopt;
}

std::uint64_t Examination::candidate_pages() const {
  return group(Mergeable::kRegistered).private_pages +
         group(Mergeable::kUnregistered).private_pages + group(Mergeable::kUnknown).private_pages;
}

Outcome<Examination> examine(const Roots& roots, const std::string& pid) {
  const auto target = find_target(roots, pid);
  if (!target) return fail(target);
  if (auto may = check_rights(roots, target->pid); !may) return fail(may);
  const LookLimits limits;
  auto mappings = read_mappings(roots, target->pid, target->status, limits);
  if (!mappings) return fail(mappings);
  if (mappings->list.empty())
    return fail(ExitCode::kUsage, "--doctor {}: it has just ended", target->pid);

  Examination result;
  result.pid = static_cast<int>(
      number_field(target->status, "Tgid:").value_or(static_cast<std::uint64_t>(target->pid)));
  result.command = printable(text_field(target->status, "Name:").value_or("?"));
  result.all_mappings = mappings->complete;
  result.why_no_flags = mappings->why_no_flags;
  read_process(roots, target->pid, result);
  const bool ksm_is_known =
      result.ksm.merging_pages == 0U || std::ranges::any_of(mappings->list, [](const Mapping& one) {
        return one.ksm_bytes.has_value();
      });
  const auto counter = PageCounter::open(roots, target->pid, ksm_is_known);
  if (!counter) return fail(counter);
  result.source = counter->source();

  // The small ones first: a mapping too large to look at whole must not hide them.
  std::ranges::sort(mappings->list, {}, &Mapping::bytes);
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(limits.seconds));
  std::vector<ExaminedMapping> all;
  std::vector<PageRange> plain;
  for (Mapping& mapping : mappings->list) {
    const Mergeable mergeable = judge(mapping, result.ksm.mergeable);
    ExaminedMapping one{std::move(mapping), mergeable, {}};
    one.counts = counter->count(one.mapping, end);
    tell_ksm_apart(one.mapping, result.ksm, one.counts);
    if (may_be_sampled(one, result.source) && plain.size() < kMostSampledRanges) {
      plain.insert(plain.end(), one.counts.plain.begin(), one.counts.plain.end());
      for (const PageRange& range : one.counts.plain) result.sampled_pages += range.pages;
    }
    one.counts.plain = {};
    add(result, one);
    all.push_back(std::move(one));
  }
  std::ranges::stable_sort(all, std::ranges::greater{}, [](const ExaminedMapping& one) {
    return std::pair(one.counts.in_use(), one.mapping.bytes());
  });
  result.rest = result.groups;
  for (ExaminedMapping& one : all) {
    if (result.largest.size() == kLargestMappings) break;
    Group& rest = result.rest.at(static_cast<std::size_t>(one.mergeable));
    --rest.mappings;
    rest.bytes -= one.mapping.bytes();
    rest.in_use -= one.counts.in_use();
    rest.private_pages -= one.counts.huge + one.counts.others;
    result.largest.push_back(std::move(one));
  }
  result.zeros = sample_zeros(roots, target->pid, plain);
  read_host(roots, result);
  return result;
}

}  // namespace zp
