// SPDX-License-Identifier: MIT
#include "harness/families/scan_contents.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

#include "harness/support/interrupt.hpp"
#include "harness/support/words.hpp"
#include "harness/walk/split_mix.hpp"

namespace zp {
namespace {

// XXH64 (xxHash fast digest algorithm, doc/xxhash_spec.md, version 0.1.1)
constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87, kPrime2 = 0xC2B2AE3D27D4EB4F,
                        kPrime3 = 0x165667B19E3779F9, kPrime4 = 0x85EBCA77C2B2AE63;
constexpr std::size_t kStepBytes = 32;  // four sums of a word each

constexpr std::uint64_t step(std::uint64_t sum, std::uint64_t word) {
  return std::rotl(sum + word * kPrime2, 31) * kPrime1;
}

// The inverse of an odd number modulo 2^64: each of Newton's steps doubles the bits that are right.
constexpr std::uint64_t inverse(std::uint64_t odd) {
  std::uint64_t x = odd;  // 3 bits
  for (int i = 0; i < 5; ++i) x *= 2 - odd * x;
  return x;
}
static_assert(inverse(kPrime2) * kPrime2 == 1);

// The kernel reads little-endian words on every machine.
std::uint64_t little_endian(std::uint64_t word) {
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

std::uint64_t load(const std::byte* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return little_endian(word);
}

void store(std::byte* to, std::uint64_t word) {
  word = little_endian(word);
  std::memcpy(to, &word, sizeof word);
}

void write_words(std::span<std::byte> page, std::uint64_t seed) {
  for (std::size_t at = 0; at < page.size(); at += sizeof seed)
    store(page.data() + at, split_mix(seed + at));
}

// A page that was only ever zero need not have a frame: something else goes first.
void write_zeros(std::span<std::byte> page) {
  *static_cast<volatile std::byte*>(page.data()) = std::byte{1};
  std::memset(page.data(), 0, page.size());
}

}  // namespace

bool ScanContents::is_zero(std::uint64_t page) const {
  return kind == ScanKind::kZero && (page + 1) * zero_percent / 100 != page * zero_percent / 100;
}

std::string to_string(const ScanContents& contents) {
  if (contents.kind == ScanKind::kZero) return fmt::format("zero:{}", contents.zero_percent);
  return std::string(word_for(contents.kind, {"zero", "unique", "identical", "volatile",
                                              "collision_early", "collision_late"}));
}

void write_contents(const Table& table, const ScanContents& contents) {
  const std::uint64_t page_bytes = system_page_bytes();
  for (std::uint64_t number = 0; number < table.pages(); ++number) {
    if (number % 4096 == 0 && interrupted()) return;  // the census that follows says so
    const std::span<std::byte> page{table.base() + number * page_bytes, page_bytes};
    const std::uint64_t seed = (number + 1) * page_bytes;
    switch (contents.kind) {
      case ScanKind::kZero:
        if (contents.is_zero(number))
          write_zeros(page);
        else
          write_words(page, seed);
        break;
      case ScanKind::kUnique:
      case ScanKind::kVolatile:
        write_words(page, seed);
        break;
      case ScanKind::kIdentical:
        write_words(page, 0);
        break;
      case ScanKind::kCollisionEarly:
      case ScanKind::kCollisionLate:
        write_zeros(page);
        collide_with_zero(
            page, contents.kind == ScanKind::kCollisionEarly ? 0 : page_bytes - 2 * kStepBytes,
            split_mix(seed) | 1);
        break;
    }
  }
}

std::uint64_t ksm_hash(std::span<const std::byte> page) {
  std::array<std::uint64_t, 4> sums{kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
  for (std::size_t at = 0; at < page.size(); at += kStepBytes)
    for (std::size_t lane = 0; lane < sums.size(); ++lane)
      sums[lane] = step(sums[lane], load(page.data() + at + lane * 8));
  std::uint64_t hash = std::rotl(sums[0], 1) + std::rotl(sums[1], 7) + std::rotl(sums[2], 12) +
                       std::rotl(sums[3], 18);
  for (const std::uint64_t sum : sums) hash = (hash ^ step(0, sum)) * kPrime1 + kPrime4;
  hash += page.size();
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

void collide_with_zero(std::span<std::byte> page, std::size_t at, std::uint64_t seed) {
  std::uint64_t sum = kPrime1 + kPrime2;  // the first of the four
  for (std::size_t done = 0; done < at; done += kStepBytes) sum = step(sum, 0);
  const std::uint64_t with_zeros = step(sum, 0), with_seed = step(sum, seed);
  // step() adds word * kPrime2: this word makes up for the difference of the sums.
  store(page.data() + at, seed);
  store(page.data() + at + kStepBytes, (with_zeros - with_seed) * inverse(kPrime2));
}

}  // namespace zp
