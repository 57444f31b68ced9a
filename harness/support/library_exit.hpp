// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace zp {

// A library that looks at the machine may end the program over a file of /sys that it does not
// understand (PAPI, Google Benchmark). While one of these lives such an end is explained, and the
// exit status is kCannotRun. Nothing may have been changed yet that is to be put back.
class LibraryLooks {
 public:
  explicit LibraryLooks(std::string why_it_ended);
  LibraryLooks(const LibraryLooks&) = delete;
  LibraryLooks& operator=(const LibraryLooks&) = delete;
  ~LibraryLooks();
};

}  // namespace zp
