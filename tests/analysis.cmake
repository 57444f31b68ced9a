# SPDX-License-Identifier: MIT
# Tests of analysis/ (zpanalyze).
find_package(fmt 9 REQUIRED)
find_package(tl-expected 1.0 REQUIRED)
zp_gtest(analysis_test LABEL unit
  SOURCES analysis/ci_test.cpp analysis/claims_test.cpp analysis/compare_test.cpp analysis/compare_units_test.cpp
          analysis/cost_claims_test.cpp analysis/debates_test.cpp
          analysis/foreign_files_test.cpp analysis/foreign_texts_test.cpp analysis/foreign_words_test.cpp
          analysis/hostile_test.cpp analysis/knob_table_test.cpp analysis/labels_test.cpp
          analysis/load_test.cpp analysis/pictures_test.cpp analysis/programs_test.cpp analysis/render_test.cpp
          analysis/simulated_claims_test.cpp analysis/simulated_worlds_test.cpp
          analysis/simulation_test.cpp analysis/stats_test.cpp analysis/submission_test.cpp
  LIBRARIES zp::analysis zp_sample_run)

# Fuzz targets: with clang and -DZP_FUZZ=ON fuzz_X runs libFuzzer (fuzz_X CORPUS -max_total_time=60);
# fuzz_X_replay runs the corpus with any compiler and is a normal test.
foreach(target loader name)
  add_executable(fuzz_${target}_replay fuzz/fuzz_${target}.cpp fuzz/replay.cpp)
  target_link_libraries(fuzz_${target}_replay PRIVATE zp::analysis)
  add_test(NAME fuzz.${target} COMMAND fuzz_${target}_replay ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${target})
  set_tests_properties(fuzz.${target} PROPERTIES LABELS unit TIMEOUT 60)
  if(ZP_FUZZ)
    add_executable(fuzz_${target} fuzz/fuzz_${target}.cpp)
    target_link_libraries(fuzz_${target} PRIVATE zp::analysis)
    target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
  endif()
endforeach()

foreach(file zpanalyze compare compare_units outputs atlas ci docs integration report_page model attribute)
  add_test(NAME cli.${file} COMMAND ${ZP_BATS} --print-output-on-failure ${CMAKE_CURRENT_SOURCE_DIR}/cli/${file}.bats)
  set_tests_properties(cli.${file} PROPERTIES LABELS cli TIMEOUT 300 ENVIRONMENT "ZP_BIN=${ZP_PROGRAMS}")
endforeach()
