// SPDX-License-Identifier: MIT
#include "harness/host/control_groups.hpp"

#include <algorithm>
#include <climits>
#include <filesystem>

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
    // Who walks up from a path needs it to end at "/", and of "//" that is not so. The kernel's own
    // have less than PATH_MAX.
    std::string path = line.substr(second + 1, PATH_MAX);
    path.replace(0, std::min(path.find_first_not_of('/'), path.size()), "/");
    groups.push_back({split(line.substr(first + 1, second - first - 1), ','),
                      std::filesystem::path(path).lexically_normal()});
  }
  return groups;
}

std::vector<std::string> group_directories(const Roots& roots, const std::string& controller) {
  std::vector<std::string> directories;
  const auto add_upwards = [&](const std::string& root, std::filesystem::path path) {
    for (;; path = path.parent_path()) {
      directories.push_back(root + path.string());
      if (path.empty() || path == path.parent_path()) return;
    }
  };
  const std::string top = roots.sys + "/fs/cgroup";
  for (const ControlGroup& group : own_control_groups(roots)) {
    const auto& names = group.controllers;
    if (names.empty()) {
      // The second hierarchy lies next to the first ones where a machine has both.
      add_upwards(top, group.path);
      add_upwards(top + "/unified", group.path);
    } else if (std::ranges::find(names, controller) != names.end()) {
      add_upwards(top + "/" + controller, group.path);
    }
  }
  return directories;
}

}  // namespace zp
