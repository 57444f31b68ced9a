# SPDX-License-Identifier: MIT
# zp_make_results: invented runs of any size, for the tests and for scripts/peers-compare.sh, which measures
# with a build that has no tests.
find_package(CLI11 2.1 REQUIRED)
add_library(zp_sample_run STATIC ${CMAKE_CURRENT_LIST_DIR}/analysis/sample_run.cpp)
target_link_libraries(zp_sample_run PUBLIC zp::support)
add_executable(zp_make_results ${CMAKE_CURRENT_LIST_DIR}/analysis/make_results.cpp)
target_link_libraries(zp_make_results PRIVATE zp_sample_run CLI11::CLI11)
if(NOT ZP_TESTS)
  set_target_properties(zp_sample_run zp_make_results PROPERTIES EXCLUDE_FROM_ALL TRUE)
endif()
