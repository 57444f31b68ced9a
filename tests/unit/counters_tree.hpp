// SPDX-License-Identifier: MIT
// Trees that stand in for /sys and /proc.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "harness/host/roots.hpp"

namespace zp {

class HostTree {
 public:
  HostTree() {
    char name[] = "/tmp/zp-host-XXXXXX";
    root_ = ::mkdtemp(name);
  }
  HostTree(const HostTree&) = delete;
  HostTree& operator=(const HostTree&) = delete;
  ~HostTree() { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  [[nodiscard]] Roots roots() const {
    return {(root_ / "sys").string(), (root_ / "proc").string(), (root_ / "state").string()};
  }

 private:
  std::filesystem::path root_;
};

}  // namespace zp
