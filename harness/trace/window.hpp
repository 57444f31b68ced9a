// SPDX-License-Identifier: MIT
// The traced program's side: tells the QEMU plugin (harness/trace/plugin.cpp) when a walk begins
// and ends. Outside a traced guest its stores go to ordinary memory and nobody looks.
#pragma once

#include <cstddef>
#include <string_view>

namespace zp::trace {

class Window {
 public:
  // Maps the region the plugin watches. False when that address is taken: nothing can be traced.
  static bool open();

  // Follow every read of [table, table + bytes) made by this program's own code, until stop(). The
  // page size is the mapping's; the name is the row's.
  static void start(std::string_view name, const void* table, std::size_t bytes,
                    std::size_t page_bytes);
  // What was read so far only warmed the caches: counts begin here.
  static void count();
  static void stop();
};

}  // namespace zp::trace
