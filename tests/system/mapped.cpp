// SPDX-License-Identifier: MIT
// mapped FILE [madvise|prctl]: a process with a mapping of each kind, until stdin ends; prints
// their addresses. 1024 pages private, half of them zeros; 1024 on the zero page; 512 shared; FILE;
// and 2048 alike pages and 256 of zeros, registered as the second word says.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

namespace {

const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));

// Apart from other mappings, which the kernel would otherwise make one with it.
char* map(const char* name, std::size_t pages, int flags, int file = -1) {
  void* room = ::mmap(nullptr, (pages + 2) * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return nullptr;
  char* at = static_cast<char*>(room) + page;
  if (::mmap(at, pages * page, PROT_READ | PROT_WRITE, flags | MAP_FIXED, file, 0) == MAP_FAILED)
    return nullptr;
  ::madvise(at, pages * page, MADV_NOHUGEPAGE);
  std::printf("%s %zx\n", name, reinterpret_cast<std::size_t>(at));
  return at;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string how = argc > 2 ? argv[2] : "";
  constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;
  const int file = ::open(argv[1], O_RDONLY);
  struct stat status {};
  if (file < 0 || ::fstat(file, &status) != 0) return 3;
  if (how == "prctl" && ::prctl(67, 1, 0, 0, 0) != 0) return 4;  // PR_SET_MEMORY_MERGE
  char* half = map("half", 1024, kAnonymous);
  char* zero = map("zero", 1024, kAnonymous);
  char* shared = map("shared", 512, MAP_SHARED | MAP_ANONYMOUS);
  char* alike = map("alike", 2048 + 256, kAnonymous);
  char* of_file = map("file", static_cast<std::size_t>(status.st_size) / page, MAP_PRIVATE, file);
  if (!half || !zero || !shared || !alike || !of_file) return 5;
  for (std::size_t i = 0; i < 1024; ++i) {
    std::memset(half + i * page, 0, page);
    if (i % 2 == 0) std::memcpy(half + i * page, &i, sizeof i), half[i * page + 9] = 1;
    static_cast<void>(*static_cast<volatile char*>(zero + i * page));
  }
  std::memset(shared, 1, 512 * page);
  std::memset(alike, 0x77, 2048 * page);
  std::memset(alike + 2048 * page, 0, 256 * page);
  for (off_t at = 0; at < status.st_size; at += static_cast<off_t>(page))
    static_cast<void>(*static_cast<volatile char*>(of_file + at));
  if (how == "madvise" && ::madvise(alike, (2048 + 256) * page, MADV_MERGEABLE) != 0) return 6;
  std::puts("ready");
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}
