// SPDX-License-Identifier: MIT
#include "harness/host/control_groups.hpp"

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {

std::vector<ControlGroup> own_control_groups(const Roots& roots) {
  std::vector<ControlGroup> groups;
  // "4:cpu,memory:/user.slice"
  for (const std::string& line :
       split(read_trimmed(roots.proc + "/self/cgroup").value_or(""), '\n')) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    groups.push_back(
        {split(line.substr(first + 1, second - first - 1), ','), line.substr(second + 1)});
  }
  return groups;
}

}  // namespace zp
