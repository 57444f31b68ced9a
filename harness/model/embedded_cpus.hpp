// SPDX-License-Identifier: MIT
// The files of harness/model/cpus as text, put into a source file by CMake. Private to the model.
#pragma once

#include <span>
#include <string_view>

namespace zp::model {

struct EmbeddedCpu {
  std::string_view name;  // the file's, without .cpu
  std::string_view text;
};
std::span<const EmbeddedCpu> embedded_cpus();

}  // namespace zp::model
