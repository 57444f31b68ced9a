# SPDX-License-Identifier: MIT
# Real kernels under QEMU, driven by scripts/emulate.sh. A file whose tests need what is not installed
# (QEMU, a cross compiler) shows as skipped.
zp_gtest(trace_test LABEL unit SOURCES unit/trace_test.cpp LIBRARIES zp::trace_recorder)

if(CMAKE_CROSSCOMPILING)
  # What the guests run; the bats files build it.
  add_executable(emulated_probe emulated/probe.cpp emulated/traced_walks.cpp)
  target_link_libraries(emulated_probe PRIVATE zp::trace zp::model)
  add_executable(emulated_misses emulated/misses.cpp)
  target_link_libraries(emulated_misses PRIVATE zp::counters zp::harness)
  return()
endif()

# QEMU says only when it loads the plugin that one of our own symbols is missing.
if(TARGET zp_trace_plugin)
  add_test(NAME Trace.PluginHasAllItsSymbols
    COMMAND sh -c "nm -D --undefined-only \"$1\" | grep _ZN2zp && exit 1 || exit 0" sh $<TARGET_FILE:zp_trace_plugin>)
  set_tests_properties(Trace.PluginHasAllItsSymbols PROPERTIES LABELS unit)
endif()

# zp_emulated(NAME LABEL TIMEOUT): guests have no knobs of this machine to change, but want its CPUs.
function(zp_emulated name label timeout)
  add_test(NAME emulated.${name} COMMAND ${ZP_BATS} --print-output-on-failure ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/emulated/${name}.bats)
  set_tests_properties(emulated.${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout}
    SKIP_REGULAR_EXPRESSION "ok 1 .*# skip"
    ENVIRONMENT "ZP_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};TOP=${PROJECT_SOURCE_DIR}")
endfunction()
zp_emulated(errors cli 120)
zp_emulated(counted emulated 1800)
zp_emulated(claims emulated 900)
zp_emulated(debates emulated 900)
zp_emulated(guests emulated 900)
zp_emulated(readers emulated 300)
zp_emulated(rmap emulated 600)
zp_emulated(split emulated 600)
zp_emulated(traces emulated 900)
# The first one fetches kernels and libraries, and cross-builds. Sanitizers find nothing in what runs in a guest.
if(NOT ZP_SANITIZE)
  zp_emulated(targets guest 900)
  zp_emulated(bisect emulated 900)
  zp_emulated(two_level emulated 300)
  zp_emulated(ssh system 120)
  set_tests_properties(emulated.ssh emulated.two_level PROPERTIES ${ZP_USES_KSM})
endif()
