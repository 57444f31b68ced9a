// SPDX-License-Identifier: MIT
#include "harness/families/safety.hpp"

#include <atomic>
#include <chrono>
#include <cstring>
#include <exception>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>

#include "harness/families/accounts.hpp"
#include "harness/families/merging.hpp"
#include "harness/families/pressure.hpp"
#include "harness/families/teardowns.hpp"
#include "harness/host/kernel_log.hpp"
#include "harness/ksm/foreign.hpp"
#include "harness/ksm/merge.hpp"
#include "harness/memory/census.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/clock.hpp"

namespace zp {
namespace {

struct Tally {
  std::uint64_t lives = 0, pages = 0, swapped = 0, swapped_out_pages = 0;
};

class SafetyRun {
 public:
  SafetyRun(const SafetyRequest& request, FamilyEnvironment& environment)
      : request_(request), environment_(environment), roots_(environment.session.roots()) {
    for (const Teardown& teardown : teardowns())
      if (!teardown.why_not_here(roots_)) possible_.push_back(&teardown);
  }

  Outcome<void> run(Tally& tally) {
    if (request_.mode == SafetyMode::kMerged) return tear_down_merged(tally);
    if (request_.mode == SafetyMode::kRacing) return race(tally);
    const auto pressure = Pressure::start(environment_.session);
    if (!pressure) return fail(pressure);
    auto outcome = race(tally);
    tally.swapped_out_pages = pressure->swapped_out_pages();
    if (outcome && tally.swapped_out_pages == 0)
      return fail(ExitCode::kFailed, "nothing was swapped out: there was no pressure");
    return outcome;
  }

  // "fork -12", ...: by how much each teardown left ksm_zero_pages wrong.
  [[nodiscard]] const std::vector<std::string>& miscounts() const { return miscounts_; }

 private:
  // One table for each teardown, all merged; then ksmd is stopped and they are torn down.
  Outcome<void> tear_down_merged(Tally& tally) {
    const auto start = Clock::now();
    auto reported = start;
    while (tally.lives < request_.lives && seconds_since(start) < request_.limit_seconds) {
      if (environment_.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
      if (auto started = run_ksmd(true); !started) return started;
      std::vector<Table> tables;
      for (std::size_t i = 0; i < possible_.size(); ++i) {
        auto table = mergeable_table(request_.pages_a_table * system_page_bytes());
        if (!table) return fail(table);
        tables.push_back(std::move(*table));
      }
      for (const Table& table : tables)
        if (auto merged = wait_until_merged(table); !merged) return merged;
      if (auto stopped = run_ksmd(false); !stopped) return stopped;
      for (std::size_t i = 0; i < possible_.size(); ++i) {
        if (auto done = tear_down(*possible_[i], tables[i], "merged"); !done) return done;
        ++tally.lives;
        tally.pages += request_.pages_a_table;
        tally.swapped += static_cast<std::uint64_t>(possible_[i]->name == "swap");
      }
      if (seconds_since(reported) < 0.5) continue;
      reported = Clock::now();
      environment_.progress(
          fmt::format("{}/{} lives of merged tables", tally.lives, request_.lives));
    }
    return {};
  }

  // The same at any moment, merged or not, several at once, against ksmd: one kind of teardown
  // after the other, so that a count that goes wrong can be put down to it.
  Outcome<void> race(Tally& tally) {
    if (auto started = run_ksmd(true); !started) return started;
    for (const Teardown* teardown : possible_) {
      environment_.progress(
          fmt::format("{} threads race ksmd: {}", request_.threads, teardown->name));
      const auto before = read_ksm_zero_pages(roots_);
      if (auto raced = race_one(*teardown, tally); !raced) return raced;
      if (environment_.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
      const auto after = read_ksm_zero_pages(roots_);
      if (before && after && *before != *after)
        miscounts_.push_back(fmt::format("{} {:+}", teardown->name, *after - *before));
    }
    return {};
  }

  Outcome<void> race_one(const Teardown& teardown, Tally& tally) {
    std::atomic<bool> stop = false;
    std::mutex guard;  // of what follows
    Outcome<void> outcome;
    std::vector<std::jthread> threads;
    const auto racer = [&](unsigned index) {
      std::minstd_rand random(index + 1);
      std::uint64_t torn_down = 0;
      Outcome<void> last;
      try {
        while (last && !stop) {
          auto table = mergeable_table(request_.pages_a_table * system_page_bytes());
          if (!table) {
            last = fail(table);
            break;
          }
          std::this_thread::sleep_for(std::chrono::microseconds(random() % 6000));
          last = tear_down(teardown, *table, "racing");
          ++torn_down;
        }
      } catch (const std::exception& error) {  // memory that could not be had
        last = fail(ExitCode::kCannotRun, "{}", words_of(error));
      }
      stop = stop || !last;
      const std::lock_guard lock(guard);
      if (!last && outcome) outcome = last;
      tally.lives += torn_down;
      tally.pages += torn_down * request_.pages_a_table;
    };
    try {
      for (unsigned index = 0; index < request_.threads; ++index)
        threads.emplace_back(racer, index);
    } catch (const std::system_error& error) {  // those that are there would be waited for
      stop = true;
      threads.clear();
      return fail(ExitCode::kCannotRun, "cannot start {} threads: {}", request_.threads,
                  error.code().message());
    }
    const auto start = Clock::now();
    const double seconds = request_.race_seconds / static_cast<double>(possible_.size());
    while (!stop && seconds_since(start) < seconds && !environment_.cancelled())
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    stop = true;
    threads.clear();  // joins
    return outcome;
  }

  Outcome<void> run_ksmd(bool run) { return environment_.session.set("ksm.run", run ? "1" : "0"); }

  static Outcome<void> tear_down(const Teardown& teardown, Table& table, const char* how) {
    auto done = teardown.run(table);
    if (done) return done;
    return fail(done.error().code, "{} {}: {}", how, teardown.name, done.error().message);
  }

  Outcome<void> wait_until_merged(const Table& table) {
    constexpr double kPatienceSeconds = 20;
    const auto start = Clock::now();
    for (;;) {
      const auto census = strong_census(roots_, table, "of merging");
      if (!census) return fail(census);
      const std::uint64_t merged = request_.use_zero_pages ? census->zero_pages : census->ksm_pages;
      if (merged == census->pages) return {};
      if (environment_.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
      if (seconds_since(start) > kPatienceSeconds)
        return fail(ExitCode::kFailed,
                    "after {:.0f} s {} of {} pages are merged to {} ({} in KSM frames, {} on the "
                    "zero page)",
                    kPatienceSeconds, merged, census->pages,
                    request_.use_zero_pages ? "the zero page" : "KSM frames", census->ksm_pages,
                    census->zero_pages);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  const SafetyRequest& request_;
  FamilyEnvironment& environment_;
  const Roots& roots_;
  std::vector<const Teardown*> possible_;
  std::vector<std::string> miscounts_;
};

// ksmd forgets unmapped pages as it scans on, and frames are freed a little later than they are
// given up: what is still missing after some seconds is missing.
Outcome<std::pair<Accounts, std::vector<std::string>>> settled_accounts(const Roots& roots,
                                                                        const Accounts& before) {
  constexpr int kTries = 8;
  for (int left = kTries;; --left) {
    auto after = Accounts::take(roots);
    if (!after) return fail(after);
    auto leaks = find_leaks(before, *after);
    if (leaks.empty() || left == 1) return std::pair(std::move(*after), std::move(leaks));
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
  }
}

void add_drift(Figures& figures, const char* name, std::optional<std::int64_t> before,
               std::optional<std::int64_t> after) {
  if (before && after) figures.emplace_back(name, static_cast<double>(*after - *before));
}

}  // namespace

Outcome<Figures> measure_safety(const SafetyRequest& request, FamilyEnvironment& environment) {
  KsmSession& session = environment.session;
  const Roots& roots = session.roots();
  if (auto there = check_ksm(session, request.use_zero_pages); !there) return fail(there);
  if (auto alone = refuse_foreign_mergeable(roots); !alone) return fail(alone);
  if (auto prepared = prepare_merge(session, {request.use_zero_pages}); !prepared)
    return fail(prepared);

  const auto start = Clock::now();
  const auto log = KernelLog::open();
  const auto before = Accounts::take(roots);
  if (!before) return fail(before);
  SafetyRun safety(request, environment);
  Tally tally;
  const auto outcome = safety.run(tally);
  if (!outcome) {
    static_cast<void>(session.set("ksm.run", "0"));
    return fail(outcome);
  }
  environment.progress("comparing the accounts");
  if (auto started = session.set("ksm.run", "1"); !started)  // it has to forget what is gone
    return fail(started);
  // Without anything to merge ksmd would sleep; its scans also empty the CPUs' batches of pages on
  // their way to the LRU lists (lru_add_drain_all), which hold up to 31 unmapped frames each.
  auto kept = mergeable_table(system_page_bytes());
  if (!kept) return fail(kept);
  std::memset(kept->base(), 0x77, kept->bytes());
  auto settled = settled_accounts(roots, *before);
  if (auto stopped = session.set("ksm.run", "0"); !stopped) return fail(stopped);
  if (!settled) return fail(settled);
  auto& [after, leaks] = *settled;
  if (!safety.miscounts().empty())
    leaks.push_back(
        fmt::format("of ksm_zero_pages after each: {}", fmt::join(safety.miscounts(), ", ")));

  Figures figures{{"lives", static_cast<double>(tally.lives)},
                  {"pages", static_cast<double>(tally.pages)}};
  if (tally.swapped != 0) figures.emplace_back("swapped_lives", static_cast<double>(tally.swapped));
  if (tally.swapped_out_pages != 0)
    figures.emplace_back("swapped_out_pages", static_cast<double>(tally.swapped_out_pages));
  if (const auto alarms = log ? log->alarms() : fail(log)) {
    figures.emplace_back("kernel_alarms", static_cast<double>(alarms->size()));
    if (!alarms->empty())
      leaks.push_back(fmt::format("{} alarms in the kernel's log, the first: {}", alarms->size(),
                                  alarms->front()));
  } else {
    environment.progress("the kernel's log is not compared: " + alarms.error().message);
  }
  if (auto alone = refuse_foreign_mergeable(roots); !alone) return fail(alone);
  if (!leaks.empty())
    return fail(ExitCode::kFailed, "after {}{}{} pages: {}", tally.lives, kLeaked, tally.pages,
                fmt::join(leaks, "; "));
  figures.emplace_back("leaks", 0);
  add_drift(figures, "rss_drift_pages", before->rss_excess_pages, after.rss_excess_pages);
  add_drift(figures, "unaccounted_drift_bytes", before->unaccounted_bytes, after.unaccounted_bytes);
  add_drift(figures, "mem_free_drift_bytes", before->free_bytes, after.free_bytes);
  figures.emplace_back("seconds", seconds_since(start));
  return figures;
}

}  // namespace zp
