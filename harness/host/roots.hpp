// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace zp {

// Where the kernel's files are. Tests point these at trees of their own.
struct Roots {
  std::string sys = "/sys";
  std::string proc = "/proc";
  std::string state =
      "/run/zpbench";  // the journal of changed knobs; /run dies with the boot, as knobs do
  std::string dev = "/dev";
};

}  // namespace zp
