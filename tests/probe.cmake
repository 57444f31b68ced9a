# SPDX-License-Identifier: MIT
zp_gtest(probe_test LABEL unit LIBRARIES zp::probe SOURCES unit/probe_bits_test.cpp)
