// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <utility>

#include "harness/host/huge_pages.hpp"
#include "harness/probe/machine_timer.hpp"
#include "tests/outcome.hpp"

namespace zp::probe {
namespace {

// As a container's runtime may set it; --doctor says the same.
TEST(MachineTimer, HugePagesThatThisProcessIsNotGivenAreSaidToBeOff) {
  if (huge_page_bytes({}) == 0) GTEST_SKIP() << kNoHugePages;
  ASSERT_EQ(::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
  const auto denied = why_denied_huge_pages({});
  auto timer = machine_timer();
  ASSERT_EQ(::prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0), 0);
  if (!denied) GTEST_SKIP() << "no THP_enabled in /proc/self/status (Linux 5.0)";
  EXPECT_EQ(value_of(std::move(timer))->reach().why_no_huge, *denied);
}

}  // namespace
}  // namespace zp::probe
