// SPDX-License-Identifier: MIT
// A directory that goes away with the test, and the kernel's files as a test wants them in it.
#pragma once

#include <string>

#include "harness/host/roots.hpp"
#include "tests/temporary.hpp"

namespace zp {

class FakeTree {
 public:
  FakeTree() {
    std::filesystem::create_directories(path("sys"));
    std::filesystem::create_directories(path("proc/self"));
  }

  // `path` begins with sys/, proc/ or state/.
  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(top_ / path).parent_path());
    test::write_file(top_ / path, text);
  }
  void link(const std::string& path, const std::string& target) const {
    std::filesystem::remove(top_ / path);
    std::filesystem::create_symlink(target, top_ / path);
  }
  void remove(const std::string& path) const { std::filesystem::remove_all(top_ / path); }

  [[nodiscard]] std::string path(const std::string& path) const { return top_ / path; }
  [[nodiscard]] std::string read(const std::string& path) const {
    return test::read_file(top_ / path);
  }
  [[nodiscard]] Roots roots() const {
    return {path("sys"), path("proc"), path("state"), path("dev")};
  }

 private:
  test::TemporaryDirectory top_;
};

}  // namespace zp
