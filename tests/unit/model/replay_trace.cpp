// SPDX-License-Identifier: MIT
// replay_trace SIZE WAYS LINE: reads a memory trace of valgrind's lackey from stdin and prints how
// many data references it holds and how many miss a virtually addressed LRU cache of that shape.
// A reference over two lines is one miss if either misses, as cachegrind counts it.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "harness/model/machine.hpp"

int main(int argc, char** argv) {
  using namespace zp::model;
  if (argc != 4) return 2;
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  Geometry geometry;
  geometry.caches = {{number(1), static_cast<std::uint32_t>(number(2)),
                      static_cast<std::uint32_t>(number(3)), Replacement::kLru}};
  auto machine = Machine::create(geometry);
  if (!machine) return 2;
  const std::uint64_t line_bytes = number(3);
  std::uint64_t references = 0, misses = 0;
  char text[256];
  while (std::fgets(text, sizeof text, stdin) != nullptr) {
    char kind = 0;
    std::uint64_t address = 0, bytes = 0;
    if (std::sscanf(text, " %c %" SCNx64 ",%" SCNu64, &kind, &address, &bytes) != 3) continue;
    if (kind != 'L' && kind != 'S' && kind != 'M') continue;
    ++references;
    const std::uint64_t before = machine->counts().misses[0];
    const std::uint64_t last = (address + bytes - 1) / line_bytes;
    for (std::uint64_t line = address / line_bytes; line <= last; ++line) {
      const Access access{line * line_bytes, line * line_bytes};
      if (!machine->run({&access, 1})) return 2;
    }
    misses += machine->counts().misses[0] != before ? 1U : 0U;
  }
  std::printf("%" PRIu64 " %" PRIu64 "\n", references, misses);
}
