// SPDX-License-Identifier: MIT
#include "harness/counters/vced_source.hpp"

#include <gtest/gtest.h>

#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

std::string cpuinfo(const std::string& exceptions) {
  return "system type\t\t: SGI Indy\nprocessor\t\t: 0\ncpu model\t\t: R4400SC V5.0\n"
         "VCED exceptions\t\t: " +
         exceptions + "\nVCEI exceptions\t\t: 3\n";
}

TEST(VcedSource, CountsTheDifference) {
  const FakeTree tree;
  tree.write("proc/cpuinfo", cpuinfo("100"));
  VcedSource source(tree.roots());
  const std::vector<std::string> names = {std::string(kVcedName)};
  const auto group = value_of(source.open(names));
  ASSERT_TRUE(group->start());
  tree.write("proc/cpuinfo", cpuinfo("132"));
  ASSERT_TRUE(group->stop());
  EXPECT_EQ(group->read()->at(0), 32U);
  tree.write("proc/cpuinfo", cpuinfo("4294967295"));
  ASSERT_TRUE(group->start());
  tree.write("proc/cpuinfo", cpuinfo("7"));  // round the 32 bits
  ASSERT_TRUE(group->stop());
  EXPECT_EQ(group->read()->at(0), 8U);
}

TEST(VcedSource, IsAbsentElsewhere) {
  const FakeTree tree;
  tree.write("proc/cpuinfo", cpuinfo("not available"));
  VcedSource source(tree.roots());
  const std::vector<std::string> names = {std::string(kVcedName)};
  EXPECT_EQ(source.open(names).error().code, ExitCode::kCannotRun);
  tree.write("proc/cpuinfo", "processor : 0\n");
  EXPECT_EQ(source.open(names).error().code, ExitCode::kCannotRun);
  EXPECT_FALSE(source.per_thread());
}

}  // namespace
}  // namespace zp
