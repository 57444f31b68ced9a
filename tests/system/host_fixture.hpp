// SPDX-License-Identifier: MIT
// A test on the real machine: under the host's lock, and every knob is as it was afterwards.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "harness/ksm/knobs.hpp"
#include "harness/ksm/session.hpp"

namespace zp {

class HostTest : public testing::Test {
 protected:
  void SetUp() override {
    // Another run on this machine may measure for a while.
    auto lock = HostLock::acquire(roots_);
    // Waited for once: the tests after it, each a process of its own, need not.
    const std::string mark = testing::TempDir() + "zpbench-lock-held";
    const int tries = std::filesystem::exists(mark) ? 1 : 600;
    for (int i = 0; !lock && i < tries; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      lock = HostLock::acquire(roots_);
    }
    // Somebody else measures, which is not a fault of what is tested.
    if (!lock) std::ofstream(mark) << "held";
    if (lock) std::filesystem::remove(mark);
    if (!lock) GTEST_SKIP() << "host lock held: " << lock.error().message;
    lock_.emplace(std::move(*lock));
    const auto left = restore_from_journal(roots_);
    ASSERT_TRUE(left) << left.error().message;
    knobs_before_ = read_all_knobs(roots_);
  }
  void TearDown() override {
    if (lock_) {
      EXPECT_EQ(read_all_knobs(roots_), knobs_before_);
    }
  }

  Roots roots_;
  std::optional<HostLock> lock_;
  KnobValues knobs_before_;
};

// Of what needs KSM.
class KsmTest : public HostTest {
 protected:
  void SetUp() override {
    if (!KsmSession(roots_).has("ksm.run")) GTEST_SKIP() << "this kernel has no KSM";
    HostTest::SetUp();
  }
};

}  // namespace zp
