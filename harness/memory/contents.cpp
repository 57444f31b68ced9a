// SPDX-License-Identifier: MIT
#include "harness/memory/contents.hpp"

#include <algorithm>

namespace zp {

void write_page(std::span<std::byte> page, std::uint64_t vpn, const Contents& contents) {
  auto* const words = reinterpret_cast<std::uint64_t*>(page.data());
  // A store of something else first: a page that was only ever zero need not have a frame.
  *static_cast<volatile std::uint64_t*>(words) = ~contents.fill;
  std::fill_n(words, page.size() / sizeof(std::uint64_t), contents.fill);
  words[0] = contents.first_word(vpn);
}

std::uint64_t expected_sum(const Walk& walk, const Contents& contents) {
  std::uint64_t sum = walk.reads * contents.fill;
  if (contents.colours == 0) return sum;
  const auto base = reinterpret_cast<std::uintptr_t>(walk.base);
  const auto add_first_word = [&](std::uint64_t vpn) {
    sum += contents.first_word(vpn) - contents.fill;
  };
  if (walk.rotate_bytes != 0) {  // at most one read a page, at an offset that moves on
    for (std::uint64_t slot = 0; slot < walk.reads; ++slot) {
      const std::uint64_t address = base + walk.offset_of_slot(slot);
      if (address % walk.page_bytes == 0) add_first_word(address / walk.page_bytes);
    }
    return sum;
  }
  const std::uint64_t end = base + walk.reads * walk.stride_bytes;
  for (std::uint64_t page = (base + walk.page_bytes - 1) & ~(walk.page_bytes - 1); page < end;
       page += walk.page_bytes) {
    if ((page - base) % walk.stride_bytes == 0) add_first_word(page / walk.page_bytes);
  }
  return sum;
}

}  // namespace zp
