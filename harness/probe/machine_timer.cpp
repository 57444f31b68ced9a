// SPDX-License-Identifier: MIT
#include "harness/probe/machine_timer.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include "harness/host/huge_pages.hpp"
#include "harness/probe/address_room.hpp"
#include "harness/probe/chase.hpp"
#include "harness/probe/one_cpu.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp::probe {
namespace {

constexpr std::uint64_t kHugeShare = 3;  // of the memory, one in so many
constexpr std::uint32_t kMostFrames = 4096;

// Memory of our own, unmapped at the end.
class Mapping {
 public:
  Mapping() = default;
  Mapping(void* at, std::uint64_t bytes) : at_(static_cast<std::byte*>(at)), bytes_(bytes) {}
  Mapping(Mapping&& other) noexcept
      : at_(std::exchange(other.at_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(at_, other.at_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Mapping() {
    if (at_ != nullptr) ::munmap(at_, bytes_);
  }
  [[nodiscard]] std::byte* at() const { return at_; }

 private:
  std::byte* at_ = nullptr;
  std::uint64_t bytes_ = 0;
};

struct Page {
  std::uint64_t address = 0;
  std::uint32_t frame = 0;
  friend auto operator<=>(const Page&, const Page&) = default;
};

std::vector<Page> pages_of(const Loop& loop) {
  std::vector<Page> pages;
  if (loop.huge) return pages;
  for (const Read& read : loop.reads) pages.push_back({read.address, read.frame});
  std::ranges::sort(pages);
  pages.erase(std::unique(pages.begin(), pages.end()), pages.end());
  return pages;
}

// Two frames at one address.
bool contradict(const std::vector<Page>& some, const std::vector<Page>& others) {
  return std::ranges::any_of(some, [&](const Page& page) {
    const auto found = std::ranges::lower_bound(others, Page{page.address, 0});
    return found != others.end() && found->address == page.address && found->frame != page.frame;
  });
}

// What the system says of the data cache of that level; 0: nothing.
std::uint64_t cache_fact(unsigned level, const char* what) {
  for (unsigned index = 0; index < 10; ++index) {
    const auto said = [&](const char* file) {
      return read_trimmed(fmt::format("/sys/devices/system/cpu/cpu{}/cache/index{}/{}",
                                      ::sched_getcpu(), index, file))
          .value_or("");
    };
    if (said("level") == std::to_string(level) && said("type") != "Instruction")
      return parse_size_bytes(said(what)).value_or(0);
  }
  return 0;
}

// Of the mapping that this address lies in, by smaps.
std::uint64_t huge_bytes_at(const std::byte* at) {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  std::uint64_t bytes = 0;
  bool inside = false;
  static_cast<void>(for_each_line("/proc/self/smaps", [&](std::string_view line) {
    if (const auto range = take_hex_range(line)) {
      inside = range->first <= address && address < range->second;
    } else if (const auto kib = number_field(line, "AnonHugePages:"); inside && kib) {
      bytes = *kib * 1024;
      return false;
    }
    return true;
  }));
  return bytes;
}

class MachineTimer final : public Timer {
 public:
  static Outcome<std::unique_ptr<Timer>> create(const MachineLimits& limits) {
    auto timer = std::make_unique<MachineTimer>();
    const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    timer->page_bytes_ = page_bytes;
    timer->reach_.page_shift = static_cast<unsigned>(std::countr_zero(page_bytes));
    const std::uint64_t huge_bytes = limits.huge_pages ? limits.memory_bytes / kHugeShare : 0;
    const auto frames =
        std::min<std::uint64_t>(kMostFrames, (limits.memory_bytes - huge_bytes) / page_bytes);
    timer->reach_.frames = static_cast<std::uint32_t>(frames);
    timer->reach_.why_not_held = timer->one_cpu_.why_not();
    timer->memfd_ = Fd(::memfd_create("zpbench-probe", MFD_CLOEXEC));
    if (!timer->memfd_)
      return fail(ExitCode::kCannotRun,
                  "no memfd: {} (a kernel before 3.17, or a seccomp filter forbids memfd_create)",
                  errno_text(errno));
    const std::uint64_t bytes = frames * page_bytes;
    if (::ftruncate(timer->memfd_.get(), static_cast<off_t>(bytes)) != 0)
      return fail(ExitCode::kCannotRun, "memfd of {} bytes: {}", bytes, errno_text(errno));
    void* words =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, timer->memfd_.get(), 0);
    if (words == MAP_FAILED)
      return fail(ExitCode::kCannotRun, "cannot map the memfd: {}", errno_text(errno));
    timer->words_ = Mapping(words, bytes);
    timer->reach_.why_no_huge = timer->find_huge_pages(huge_bytes);
    // Last: what is mapped later could lie in the room.
    auto room = AddressRoom::find(page_bytes);
    if (!room) return fail(room);
    timer->room_ = *room;
    timer->reach_.bits = room->bits();
    timer->reach_.free_below = room->free_below();
    timer->reach_.l1d_ways = static_cast<std::uint32_t>(cache_fact(1, "ways_of_associativity"));
    timer->reach_.l2_bytes = cache_fact(2, "size");
    timer->reach_.l3_bytes = cache_fact(3, "size");
    return timer;
  }

  MachineTimer() = default;
  MachineTimer(const MachineTimer&) = delete;
  MachineTimer& operator=(const MachineTimer&) = delete;
  ~MachineTimer() override {
    for (const Page& page : mapped_) ::munmap(room_.at(page.address), page_bytes_);
  }

  [[nodiscard]] const Reach& reach() const override { return reach_; }

  Outcome<void> prepare(unsigned slot, const Loop& loop) override {
    Slot& mine = slots_[slot];
    mine.pages = pages_of(loop);
    if (Slot& other = slots_[1 - slot]; contradict(mine.pages, other.pages)) other = {};
    if (auto mapped = map_pages(); !mapped) {
      mine = {};
      return mapped;
    }
    std::vector<Head> words;
    words.reserve(loop.reads.size());
    for (const Read& read : loop.reads) words.push_back(base_of(loop, read) + read.offset_bytes);
    mine.reads = words.size();
    mine.words = std::move(words);
    mine.window_reads = loop.window_reads;
    mine.read_free = loop.spaced ? read_all_spaced : read_all;
    mine.next = 0;
    const auto chains = static_cast<std::size_t>(loop.chains);
    mine.fresh = mine.window_reads != 0;
    mine.heads.assign(mine.words.begin(), mine.words.begin() + static_cast<std::ptrdiff_t>(chains));
    // A chain's last read leads back to its first.
    for (std::size_t i = 0; chains != 0 && i < mine.reads; ++i) {
      const std::size_t next = i + chains < mine.reads ? i + chains : i % chains;
      std::byte* word = loop.huge ? huge_ + loop.reads[i].address
                                  : words_.at() + loop.reads[i].frame * page_bytes_;
      std::memcpy(word + loop.reads[i].offset_bytes, &mine.words[next], sizeof(Head));
    }
    return {};
  }

  double sample_ns(unsigned slot, std::uint64_t least_reads) override {
    Slot& mine = slots_[slot];
    if (mine.reads == 0) return 0;
    if (mine.window_reads != 0) return window_ns(mine);
    if (mine.heads.empty()) {
      const std::uint64_t rounds = least_reads / mine.reads + 1;
      static_cast<void>(mine.read_free(mine.words, 2));
      const auto start = Clock::now();
      static_cast<void>(mine.read_free(mine.words, rounds));
      return seconds_since(start) * 1e9 / static_cast<double>(rounds * mine.reads);
    }
    const std::uint64_t length = (mine.reads + mine.heads.size() - 1) / mine.heads.size();
    const std::uint64_t steps = (std::max(least_reads / mine.heads.size(), length) + 7) / 8 * 8;
    chase(mine.heads, 2 * length + 8);
    const auto start = Clock::now();
    chase(mine.heads, steps);
    return seconds_since(start) * 1e9 / static_cast<double>(steps * mine.heads.size());
  }

  double cycle_ns() override {
    constexpr std::uint64_t kAdditions = 16384;
    const auto start = Clock::now();
    static_cast<void>(add_up(kAdditions));
    return seconds_since(start) * 1e9 / static_cast<double>(kAdditions);
  }

  [[nodiscard]] double seconds() const override { return seconds_since(start_); }

 private:
  struct Slot {
    std::vector<Page> pages;
    std::vector<Head> words;
    std::vector<Head> heads;                  // none: the reads wait for nothing
    decltype(&read_all) read_free = nullptr;  // where there are no heads
    std::size_t reads = 0;
    std::uint64_t window_reads = 0, next = 0;
    bool fresh = false;  // not read through since it was prepared
  };

  // The next reads of a long loop, all of which were read before, several times: a third level that
  // is filled by what the second throws out does not hold them at once.
  static double window_ns(Slot& mine) {
    const std::uint64_t chains = std::max<std::size_t>(1, mine.heads.size());
    const std::uint64_t steps = (mine.window_reads / chains + 7) / 8 * 8;
    const auto go_on = [&](std::uint64_t count) {
      if (!mine.heads.empty()) return chase(mine.heads, count);
      const std::uint64_t end = std::min<std::uint64_t>(mine.next + count, mine.reads);
      static_cast<void>(
          mine.read_free(std::span(mine.words).subspan(mine.next, end - mine.next), 1));
      mine.next = end == mine.reads ? 0 : end;
    };
    for (int round = std::exchange(mine.fresh, false) ? 4 : 0; round > 0; --round)
      go_on((mine.reads / chains + 8) / 8 * 8);
    const std::uint64_t reads =
        mine.heads.empty() ? std::min(steps, mine.reads - mine.next) : steps * chains;
    const auto start = Clock::now();
    go_on(steps);
    return seconds_since(start) * 1e9 / static_cast<double>(reads);
  }

  [[nodiscard]] const std::byte* base_of(const Loop& loop, const Read& read) const {
    return loop.huge ? huge_ + read.address : room_.at(read.address);
  }

  // Exactly the pages of the two slots; frames in a row at addresses in a row in one call.
  Outcome<void> map_pages() {
    std::vector<Page> wanted;
    std::set_union(slots_[0].pages.begin(), slots_[0].pages.end(), slots_[1].pages.begin(),
                   slots_[1].pages.end(), std::back_inserter(wanted));
    std::vector<Page> kept, missing;
    for (const Page& page : mapped_)
      if (std::binary_search(wanted.begin(), wanted.end(), page))
        kept.push_back(page);
      else
        ::munmap(room_.at(page.address), page_bytes_);
    mapped_ = std::move(kept);
    std::set_difference(wanted.begin(), wanted.end(), mapped_.begin(), mapped_.end(),
                        std::back_inserter(missing));
    for (std::size_t first = 0, end = 0; first < missing.size(); first = end) {
      const std::uint64_t start = missing[first].address;
      for (end = first + 1; end < missing.size(); ++end)
        if (missing[end].address != start + (end - first) * page_bytes_ ||
            missing[end].frame != missing[first].frame + (end - first))
          break;
      if (!map_exactly(room_.at(start), (end - first) * page_bytes_, memfd_.get(),
                       missing[first].frame * page_bytes_))
        return fail(ExitCode::kCannotRun, "cannot map a page there: {}", errno_text(errno));
      mapped_.insert(mapped_.end(), missing.begin() + static_cast<std::ptrdiff_t>(first),
                     missing.begin() + static_cast<std::ptrdiff_t>(end));
    }
    std::ranges::sort(mapped_);
    return {};
  }

  // A region that the kernel backs with huge pages, all of it; else says why there is none.
  std::string find_huge_pages(std::uint64_t most_bytes) {
    const std::uint64_t huge_page = huge_page_bytes({});
    const std::string enabled =
        read_trimmed("/sys/kernel/mm/transparent_hugepage/enabled").value_or("");
    if (huge_page == 0)
      return "no /sys/kernel/mm/transparent_hugepage (a kernel without, or a container that hides "
             "it)";
    if (auto denied = why_denied_huge_pages({})) return *denied;
    if (enabled.find("[never]") != std::string::npos)
      return "transparent huge pages are off (enabled = never)";
    if (huge_page > most_bytes / 2) return "a huge page is larger than the memory the probe takes";
    const std::uint64_t bytes = most_bytes / huge_page * huge_page;
    void* found = ::mmap(nullptr, bytes + huge_page, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (found == MAP_FAILED) return errno_text(errno);
    region_ = Mapping(found, bytes + huge_page);
    const auto start = reinterpret_cast<std::uintptr_t>(found);
    auto* aligned = reinterpret_cast<std::byte*>((start + huge_page - 1) & ~(huge_page - 1));
    if (::madvise(aligned, bytes, MADV_HUGEPAGE) != 0)
      return "madvise(MADV_HUGEPAGE): " + errno_text(errno);
    for (std::uint64_t at = 0; at < bytes; at += page_bytes_) aligned[at] = std::byte{1};
    if (huge_bytes_at(aligned) < bytes) return "the kernel found no free huge pages";
    huge_ = aligned;
    reach_.huge_bytes = bytes;
    return {};
  }

  Reach reach_;
  std::uint64_t page_bytes_ = 4096;
  AddressRoom room_;
  Fd memfd_;
  Mapping words_;   // every frame, writable
  Mapping region_;  // that holds the huge pages
  std::byte* huge_ = nullptr;
  std::vector<Page> mapped_;
  std::array<Slot, 2> slots_;
  OneCpu one_cpu_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

Outcome<std::unique_ptr<Timer>> machine_timer(const MachineLimits& limits) {
  return MachineTimer::create(limits);
}

}  // namespace zp::probe
