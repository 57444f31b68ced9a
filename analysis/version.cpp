// SPDX-License-Identifier: MIT
#include "analysis/version.hpp"

#include "zp_build.hpp"  // made at build time by cmake/BuildFacts.cmake

namespace zp::analysis {

std::string version_number() {
  return ZP_VERSION;
}

std::string version_text() {
  return "zpanalyze " ZP_VERSION " (git " ZP_GIT_REVISION ")";
}

}  // namespace zp::analysis
