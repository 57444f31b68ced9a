// SPDX-License-Identifier: MIT
#include "harness/families/scan.hpp"

#include <sys/utsname.h>

#include <chrono>
#include <thread>

#include "harness/families/merging.hpp"
#include "harness/families/touch.hpp"
#include "harness/ksm/foreign.hpp"
#include "harness/ksm/ksmd_clock.hpp"
#include "harness/ksm/process_counters.hpp"
#include "harness/memory/placement.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

using std::chrono::milliseconds;

// Below it ksmd waited for somebody, and its times are not those of its work.
constexpr double kLeastUtilisation = 0.95;
constexpr int kAttempts = 3;
// Of all attempts together. On a machine whose CPUs are taken ksmd makes a scan in minutes.
constexpr double kPatienceSeconds = 60;

// The state between two full scans.
struct Mark {
  std::uint64_t scans = 0;  // full_scans
  Clock::time_point when;
  std::optional<double> cpu_seconds;
  std::optional<std::uint64_t> scanned, skipped;  // pages, as KSM counts
  std::uint64_t merged = 0;                       // pages of this process

  static Mark take(const Roots& roots, const KsmdClock& ksmd) {
    const auto scans = read_ksm_figure(roots, "full_scans").value_or(0);
    const auto own = read_own_ksm_counters(roots);
    return {scans,
            Clock::now(),
            ksmd.seconds(),
            read_ksm_figure(roots, "pages_scanned"),
            read_ksm_figure(roots, "pages_skipped"),
            own.merging_pages.value_or(0) + own.zero_pages.value_or(0)};
  }
};

std::optional<double> cpu_seconds_between(const Mark& from, const Mark& to) {
  if (!from.cpu_seconds || !to.cpu_seconds) return std::nullopt;
  return *to.cpu_seconds - *from.cpu_seconds;
}

// Changes a word of every page, again and again, faster than ksmd comes round.
std::jthread start_writer(const Table& table) {
  return std::jthread([&table](const std::stop_token& stop) {
    for (std::uint64_t round = 1; !stop.stop_requested(); ++round) {
      for (std::uint64_t page = 0; page < table.pages(); ++page)
        *reinterpret_cast<volatile std::uint64_t*>(table.base() + page * system_page_bytes() + 8) =
            round;
      std::this_thread::sleep_for(milliseconds(10));
    }
  });
}

bool is_collision(const ScanContents& contents) {
  return contents.kind == ScanKind::kCollisionEarly || contents.kind == ScanKind::kCollisionLate;
}

struct MergedPages {
  std::uint64_t on_zero_page = 0, in_frames = 0;
};

// What KSM makes of a table in the end.
MergedPages merged_of(const ScanRequest& request) {
  const std::uint64_t pages = request.table_bytes / system_page_bytes();
  if (request.contents.kind == ScanKind::kIdentical && request.mode != ScanMode::kZeroOnly)
    return {0, pages};
  std::uint64_t zeros = 0;
  for (std::uint64_t page = 0; page < pages; ++page)
    zeros += static_cast<std::uint64_t>(request.contents.is_zero(page));
  return request.use_zero_pages ? MergedPages{zeros, 0} : MergedPages{0, zeros};
}

std::optional<std::string> why_not(const ScanRequest& request, const KsmSession& session) {
  if (auto reason = why_not_here(ksm_zero_placement(request.use_zero_pages), session.roots()))
    return reason;
  if (request.mode == ScanMode::kSmartScan && !session.has("ksm.smart_scan"))
    return "this kernel has no smart_scan (Linux 6.7)";
  if (request.mode == ScanMode::kAdvisor && !session.has("ksm.advisor_mode"))
    return "this kernel has no advisor (Linux 6.8)";
  if (request.mode == ScanMode::kZeroOnly && !session.has("ksm.redhat_only_zero_pages"))
    return "this kernel has no redhat_only_zero_pages (RHEL 9.9, CentOS Stream 9)";
  if (!is_collision(request.contents)) return std::nullopt;
  struct utsname kernel {};
  ::uname(&kernel);
  if (parse_number(kernel.release).value_or(0) < 5)
    return "KSM's checksum is jhash2 here, and the pages are made for xxhash (Linux 5.0)";
  if (sizeof(void*) != 8) return "the pages are made for the checksum of 64-bit kernels";
  return std::nullopt;
}

Outcome<void> prepare(const ScanRequest& request, KsmSession& session) {
  if (auto prepared = prepare_merge(session, rules_of(ksm_zero_placement(request.use_zero_pages)));
      !prepared)
    return prepared;
  if (request.mode == ScanMode::kZeroOnly) return session.set("ksm.redhat_only_zero_pages", "1");
  if (request.mode == ScanMode::kSmartScan) return session.set("ksm.smart_scan", "1");
  if (request.mode == ScanMode::kPlain) return {};
  // The advisor changes pages_to_scan by itself. Of two values one is not the host's: what it was
  // is in the journal then.
  if (auto set = session.set("ksm.pages_to_scan", "100001"); !set) return set;
  return session.set("ksm.advisor_mode", "scan-time");
}

class ScanRun {
 public:
  ScanRun(const ScanRequest& request, FamilyEnvironment& environment, Clock::time_point begin)
      : request_(request),
        begin_(begin),
        environment_(environment),
        roots_(environment.session.roots()),
        ksmd_(roots_) {}

  // Marks: start, after the first, the second and the third scan, and at the end.
  Outcome<std::vector<Mark>> scan() {
    constexpr std::uint64_t kLeastLaterScans = 3;
    KsmSession& session = environment_.session;
    std::vector<Mark> marks{Mark::take(roots_, ksmd_)};
    if (auto started = session.set("ksm.run", "1"); !started) return fail(started);
    Outcome<void> outcome;
    for (int scan = 0; scan < 3 && outcome; ++scan) outcome = wait_for(marks, 1, 0);
    if (outcome) outcome = wait_for(marks, kLeastLaterScans, request_.later_seconds);
    auto stopped = session.set("ksm.run", "0");
    if (outcome && !stopped) outcome = std::move(stopped);
    if (!outcome) return fail(outcome);
    return marks;
  }

  // The pages that are alike are merged, as the knob says, and no other; gives how many.
  Outcome<std::uint64_t> proven_merged(const Table& table) const {
    const auto [on_zero_page, in_frames] = merged_of(request_);
    const auto census = strong_census(roots_, table, "of what was merged");
    if (!census) return fail(census);
    if (census->zero_pages != on_zero_page || census->ksm_pages != in_frames)
      return fail(ExitCode::kFailed,
                  "census after: {} pages on the zero page, {} in KSM frames; must be {} and {}",
                  census->zero_pages, census->ksm_pages, on_zero_page, in_frames);
    return on_zero_page + in_frames;
  }

 private:
  // Until `scans` more full scans and `seconds` are over; adds a mark.
  Outcome<void> wait_for(std::vector<Mark>& marks, std::uint64_t scans, double seconds) {
    const Mark from = marks.back();
    auto said = Clock::now();
    for (;;) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      const auto now = read_ksm_figure(roots_, "full_scans").value_or(0);
      const double passed = seconds_since(from.when);
      // A mark is taken where a scan has just ended.
      if (now >= from.scans + scans && passed >= seconds && now != last_) {
        marks.push_back(Mark::take(roots_, ksmd_));
        last_ = marks.back().scans;
        return {};
      }
      last_ = now;
      if (environment_.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
      if (seconds_since(said) >= 0.5) {
        environment_.progress(fmt::format("waiting for ksmd: scan {} of {}, for {:.0f} s{}",
                                          now - from.scans, scans, passed, had_of_a_cpu(from)));
        said = Clock::now();
      }
      if (seconds_since(begin_) > kPatienceSeconds)
        return fail(ExitCode::kFailed, "ksmd has made {} of {} scans in {:.0f} s{}",
                    now - from.scans, scans, passed, had_of_a_cpu(from));
    }
  }

  // ", with 40 % of a CPU": where that is little, something else runs.
  [[nodiscard]] std::string had_of_a_cpu(const Mark& from) const {
    const auto cpu = ksmd_.seconds();
    if (!cpu || !from.cpu_seconds) return "";
    return fmt::format(", with {:.0f} % of a CPU",
                       100 * (*cpu - *from.cpu_seconds) / seconds_since(from.when));
  }

  const ScanRequest& request_;
  Clock::time_point begin_;  // of the first attempt
  FamilyEnvironment& environment_;
  const Roots& roots_;
  KsmdClock ksmd_;
  std::uint64_t last_ = 0;
};

void add_scans(Figures& figures, const char* which, const Mark& from, const Mark& to,
               double pages) {
  const double page_scans = static_cast<double>(to.scans - from.scans) * pages;
  figures.emplace_back(fmt::format("{}_wall_ns_per_page", which),
                       seconds_between(from.when, to.when) * 1e9 / page_scans);
  if (const auto cpu = cpu_seconds_between(from, to))
    figures.emplace_back(fmt::format("{}_cpu_ns_per_page", which), *cpu * 1e9 / page_scans);
}

// How much of a CPU ksmd had, of all scans; 1 where the kernel does not tell.
double utilisation(const std::vector<Mark>& marks) {
  const auto cpu = cpu_seconds_between(marks.front(), marks.back());
  return cpu ? *cpu / seconds_between(marks.front().when, marks.back().when) : 1;
}

struct Scanned {
  Figures figures;  // times are among them if ksmd was
  bool undisturbed = false;
};

Scanned figures_of(const std::vector<Mark>& marks, std::uint64_t merged, double pages) {
  const Mark &start = marks[0], &second = marks[2], &third = marks[3], &end = marks[4];
  const double utilised = utilisation(marks);
  Scanned scanned{{}, utilised >= kLeastUtilisation};
  Figures& figures = scanned.figures;
  if (scanned.undisturbed) {
    add_scans(figures, "first", start, marks[1], pages);
    add_scans(figures, "second", marks[1], second, pages);
    add_scans(figures, "later", third, end, pages);
  }
  const auto later_scans = static_cast<double>(end.scans - third.scans);
  figures.emplace_back("later_scans", later_scans);
  const auto add_counted = [&](const char* key, const auto& from, const auto& to) {
    if (from && to)
      figures.emplace_back(key, static_cast<double>(*to - *from) / (later_scans * pages));
  };
  add_counted("scanned_per_page", third.scanned, end.scanned);
  add_counted("skipped_per_page", third.skipped, end.skipped);
  figures.emplace_back("merged_pages", static_cast<double>(merged));
  const auto cpu = cpu_seconds_between(start, second);
  const std::uint64_t merged_by_then = second.merged - std::min(start.merged, second.merged);
  if (scanned.undisturbed && cpu && merged != 0 && merged_by_then != 0)
    figures.emplace_back("cpu_ns_per_merged_page",
                         *cpu * 1e9 / static_cast<double>(merged_by_then));
  if (start.cpu_seconds) figures.emplace_back("ksmd_utilisation", utilised);
  return scanned;
}

// Only a page whose checksum is that of zeros is write-protected, to be compared with them: writing
// to it then faults, although it is not merged. That proves the collision.
Outcome<double> faults_on_write(const ScanRequest& request, const Table& table) {
  const double faults = static_cast<double>(touch_pages(table, Access::kWrite).faults) /
                        static_cast<double>(table.pages());
  if (is_collision(request.contents) && request.use_zero_pages && faults < 0.9)
    return fail(ExitCode::kFailed,
                "only {:.0f} % of the pages collided: this kernel's checksum is not the one they "
                "are made for",
                100 * faults);
  return faults;
}

Outcome<Scanned> scan_once(const ScanRequest& request, FamilyEnvironment& environment,
                           Clock::time_point begin) {
  KsmSession& session = environment.session;
  const Roots& roots = session.roots();
  if (auto prepared = prepare(request, session); !prepared) return fail(prepared);
  const auto table = Table::map(request.table_bytes, system_page_bytes());
  if (!table) return fail(table);
  write_contents(*table, request.contents);
  if (auto census = proven_census({PlacementKind::kPrivate, 0}, *table, roots, "before"); !census)
    return fail(census);
  if (auto registered = register_table(*table); !registered) return fail(registered);

  ScanRun run(request, environment, begin);
  std::jthread writer;
  if (request.contents.kind == ScanKind::kVolatile) writer = start_writer(*table);
  const auto marks = run.scan();
  if (writer.joinable()) {
    writer.request_stop();
    writer.join();
  }
  if (!marks) return fail(marks);
  const auto merged = run.proven_merged(*table);
  if (!merged) return fail(merged);
  const auto faults = faults_on_write(request, *table);
  if (!faults) return fail(faults);
  Scanned scanned = figures_of(*marks, *merged, static_cast<double>(table->pages()));
  scanned.figures.emplace_back("faults_per_page_on_write", *faults);
  return scanned;
}

}  // namespace

Outcome<Figures> measure_scan(const ScanRequest& request, FamilyEnvironment& environment) {
  KsmSession& session = environment.session;
  if (auto reason = why_not(request, session)) return fail(ExitCode::kCannotRun, "{}", *reason);
  if (auto enough = check_partners(merged_of(request).in_frames, request.table_bytes); !enough)
    return fail(enough);
  if (auto alone = refuse_foreign_mergeable(session.roots()); !alone) return fail(alone);
  const auto begin = Clock::now();
  for (int attempt = 1;; ++attempt) {
    auto scanned = scan_once(request, environment, begin);
    if (!scanned) return fail(scanned);
    // Another attempt would take about as long as the ones before.
    const bool last =
        attempt == kAttempts || seconds_since(begin) * (attempt + 1) / attempt > kPatienceSeconds;
    if (scanned->undisturbed || last) return std::move(scanned->figures);
    environment.progress(
        fmt::format("ksmd was held up by other work: attempt {} of {}", attempt + 1, kAttempts));
  }
}

}  // namespace zp
