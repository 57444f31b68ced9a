// SPDX-License-Identifier: MIT
// Any bytes as a matrix file: cells to measure, or an error that names the file.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "bench/options.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = ::memfd_create("matrix", MFD_CLOEXEC);
  if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
  const auto path = fmt::format("/proc/self/fd/{}", file);
  const std::array arguments{"zpbench", "--matrix", path.c_str(), "--list"};
  const auto options = zp::parse_options(static_cast<int>(arguments.size()), arguments.data());
  ::close(file);
  if (!options && options.error().message.find(path) == std::string::npos) std::abort();
  return 0;
}
