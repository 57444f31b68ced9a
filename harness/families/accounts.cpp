// SPDX-License-Identifier: MIT
#include "harness/families/accounts.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>

#include "harness/ksm/knobs.hpp"
#include "harness/memory/census.hpp"
#include "harness/memory/table.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

std::optional<std::int64_t> read_rss_excess_pages(const Roots& roots) {
  const auto rollup = read_text_file(roots.proc + "/self/smaps_rollup");
  const auto status = read_text_file(roots.proc + "/self/status");
  if (!rollup || !status) return std::nullopt;
  const auto mapped_kb = number_field(*rollup, "Anonymous:");
  const auto counted_kb = number_field(*status, "RssAnon:");
  if (!mapped_kb || !counted_kb) return std::nullopt;
  return (static_cast<std::int64_t>(*counted_kb) - static_cast<std::int64_t>(*mapped_kb)) * 1024 /
         static_cast<std::int64_t>(system_page_bytes());
}

// Free pages that the CPUs keep for themselves ("pagesets ... count: 123"), which MemFree leaves
// out: up to a gigabyte, and changing all the time.
std::int64_t pages_of_cpus(const std::string& zoneinfo) {
  std::istringstream lines(zoneinfo);
  std::int64_t pages = 0;
  for (std::string line; std::getline(lines, line);)
    if (const auto key = line.find("count:");
        key != std::string::npos && line.find_first_not_of(' ') == key)
      pages += static_cast<std::int64_t>(number_field(line.substr(key), "count:").value_or(0));
  return pages;
}

// The total less everything the kernel has on a list. Slab holds KReclaimable's slabs already.
std::optional<std::int64_t> count_unaccounted_bytes(const Roots& roots,
                                                    const std::string& meminfo) {
  const auto total = number_field(meminfo, "MemTotal:");
  const auto zoneinfo = read_text_file(roots.proc + "/zoneinfo");
  if (!total || !zoneinfo) return std::nullopt;
  auto left = static_cast<std::int64_t>(*total);
  for (const char* list :
       {"MemFree:", "Buffers:", "Cached:", "SwapCached:", "AnonPages:", "Slab:", "KernelStack:",
        "PageTables:", "SecPageTables:", "Percpu:", "VmallocUsed:", "Hugetlb:"})
    left -= static_cast<std::int64_t>(number_field(meminfo, list).value_or(0));
  return left * 1024 - pages_of_cpus(*zoneinfo) * static_cast<std::int64_t>(system_page_bytes());
}

// What the kernel keeps for itself (slabs, page tables) may hold anything where a page has its
// mapping, and then looks like KSM's; only what processes map is on the LRU lists and swap-backed.
bool is_ksm_frame(std::uint64_t kpageflags) {
  constexpr std::uint64_t kAll = kKpfKsm | kKpfLru | kKpfSwapBacked;
  return (kpageflags & (kAll | kKpfSlab)) == kAll;
}

std::optional<std::uint64_t> count_ksm_frames(const Roots& roots) {
  const auto kpageflags = WordFile::open(roots.proc + "/kpageflags");
  const auto pagemap = WordFile::open(roots.proc + "/self/pagemap");
  if (!kpageflags || !pagemap || ksm_flag_is_on_all(*pagemap, *kpageflags)) return std::nullopt;
  constexpr std::uint64_t kBlock = 1 << 15;
  // One word at the end of memory can't be read: the blocks get smaller until it is found.
  std::vector<std::uint64_t> words(kBlock);
  std::uint64_t frames = 0;
  for (std::uint64_t first = 0; !words.empty();) {
    if (!kpageflags->read(first, words)) {
      words.resize(words.size() / 2);
      continue;
    }
    frames += static_cast<std::uint64_t>(std::ranges::count_if(words, is_ksm_frame));
    first += words.size();
  }
  return frames;
}

// Looks at every colour of the zero page through read faults on untouched memory.
Outcome<void> look_at_zero_pages(const Roots& roots, Accounts& accounts) {
  const std::uint64_t page_bytes = system_page_bytes();
  const auto table = Table::map(kMaxColours * page_bytes, kMaxColours * page_bytes);
  if (!table) return fail(table);
  const std::vector<std::byte> zeros(page_bytes);
  for (std::uint64_t page = 0; page < table->pages(); ++page)
    accounts.zero_page_is_zero &=
        std::memcmp(table->base() + page * page_bytes, zeros.data(), page_bytes) == 0;
  const auto pagemap = WordFile::open(roots.proc + "/self/pagemap");
  const auto flags = WordFile::open(roots.proc + "/kpageflags");
  const auto mappings = WordFile::open(roots.proc + "/kpagecount");
  if (!pagemap || !flags || !mappings) return {};
  std::vector<std::uint64_t> entries(table->pages());
  if (auto read = pagemap->read(table->first_vpn(), entries); !read) return read;
  std::map<std::uint64_t, std::array<std::uint64_t, 2>> frames;
  for (const std::uint64_t entry : entries) {
    const std::uint64_t pfn = PagemapEntry{entry}.pfn();
    if (pfn == 0 || frames.contains(pfn)) continue;
    auto& words = frames[pfn];
    if (auto read = flags->read(pfn, {&words[0], 1}); !read) return read;
    if (auto read = mappings->read(pfn, {&words[1], 1}); !read) return read;
  }
  accounts.zero_frames = frames.size();
  for (const auto& [pfn, words] : frames) {
    // Whoever reads it through another process's memory changes whether it was referenced.
    accounts.zero_flags.push_back(words[0] & ~kKpfReferenced);
    accounts.zero_mappings.push_back(words[1]);
  }
  return {};
}

}  // namespace

std::optional<std::int64_t> read_free_bytes(const Roots& roots) {
  const auto meminfo = read_text_file(roots.proc + "/meminfo");
  const auto zoneinfo = read_text_file(roots.proc + "/zoneinfo");
  if (!meminfo || !zoneinfo) return std::nullopt;
  const auto free_kb = number_field(*meminfo, "MemFree:");
  if (!free_kb) return std::nullopt;
  return static_cast<std::int64_t>(*free_kb) * 1024 +
         pages_of_cpus(*zoneinfo) * static_cast<std::int64_t>(system_page_bytes());
}

std::optional<std::int64_t> read_ksm_zero_pages(const Roots& roots) {
  const auto text = read_trimmed(roots.sys + "/kernel/mm/ksm/ksm_zero_pages");
  return text ? parse_whole<std::int64_t>(*text) : std::nullopt;
}

Outcome<Accounts> Accounts::take(const Roots& roots) {
  Accounts accounts;
  accounts.pages_shared = read_ksm_figure(roots, "pages_shared");
  accounts.pages_sharing = read_ksm_figure(roots, "pages_sharing");
  accounts.ksm_zero_pages = read_ksm_zero_pages(roots);
  accounts.ksm_frames = count_ksm_frames(roots);
  if (auto looked = look_at_zero_pages(roots, accounts); !looked) return fail(looked);
  accounts.rss_excess_pages = read_rss_excess_pages(roots);
  if (const auto meminfo = read_text_file(roots.proc + "/meminfo")) {
    accounts.unaccounted_bytes = count_unaccounted_bytes(roots, *meminfo);
    if (const auto free_kb = number_field(*meminfo, "MemFree:"))
      accounts.free_bytes = static_cast<std::int64_t>(*free_kb) * 1024;
  }
  return accounts;
}

std::optional<std::uint64_t> read_vm_event(const Roots& roots, std::string_view key) {
  return number_field(read_text_file(roots.proc + "/vmstat").value_or(""), key);
}

std::int64_t rss_tolerance_pages() {
  const std::int64_t cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  return cpus * std::max<std::int64_t>(64, 2 * cpus);
}

std::vector<std::string> find_leaks(const Accounts& before, const Accounts& after) {
  std::vector<std::string> leaks;
  const auto exact = [&](const char* name, auto was, auto is) {
    if (!was || !is || *was == *is) return;
    leaks.push_back(*is > *was ? fmt::format("{}: {} too many", name, *is - *was)
                               : fmt::format("{}: {} too few", name, *was - *is));
  };
  exact("pages_shared", before.pages_shared, after.pages_shared);
  exact("pages_sharing", before.pages_sharing, after.pages_sharing);
  exact("ksm_zero_pages", before.ksm_zero_pages, after.ksm_zero_pages);
  // Fewer are no leak: one that was merged before may have waited for a per-CPU list to be drained.
  if (before.ksm_frames && after.ksm_frames && *after.ksm_frames > *before.ksm_frames)
    exact("frames flagged KSM", before.ksm_frames, after.ksm_frames);
  if (before.rss_excess_pages && after.rss_excess_pages)
    if (const auto drift = *after.rss_excess_pages - *before.rss_excess_pages;
        std::abs(drift) > rss_tolerance_pages())
      leaks.push_back(fmt::format("RssAnon: {:+} pages against those mapped", drift));
  if (before.unaccounted_bytes && after.unaccounted_bytes)
    if (const auto drift = *after.unaccounted_bytes - *before.unaccounted_bytes;
        drift > kUnaccountedToleranceBytes)
      leaks.push_back(fmt::format("{} bytes of memory are on no list of the kernel's", drift));
  if (!after.zero_page_is_zero) leaks.emplace_back("the zero page is no longer all zeros");
  exact("zero page frames", std::optional(before.zero_frames), std::optional(after.zero_frames));
  if (before.zero_flags != after.zero_flags)
    leaks.emplace_back("the zero page's flags (/proc/kpageflags) changed");
  if (before.zero_mappings != after.zero_mappings)
    leaks.emplace_back("the zero page's count of mappings (/proc/kpagecount) changed");
  return leaks;
}

}  // namespace zp
