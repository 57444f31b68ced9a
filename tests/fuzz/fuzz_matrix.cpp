// SPDX-License-Identifier: MIT
// Any bytes as a matrix file: an error that names the line, or options that zpbench has.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "bench/matrix_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto matrix = zp::parse_matrix("fuzz", text);
  if (!matrix && !matrix.error().message.starts_with("matrix fuzz:")) std::abort();
  return 0;
}
