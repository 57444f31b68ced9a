// SPDX-License-Identifier: MIT
// Somebody else's memory that KSM may merge: 64 equal pages, or (merged_neighbour N) beside N
// mappings; until stdin ends.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto bytes = 64 * page;
  // Neighbours that may do different things stay mappings of their own.
  const int mappings = argc > 1 ? std::atoi(argv[1]) : 0;
  for (int i = 0; i < mappings; ++i) {
    void* one = ::mmap(nullptr, page, i % 2 == 0 ? PROT_READ : PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (one == MAP_FAILED) return 1;
    static_cast<void>(*static_cast<volatile char*>(one));
  }
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  std::memset(memory, 0x77, bytes);
  if (::madvise(memory, bytes, MADV_MERGEABLE) != 0) return 1;
  std::puts("ready");
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}
