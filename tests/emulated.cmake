# SPDX-License-Identifier: MIT
# Real kernels under QEMU, driven by scripts/emulate.sh. A file whose tests need what is not installed
# (QEMU, a cross compiler) shows as skipped.
zp_gtest(trace_test LABEL unit SOURCES unit/trace_test.cpp LIBRARIES zp::trace_recorder)

if(CMAKE_CROSSCOMPILING)
  # What the guests run; tests/emulated/common.bash builds it.
  add_executable(emulated_probe emulated/probe.cpp emulated/traced_walks.cpp)
  target_link_libraries(emulated_probe PRIVATE zp::trace zp::model)
  return()
endif()

find_program(ZP_BATS bats)
if(ZP_BATS)
  add_test(NAME emulated.errors COMMAND ${ZP_BATS} ${CMAKE_CURRENT_LIST_DIR}/emulated/errors.bats)
  set_tests_properties(emulated.errors PROPERTIES LABELS cli TIMEOUT 120)
  add_test(NAME emulated.guests COMMAND ${ZP_BATS} ${CMAKE_CURRENT_LIST_DIR}/emulated/guests.bats)
  set_tests_properties(emulated.guests PROPERTIES LABELS emulated TIMEOUT 1500
    SKIP_REGULAR_EXPRESSION "ok 1 .*# skip")
endif()
