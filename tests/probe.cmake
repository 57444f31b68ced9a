# SPDX-License-Identifier: MIT
zp_gtest(probe_test LABEL unit LIBRARIES zp::simulated SOURCES unit/probe_address_room_test.cpp unit/probe_bits_test.cpp unit/probe_simulation_test.cpp)
