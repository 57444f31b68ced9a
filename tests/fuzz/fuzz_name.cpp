// SPDX-License-Identifier: MIT
// Any bytes as a benchmark name: parts and text are inverses, texts for people stay harmless.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "analysis/plot/gnuplot.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/names/benchmark_name.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zp;
  using namespace zp::analysis;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (to_text(parse_name(text)) != text) std::abort();
  const auto cell = cell_name(text);
  if (cell_name(cell) != cell) std::abort();
  if (natural_less(text, text)) std::abort();
  if (shorten(text, 20).size() > 20) std::abort();
  for (const auto& line : wrap(text, 40, 4))
    if (line.size() > 40) std::abort();
  const auto quoted = plot_text(text);
  if (quoted.find_first_of("`$\\@\"\n", 0) != std::string::npos) std::abort();
  if (quoted.find('\'', 1) != quoted.size() - 1) std::abort();
  return 0;
}
