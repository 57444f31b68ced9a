// SPDX-License-Identifier: MIT
// A directory that goes away with the test, and the kernel's files as a test wants them in it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "harness/host/roots.hpp"

namespace zp {

class FakeTree {
 public:
  FakeTree() {
    std::string name = std::filesystem::temp_directory_path() / "zpbench-test-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    top_ = name;
    std::filesystem::create_directories(top_ / "sys");
    std::filesystem::create_directories(top_ / "proc/self");
  }
  FakeTree(const FakeTree&) = delete;
  FakeTree& operator=(const FakeTree&) = delete;
  ~FakeTree() { std::filesystem::remove_all(top_); }

  // `path` begins with sys/, proc/ or state/.
  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((top_ / path).parent_path());
    std::ofstream(top_ / path, std::ios::binary) << text;
  }
  void link(const std::string& path, const std::string& target) const {
    std::filesystem::remove(top_ / path);
    std::filesystem::create_symlink(target, top_ / path);
  }
  void remove(const std::string& path) const { std::filesystem::remove_all(top_ / path); }

  [[nodiscard]] std::string path(const std::string& path) const { return top_ / path; }
  [[nodiscard]] std::string read(const std::string& path) const {
    std::ifstream file(top_ / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] Roots roots() const {
    return {path("sys"), path("proc"), path("state"), path("dev")};
  }

 private:
  std::filesystem::path top_;
};

}  // namespace zp
