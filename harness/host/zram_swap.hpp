// SPDX-License-Identifier: MIT
// A swap area of our own in compressed memory (zram): its device is made for it and removed with
// it, and nobody else's is touched. harness/ksm/session.hpp journals it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/support/error.hpp"

namespace zp {

// Why none can be made here, or nothing.
std::optional<std::string> why_no_zram_swap(const Roots& roots);

// The number that a new device would get just now.
std::uint64_t next_zram_device(const Roots& roots);

// A new device, unused; gives its number. Errors: kCannotRun.
Outcome<std::uint64_t> add_zram_device(const Roots& roots);
// Removes it again, while nothing uses it.
Outcome<void> remove_zram_device(const Roots& roots, std::uint64_t device);

// Makes it a swap area of `bytes`, labelled as ours, that is used before every other; where that
// fails the device is removed. Errors: kCannotRun.
Outcome<void> swap_on_zram(const Roots& roots, std::uint64_t device, std::uint64_t bytes);

// Takes what is swapped out there back into memory, and removes the device. Leaves a device alone
// that holds something and does not carry our label: the number is somebody else's by now.
// Errors: kCannotRun, also where it holds something and can't be read.
Outcome<void> remove_zram_swap(const Roots& roots, std::uint64_t device);

// What the device holds. Errors: kCannotRun.
struct ZramContents {
  std::uint64_t pages = 0;             // stored, whatever they take
  std::uint64_t compressed_bytes = 0;  // that they take; pages of one repeated word take none
};
Outcome<ZramContents> read_zram_contents(const Roots& roots, std::uint64_t device);

// The first page of a swap area of so many pages, with our label (include/linux/swap.h, union
// swap_header).
std::vector<std::byte> swap_header(std::uint64_t page_bytes, std::uint32_t pages);
bool is_our_swap_header(const std::vector<std::byte>& page);

}  // namespace zp
