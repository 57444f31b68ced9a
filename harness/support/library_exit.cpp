// SPDX-License-Identifier: MIT
#include "harness/support/library_exit.hpp"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "harness/support/error.hpp"
#include "harness/support/file.hpp"

namespace zp {
namespace {

// Never destroyed: what std::exit() calls needs it.
std::string& why_library_ended() {
  static auto* const text = new std::string();
  return *text;
}

void explain_exit() {
  if (why_library_ended().empty()) return;
  print_to(stderr, fmt::format("zpbench: {}\n", why_library_ended()));
  ::_exit(static_cast<int>(ExitCode::kCannotRun));
}

}  // namespace

LibraryLooks::LibraryLooks(std::string why_it_ended) {
  [[maybe_unused]] static const int registered = std::atexit(explain_exit);
  why_library_ended() = std::move(why_it_ended);
}

LibraryLooks::~LibraryLooks() {
  why_library_ended().clear();
}

}  // namespace zp
