# SPDX-License-Identifier: MIT
zp_bats(cli counters.bats)
zp_gtest(counters_test LABEL unit LIBRARIES zp::counters
  SOURCES unit/counters_encoder_test.cpp unit/counters_perf_test.cpp unit/counters_plan_test.cpp
    unit/counters_profile_test.cpp unit/counters_self_test.cpp unit/counters_vced_test.cpp)
