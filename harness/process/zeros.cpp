// SPDX-License-Identifier: MIT
#include "harness/process/zeros.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <random>

#include "harness/host/page_size.hpp"

namespace zp {
namespace {

constexpr double kSeconds = 0.5;

void add_interval(ZeroSample& sample) {
  constexpr double z = 1.96;
  const auto n = static_cast<double>(sample.read);
  const double share = static_cast<double>(sample.zero) / n;
  const double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half =
      z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  sample.low = sample.zero == 0 ? 0 : std::max(0.0, middle - half);
  sample.high = sample.zero == sample.read ? 1 : std::min(1.0, middle + half);
}

std::uint64_t pages_of(const std::vector<PageRange>& plain) {
  std::uint64_t pages = 0;
  for (const PageRange& range : plain) pages += range.pages;
  return pages;
}

}  // namespace

std::vector<std::uint64_t> sample_addresses(const std::vector<PageRange>& plain) {
  const std::uint64_t pages = pages_of(plain), parts = std::min(pages, kSamplePages);
  std::mt19937_64 random(pages);
  std::vector<std::uint64_t> addresses;
  auto range = plain.begin();
  std::uint64_t before = 0;  // pages of the ranges before that one
  for (std::uint64_t i = 0; i < parts; ++i) {
    // Parts of pages / parts, one page longer where that leaves a rest.
    const std::uint64_t first = pages / parts * i + std::min(i, pages % parts);
    const std::uint64_t size = pages / parts + (i < pages % parts ? 1 : 0);
    const std::uint64_t index = first + random() % size;
    while (index - before >= range->pages) before += range++->pages;
    addresses.push_back(range->first + (index - before) * system_page_bytes());
  }
  std::ranges::shuffle(addresses, random);
  return addresses;
}

ZeroSample sample_zeros(const Roots& roots, int pid, const std::vector<PageRange>& plain) {
  ZeroSample sample;
  const std::uint64_t pages = pages_of(plain);
  if (pages == 0) {
    sample.why_not = "there are no private pages that certainly are not merged yet";
    return sample;
  }
  const std::string path = fmt::format("{}/{}/mem", roots.proc, pid);
  const Fd memory(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!memory) {
    sample.why_not = fmt::format("cannot read {}: {}", path, errno_text(errno));
    return sample;
  }
  const auto start = Clock::now();
  std::vector<std::byte> page(system_page_bytes());
  int cause = 0;
  for (const std::uint64_t address : sample_addresses(plain)) {
    if (seconds_since(start) >= kSeconds) break;
    const ssize_t got =
        ::pread(memory.get(), page.data(), page.size(), static_cast<off_t>(address));
    if (got < 0) cause = errno;
    if (got != static_cast<ssize_t>(page.size())) continue;
    ++sample.read;
    if (std::ranges::all_of(page, [](std::byte byte) { return byte == std::byte{}; }))
      ++sample.zero;
  }
  if (sample.read == 0)
    sample.why_not = fmt::format("cannot read {}: {}", path,
                                 cause == 0 ? "the pages are gone" : errno_text(cause));
  else if (sample.read == pages)
    sample.low = sample.high = static_cast<double>(sample.zero) / static_cast<double>(pages);
  else
    add_interval(sample);
  return sample;
}

}  // namespace zp
