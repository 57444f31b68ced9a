// SPDX-License-Identifier: MIT
#include "harness/names/row_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "harness/support/text.hpp"

namespace zp {
namespace {

// How much of a key the text has to be. A part begins where a word does: "ns_per_" is no part of
// "instructions_per_cycle".
enum class Fit { kWhole, kEnd, kPart };

struct Known {
  Fit fit;
  std::string_view text;
  std::string_view description;  // "": the key itself
  std::string_view unit;
  Better better;
  bool depends_on_clock;
};

using enum Better;
using enum Fit;

// The first that fits is meant.
constexpr std::array kKnown{
    Known{kWhole, "ns_per_read", "time of one read", "ns", kLower, true},
    Known{kWhole, "real_time", "wall time of one iteration", "ns", kLower, true},
    Known{kWhole, "cpu_time", "CPU time of one iteration", "ns", kLower, true},
    Known{kWhole, "items_per_second", "reads", "/s", kHigher, true},
    Known{kWhole, "bytes_per_second", "bytes read", "B/s", kHigher, true},
    Known{kWhole, "start_s", "start of the repetition in its pass", "s", kNeither, true},
    Known{kWhole, "frames", "distinct page frames", "frames", kNeither, false},
    Known{kWhole, "pages_read", "pages of the table that are read", "pages", kNeither, false},
    Known{kWhole, "colours_seen", "colours of the frames", "colours", kNeither, false},
    Known{kWhole, "l2_page_colours", "page colours of L2 that the frames have", "colours", kNeither,
          false},
    Known{kWhole, "l2_crowded_share", "share of frames with more of their L2 page colour than ways",
          "", kNeither, false},
    Known{kWhole, "zero_page_share", "share of pages that are the zero page", "", kNeither, false},
    Known{kWhole, "ksm_share", "share of pages that are KSM frames", "", kNeither, false},
    Known{kWhole, "huge_share", "share of pages in huge pages", "", kNeither, false},
    Known{kWhole, "cpu_share", "share of a CPU that the threads had", "", kNeither, true},
    Known{kWhole, "involuntary_switches", "times a thread was taken off its CPU", "", kNeither,
          true},
    Known{kWhole, "run_delay_share", "share of time ready to run, not running", "", kNeither, true},
    Known{kWhole, "throttled_share", "share of time stopped by a quota", "", kNeither, true},
    Known{kWhole, "steal_share", "share of time taken by a hypervisor", "", kNeither, true},
    Known{kWhole, "ksmd_share", "share of a CPU that ksmd had", "", kNeither, true},
    Known{kWhole, "major_faults_per_second", "pages that came back from swap or a file", "/s",
          kNeither, true},
    Known{kWhole, "cycles", "cycles per read", "cycles", kLower, true},
    Known{kWhole, "l1d_penalty_cycles", "cycles per read with an L1D miss pending", "cycles",
          kLower, true},
    Known{kWhole, "dtlb_penalty_cycles", "cycles per read with a TLB miss pending", "cycles",
          kLower, true},
    Known{kWhole, "instructions", "instructions per read", "instr.", kLower, false},
    Known{kWhole, "l1d_from_l2", "lines from L2 into L1d per read", "lines", kNeither, false},
    Known{kWhole, "l1d_from_l3", "lines from L3 into L1d per read", "lines", kLower, false},
    Known{kWhole, "boot_s", "time until the guest is up", "s", kLower, true},
    Known{kWhole, "merge_s", "time to the last page merged", "s", kLower, true},
    Known{kWhole, "unfinished_after_s", "time merging was given", "s", kNeither, true},
    Known{kWhole, "pass_s", "time of one pass over the table", "s", kLower, true},
    Known{kWhole, "probe_seconds", "time the probe took", "s", kNeither, true},
    Known{kWhole, "probe_ghz", "clock of the CPU", "GHz", kNeither, true},
    Known{kWhole, "probe_mask", "address bits of a hash bit", "", kNeither, false},
    Known{kWhole, "probe_hash_bits", "bits of the hash", "bits", kNeither, false},
    Known{kWhole, "probe_counts", "whether the address bit counts", "", kNeither, false},
    Known{kWhole, "probe_checks", "random addresses tried", "", kNeither, false},
    Known{kWhole, "probe_disagreements", "of those not as the hash says", "", kLower, false},
    Known{kWhole, "probe_lines_that_fit", "lines that fit into a set", "lines", kNeither, false},
    Known{kWhole, "probe_pages_that_fit", "pages that fit into the TLB", "pages", kNeither, false},
    Known{kWhole, "probe_pages_exceeded", "pages that do not", "pages", kNeither, false},
    Known{kWhole, "probe_huge", "whether huge pages are huge", "", kNeither, false},
    Known{kPart, "probe_cycles", "cycles per read, by the probe", "cycles", kLower, true},
    Known{kWhole, "probe_ns", "time of one read, by the probe", "ns", kLower, true},
    Known{kWhole, "passes", "passes over the table that were timed", "", kNeither, true},
    Known{kWhole, "ksmd_utilisation", "ksmd's share of a CPU", "", kNeither, true},
    Known{kWhole, "later_scans", "full scans after the third", "", kNeither, true},
    Known{kWhole, "roof_share", "share of the read roof above the frames", "", kHigher, true},
    Known{kWhole, "slowdown", "time of a read with other readers, relative to alone", "", kLower,
          true},
    Known{kWhole, "gib_per_second", "memory touched", "GiB/s", kHigher, true},
    Known{kWhole, "touch_slowdown", "time of a touch with other processes, relative to alone", "",
          kLower, true},
    Known{kEnd, "B_s", "", "", kHigher, true},  // "GB_s"
    Known{kEnd, "bit_s", "", "", kHigher, true},
    Known{kEnd, "FLOP_s", "", "", kHigher, true},
    Known{kEnd, "ops_s", "", "", kHigher, true},
    Known{kEnd, "requests_s", "", "", kHigher, true},
    Known{kEnd, "_per_cycles", "", "", kNeither, true},
    Known{kPart, "per_second", "", "/s", kHigher, true},  // "items_per_seconds_total"
    Known{kPart, "ns_per_", "", "ns", kLower, true},
    Known{kPart, "seconds", "", "s", kLower, true},
    Known{kPart, "milliseconds", "", "ms", kLower, true},
    Known{kPart, "microseconds", "", "us", kLower, true},
    Known{kPart, "nanoseconds", "", "ns", kLower, true},
    Known{kPart, "utilisation", "", "", kNeither, true},
    Known{kEnd, "_ns", "", "ns", kLower, true},
    Known{kEnd, "_us", "", "us", kLower, true},
    Known{kEnd, "_ms", "", "ms", kLower, true},
    Known{kEnd, "_s", "", "s", kLower, true},
    Known{kEnd, "_time", "", "", kLower, true},
    Known{kEnd, "cycles", "", "", kLower, true},
    Known{kEnd, "_miss", "", "", kLower, false},
    Known{kEnd, "_misses", "", "", kLower, false},
};

// What times are counted in, as keys write it; an s at its end is the same.
struct TimeUnit {
  std::string_view word;
  const char* rate;
};
constexpr std::array kTimeUnits{
    TimeUnit{"s", "/s"},     TimeUnit{"sec", "/s"},   TimeUnit{"second", "/s"},
    TimeUnit{"ms", "/ms"},   TimeUnit{"msec", "/ms"}, TimeUnit{"millisecond", "/ms"},
    TimeUnit{"us", "/us"},   TimeUnit{"usec", "/us"}, TimeUnit{"microsecond", "/us"},
    TimeUnit{"ns", "/ns"},   TimeUnit{"nsec", "/ns"}, TimeUnit{"nanosecond", "/ns"},
    TimeUnit{"min", "/min"}, TimeUnit{"hour", "/h"},  TimeUnit{"minute", "/min"},
};

// Per read; counted by the hardware and by the cache model, then as model_KEY or model_CPU_KEY.
constexpr std::array kCounts{
    Known{kEnd, "l1d_miss", "L1d misses per read", "misses", kLower, false},
    Known{kEnd, "l2_miss", "L2 misses per read", "misses", kLower, false},
    Known{kEnd, "l3_miss", "L3 misses per read", "misses", kLower, false},
    Known{kEnd, "l4_miss", "L4 misses per read", "misses", kLower, false},
    Known{kEnd, "dtlb_miss", "dTLB misses per read", "misses", kLower, false},
    Known{kEnd, "dtlb_walk", "page table walks per read", "walks", kLower, false},
    Known{kEnd, "close_synonym", "close synonyms per read", "reads", kLower, false},
    Known{kEnd, "synonym_miss", "synonym misses per read", "misses", kLower, false},
    Known{kEnd, "cycles_low", "least cycles per read", "cycles", kLower, false},
    Known{kEnd, "cycles_high", "most cycles per read", "cycles", kLower, false},
};

// What fewer of are better, in any unit of time.
constexpr std::array<std::string_view, 12> kHarms{"error",    "errors", "failure", "failures",
                                                  "failed",   "miss",   "misses",  "timeout",
                                                  "timeouts", "drops",  "dropped", "lost"};
constexpr std::array<std::string_view, 7> kOfDisturbance{
    "cpu_share",   "involuntary_switches",   "ksmd_share", "run_delay_share", "throttled_share",
    "steal_share", "major_faults_per_second"};
constexpr std::array<std::string_view, 5> kInEveryRow{"real_time", "cpu_time", "items_per_second",
                                                      "bytes_per_second", "start_s"};

template <class List>
bool is_in(const List& list, std::string_view key) {
  return std::ranges::find(list, key) != list.end();
}

bool fits(const Known& known, std::string_view key) {
  switch (known.fit) {
    case kWhole:
      return key == known.text;
    case kEnd:
      return key.ends_with(known.text);
    case kPart:
      break;
  }
  const auto at = key.find(known.text);
  return at == 0 || (at != key.npos && key[at - 1] == '_');
}

Metric make(const Known& known, std::string_view key, const std::string& remark = "") {
  return {std::string(key),
          std::string(known.description.empty() ? key : known.description) + remark,
          std::string(known.unit), known.better, known.depends_on_clock};
}

// "/ms" of "ops_per_ms" or "wait_milliseconds", whose last word is that; "" of other words.
std::string_view rate_unit(std::string_view key) {
  const auto word = key.substr(key.rfind('_') + 1);
  const auto single = word.substr(0, word.size() - (word.ends_with('s') ? 1 : 0));
  for (const auto& [unit, rate] : kTimeUnits)
    if (word == unit || single == unit) return rate;
  return {};
}

// "errors_per_second", "cache_misses_per_ms": of what nobody wants. (A "fault" may be a benchmark's
// work, as will-it-scale's page faults are.)
bool is_of_harm(std::string_view counted) {
  return std::ranges::any_of(split(counted, '_'),
                             [](const std::string& word) { return is_in(kHarms, word); });
}

// "ops_per_ms", "requests_per_busy_second"; of times per time, "pause_us_per_s", nobody says
// whether more is better.
std::optional<Metric> rate_of(std::string_view key) {
  constexpr std::string_view kPer = "_per_";
  const auto per = key.rfind(kPer);
  if (per == key.npos || rate_unit(key).empty()) return std::nullopt;
  const auto counted = key.substr(0, per);
  const bool of_times = !rate_unit(counted).empty();
  return Metric{std::string(key), std::string(key), of_times ? "" : std::string(rate_unit(key)),
                of_times              ? kNeither
                : is_of_harm(counted) ? kLower
                                      : kHigher,
                true};
}

// "l1d_miss", "model_l1d_miss", "model_CPU_l1d_miss". The model's counts depend on no clock, its
// other figures are not in the table.
Metric modelled(std::string_view key, std::string_view plain) {
  for (const Known& known : kCounts) {
    if (!fits(known, plain)) continue;
    const auto cpu = plain.substr(0, plain.size() - known.text.size());
    if (cpu.empty()) return make(known, key, " (cache model)");
    if (cpu.size() > 1 && cpu.ends_with('_'))
      return make(known, key, fmt::format(" (model of {})", cpu.substr(0, cpu.size() - 1)));
  }
  const bool miss = plain.ends_with("_miss") || plain.ends_with("_misses");
  return {std::string(key), std::string(key), "", miss ? kLower : kNeither, false};
}

}  // namespace

Metric metric_of(std::string_view key) {
  constexpr std::string_view kModel = "model_";
  if (key.starts_with(kModel)) return modelled(key, key.substr(kModel.size()));
  for (const Known& known : kCounts)
    if (key == known.text) return make(known, key);
  for (const Known& known : kKnown)
    if (known.fit == kWhole && fits(known, key)) return make(known, key);
  if (auto rate = rate_of(key)) return *rate;
  for (const Known& known : kKnown)
    if (fits(known, key)) return make(known, key);
  return {std::string(key), std::string(key), "", kNeither, false};
}

bool is_of_disturbance(std::string_view key) {
  return is_in(kOfDisturbance, key);
}

bool is_in_every_row(std::string_view key) {
  return is_in(kInEveryRow, key);
}

}  // namespace zp
