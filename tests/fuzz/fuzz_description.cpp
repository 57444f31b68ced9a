// SPDX-License-Identifier: MIT
// Any bytes as the description of a CPU: an error that names the line, or a machine that can read.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "harness/model/description.hpp"
#include "harness/model/machine.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto description = zp::model::parse_description(text, "fuzz.cpu");
  if (!description && !description.error().message.starts_with("fuzz.cpu:")) std::abort();
  if (!description) return 0;
  auto machine = zp::model::Machine::create(description->geometry, description->page_bytes);
  if (!machine) return 0;
  std::array<zp::model::Access, 256> reads;
  for (std::size_t i = 0; i < reads.size(); ++i) reads[i] = {i << 12 ^ i << 30, i % 8 << 12};
  if (machine->run(reads) && machine->counts().reads != reads.size()) std::abort();
  return 0;
}
