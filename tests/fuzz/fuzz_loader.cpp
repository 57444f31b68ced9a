// SPDX-License-Identifier: MIT
// Any bytes as a result file: an error or rows, never a crash; and what was read can be used.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "analysis/load/result_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file =
      zp::analysis::parse_result_text({reinterpret_cast<const char*>(data), size}, "fuzz.json");
  if (!file) {
    if (!file.error().message.starts_with("fuzz.json: ")) std::abort();
    return 0;
  }
  std::size_t rows = 0;
  for (std::size_t cell = 0; cell < file->cell_count(); ++cell) {
    for (const auto row : file->rows_of(cell)) {
      ++rows;
      if (file->figures_of(row).empty()) std::abort();
      for (const auto& figure : file->figures_of(row))
        if (!std::isfinite(figure.value)) std::abort();
      (void)file->label_of(row);
    }
  }
  if (rows != file->row_count()) std::abort();
  return 0;
}
