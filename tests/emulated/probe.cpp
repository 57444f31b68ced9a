// SPDX-License-Identifier: MIT
// What a guest's kernel does with zero pages, seen without any of the suite's own code: an
// untouched table, and zeroed tables merged by KSM without and with use_zero_pages. One line each:
//
//   NAME pages P frames F period N ksm K zero Z
//
// F distinct frames; N the smallest number with frame(page) == frame(page + N) throughout (0:
// none); K and Z how many pages are flagged as KSM and as zero page. It leaves KSM as it pleases,
// so it runs in a guest only.
//
// With ZP_TRACE set it then walks each table within an announced window, and writes to out/pairs
// what the plugin must have seen, in the plugin's own form: NAME/stride:S, virtual page, frame,
// reads.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/emulated/traced_walks.hpp"

namespace {

constexpr std::uint64_t kPresent = 1ull << 63;
constexpr std::uint64_t kPfn = (1ull << 55) - 1;
constexpr std::uint64_t kFlagKsm = 1ull << 21;  // include/uapi/linux/kernel-page-flags.h
constexpr std::uint64_t kFlagZeroPage = 1ull << 24;
constexpr int kScanSeconds = 60;

[[noreturn]] void die(const std::string& what) {
  fmt::print(stderr, "probe: {}: {}\n", what, std::strerror(errno));
  std::exit(1);
}

std::uint64_t read_u64(const char* path, std::uint64_t index) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  std::uint64_t value = 0;
  if (fd < 0 ||
      pread(fd, &value, sizeof value, static_cast<off_t>(index * sizeof value)) != sizeof value)
    die(path);
  close(fd);
  return value;
}

long ksm(const char* knob) {
  long value = -1;
  std::ifstream{std::string{"/sys/kernel/mm/ksm/"} + knob} >> value;
  return value;
}

void set_ksm(const char* knob, long value) {
  std::ofstream file{std::string{"/sys/kernel/mm/ksm/"} + knob};
  if (!(file << value << std::flush)) die(knob);
}

struct Census {
  std::vector<std::uint64_t> pfns;
  std::size_t frames = 0, period = 0, ksm = 0, zero = 0;
};

Census census(const char* table, std::size_t bytes, std::size_t page) {
  Census seen;
  auto& pfns = seen.pfns;
  for (std::size_t offset = 0; offset < bytes; offset += page) {
    const auto entry =
        read_u64("/proc/self/pagemap", reinterpret_cast<std::uintptr_t>(table + offset) / page);
    if ((entry & kPresent) == 0) continue;
    pfns.push_back(entry & kPfn);
    const auto flags = read_u64("/proc/kpageflags", pfns.back());
    seen.ksm += (flags & kFlagKsm) != 0;
    seen.zero += (flags & kFlagZeroPage) != 0;
  }
  seen.frames = std::set(pfns.begin(), pfns.end()).size();
  for (std::size_t period = 1; period <= pfns.size() / 2 && seen.period == 0; ++period) {
    if (std::equal(pfns.begin() + static_cast<std::ptrdiff_t>(period), pfns.end(), pfns.begin()))
      seen.period = period;
  }
  return seen;
}

enum class How { kReadFault, kKsmSingle, kKsmZeroPage };

// kpageflags shows no flag for the zero pages of some kernels (16 KiB pages), so "merged" is: one
// more scan changes nothing, and fewer frames than pages.
void merge(char* table, std::size_t bytes, bool use_zero_pages) {
  set_ksm("max_page_sharing", use_zero_pages ? 256 : 1'000'000);
  set_ksm("use_zero_pages", use_zero_pages);
  set_ksm("pages_to_scan", 100'000);
  set_ksm("sleep_millisecs", 0);
  if (madvise(table, bytes, MADV_MERGEABLE) != 0) die("MADV_MERGEABLE");
  const long first = ksm("full_scans");
  set_ksm("run", 1);
  // A page is merged when its checksum was the same in two scans; the one under way counts for
  // none.
  for (int waited = 0; ksm("full_scans") < first + 4; ++waited) {
    if (waited == kScanSeconds * 100) die("ksmd does not come round");
    usleep(10'000);
  }
  set_ksm("run", 0);
}

void probe(const char* name, How how, std::size_t bytes, const char* cpu) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) die("mmap");
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  auto* table = static_cast<char*>(memory);
  if (how == How::kReadFault) {
    for (std::size_t offset = 0; offset < bytes; offset += page) {
      if (*const_cast<volatile char*>(table + offset) != 0)
        die("a page that was never written is not zero");
    }
  } else {
    set_ksm("run", 2);
    std::memset(table, 1, bytes);
    std::memset(table, 0, bytes);
    merge(table, bytes, how == How::kKsmZeroPage);
  }
  const auto seen = census(table, bytes, page);
  fmt::print("{} pages {} frames {} period {} ksm {} zero {}\n", name, seen.pfns.size(),
             seen.frames, seen.period, seen.ksm, seen.zero);
  if (cpu != nullptr && !traced_walks(name, table, page, seen.pfns, cpu)) std::exit(1);
  munmap(memory, bytes);
}

}  // namespace

int main(int argc, char** argv) {
  if (std::getenv("ZP_EMULATOR") == nullptr) {
    fmt::print(stderr, "probe: only for a guest of scripts/emulate.sh: it changes KSM's knobs\n");
    return 2;
  }
  constexpr std::size_t kBytes = 16u << 20;
  const char* cpu = argc > 1 ? argv[1] : nullptr;
  fmt::print("page_size {}\n", sysconf(_SC_PAGESIZE));
  for (const char* knob : {"smart_scan", "ksm_zero_pages", "pages_skipped", "advisor_mode"}) {
    fmt::print("has_{} {}\n", knob,
               std::ifstream{std::string{"/sys/kernel/mm/ksm/"} + knob}.good() ? 1 : 0);
  }
  probe("read_fault", How::kReadFault, kBytes, cpu);
  probe("ksm_single", How::kKsmSingle, kBytes, cpu);
  probe("ksm_zero_page", How::kKsmZeroPage, kBytes, cpu);
}
