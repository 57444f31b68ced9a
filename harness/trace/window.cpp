// SPDX-License-Identifier: MIT
#include "harness/trace/window.hpp"

#include <sys/mman.h>

#include "harness/trace/protocol.hpp"

// Where this program's code lies: the linker's own symbols (ld, gold and lld define both).
extern "C" const char __executable_start[];
extern "C" const char etext[];

namespace zp::trace {
namespace {

void store(std::uint64_t offset) {
  *reinterpret_cast<volatile std::uint64_t*>(kRegionAddress + offset) = 1;
}

void send(Signal signal, std::uint64_t value = 0) {
  int digits = 1;
  while (digits < 16 && value >> (4 * digits) != 0) ++digits;
  while (digits-- > 0) store(8 * (value >> (4 * digits) & 15));
  store(static_cast<std::uint64_t>(signal));
}

std::uint64_t address(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

}  // namespace

bool Window::open() {
  void* wanted = reinterpret_cast<void*>(kRegionAddress);
  void* region = mmap(wanted, kRegionBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE, -1, 0);
  if (region == wanted) return true;
  if (region != MAP_FAILED) munmap(region, kRegionBytes);  // kernels before 4.17 take it as a hint
  return false;
}

void Window::start(std::string_view name, const void* table, std::size_t bytes,
                   std::size_t page_bytes) {
  send(Signal::kLow, address(table));
  send(Signal::kHigh, address(table) + bytes);
  send(Signal::kCodeLow, address(__executable_start));
  send(Signal::kCodeHigh, address(etext));
  send(Signal::kPageBytes, page_bytes);
  for (const char c : name) send(Signal::kName, static_cast<unsigned char>(c));
  send(Signal::kStart);
}

void Window::count() {
  send(Signal::kCount);
}

void Window::stop() {
  send(Signal::kStop);
}

}  // namespace zp::trace
