// SPDX-License-Identifier: MIT
// Somebody else's memory that KSM may merge: 64 equal pages, until stdin ends.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

int main() {
  const auto bytes = 64 * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
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
