// SPDX-License-Identifier: MIT
#include "bench/version.hpp"

#include "zp_build.hpp"  // made at build time by cmake/BuildFacts.cmake

namespace zp {

std::string version_number() {
  return ZP_VERSION;
}

Facts build_facts() {
  return {{"zpbench.version", ZP_VERSION}, {"zpbench.git", ZP_GIT_REVISION},
          {"build.compiler", ZP_COMPILER}, {"build.type", ZP_BUILD_TYPE},
          {"build.flags", ZP_FLAGS},       {"benchmark.version", ZP_BENCHMARK_VERSION}};
}

std::string version_text() {
  std::string text = "zpbench " ZP_VERSION " (git " ZP_GIT_REVISION ")";
  for (const auto& [key, value] : build_facts())
    if (!key.starts_with("zpbench.")) text += "\n" + key + ": " + value;
  return text;
}

}  // namespace zp
