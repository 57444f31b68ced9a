// SPDX-License-Identifier: MIT
// The two loops of the "virtual huge zero page" discussion (linux-mm, 1 October 2012, Message-Ids
// 20121001134948.GA5812@otc-wbsnb-06 and 20121001161437.GB18051@redhat.com), as they were posted.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zp {

// Both give whether the halves of the memory are equal, as far as they look.

// Kirill A. Shutemov's: memcmp() of one half with the other.
bool compare_halves(const std::byte* base, std::uint64_t half_bytes);

// Andrea Arcangeli's: one byte of each page with its counterpart in the other half.
bool seek_halves(const std::byte* base, std::uint64_t half_bytes, std::uint64_t page_bytes);

}  // namespace zp
