# SPDX-License-Identifier: MIT
zp_gtest(model_test LABEL unit LIBRARIES zp::model SOURCES
  unit/model_description_test.cpp
  unit/model_frames_test.cpp
  unit/model_machine_test.cpp
  unit/model_property_test.cpp
  unit/model_refusals_test.cpp
  unit/model_throughput_test.cpp)

# The same trace through valgrind's cachegrind and through the model. Valgrind runs the
# host's programs only.
add_executable(model_trace unit/model_trace.cpp)
target_link_libraries(model_trace PRIVATE zp::model)
if(NOT CMAKE_CROSSCOMPILING)
  add_test(NAME model_agrees_with_cachegrind
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/model_cachegrind.sh $<TARGET_FILE:model_trace>)
  set_tests_properties(model_agrees_with_cachegrind PROPERTIES
    LABELS unit TIMEOUT 300 SKIP_RETURN_CODE 4)
endif()
