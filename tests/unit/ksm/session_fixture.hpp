// SPDX-License-Identifier: MIT
// Knobs that are plain files, as a session finds them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "harness/ksm/knobs.hpp"
#include "tests/unit/fake_knobs.hpp"

namespace zp {

class Session : public testing::Test {
 protected:
  [[nodiscard]] std::string journal() const { return tree_.read("state/journal"); }
  [[nodiscard]] bool has_journal() const {
    return std::filesystem::exists(tree_.path("state/journal"));
  }

  FakeKnobs tree_;
  Roots roots_ = tree_.roots();
  KnobValues found_ = read_all_knobs(roots_);
};

}  // namespace zp
