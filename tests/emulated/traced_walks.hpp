// SPDX-License-Identifier: MIT
// Walks that a QEMU plugin follows, and what it must have seen.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

// Walks the table of zeros whose pages have these frames, with several strides, each in an
// announced window NAME/stride:S, and appends what is known in the guest:
//
//   out/pairs    row, virtual page, frame, reads: from pagemap, as the plugin's pairs=FILE
//   out/models   row, reads, misses a level, TLB misses a level, synonym misses: the model of `cpu`
//                fed with the walk and those frames
//
// False, with a line on stderr, when it can't.
bool traced_walks(const std::string& name, const char* table, std::uint64_t page_bytes,
                  const std::vector<std::uint64_t>& pfns, const std::string& cpu);
