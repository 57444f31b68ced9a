// SPDX-License-Identifier: MIT
#include "harness/host/capabilities.hpp"

#include <charconv>

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {

std::uint64_t effective_capabilities(const Roots& roots) {
  const auto text = text_field(read_text_file(roots.proc + "/self/status").value_or(""), "CapEff:");
  std::uint64_t set = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), set, 16);
  return set;
}

}  // namespace zp
