# SPDX-License-Identifier: MIT
# Real kernels under QEMU, driven by scripts/emulate.sh. A file whose tests need what is not installed
# (QEMU, a cross compiler) shows as skipped.
find_program(ZP_BATS bats)
if(ZP_BATS AND NOT CMAKE_CROSSCOMPILING)
  add_test(NAME emulated.errors COMMAND ${ZP_BATS} ${CMAKE_CURRENT_LIST_DIR}/emulated/errors.bats)
  set_tests_properties(emulated.errors PROPERTIES LABELS cli TIMEOUT 120)
  add_test(NAME emulated.guests COMMAND ${ZP_BATS} ${CMAKE_CURRENT_LIST_DIR}/emulated/guests.bats)
  set_tests_properties(emulated.guests PROPERTIES LABELS emulated TIMEOUT 900
    SKIP_REGULAR_EXPRESSION "ok 1 .*# skip")
endif()

zp_gtest(trace_test LABEL unit SOURCES unit/trace_test.cpp LIBRARIES zp::trace_recorder)
