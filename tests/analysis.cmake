# SPDX-License-Identifier: MIT
# Tests of analysis/ (zpanalyze).
find_package(CLI11 2.1 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(tl-expected 1.0 REQUIRED)
add_library(zp_sample_run STATIC analysis/sample_run.cpp)
target_link_libraries(zp_sample_run PUBLIC zp::support)
add_executable(zp_make_results analysis/make_results.cpp)
target_link_libraries(zp_make_results PRIVATE zp_sample_run CLI11::CLI11)
