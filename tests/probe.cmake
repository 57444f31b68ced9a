# SPDX-License-Identifier: MIT
# User-mode QEMU keeps a byte per page of address space, and the room is hundreds of terabytes.
if(NOT CMAKE_CROSSCOMPILING)
  set(machine_tests unit/probe_address_room_test.cpp unit/probe_machine_test.cpp)
endif()
zp_gtest(probe_test LABEL unit LIBRARIES zp::simulated SOURCES ${machine_tests} unit/probe_bits_test.cpp
  unit/probe_findings_test.cpp unit/probe_page_walks_test.cpp unit/probe_simulation_test.cpp
  unit/probe_time_test.cpp unit/probe_tlb_test.cpp)
