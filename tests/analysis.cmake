# SPDX-License-Identifier: MIT
# Tests of analysis/ (zpanalyze).
find_package(fmt 9 REQUIRED)
find_package(tl-expected 1.0 REQUIRED)
zp_gtest(analysis_test LABEL unit
  SOURCES analysis/ci_test.cpp analysis/claims_test.cpp analysis/compare_test.cpp analysis/compare_units_test.cpp
          analysis/cost_claims_test.cpp analysis/debates_test.cpp analysis/evidence_test.cpp
          analysis/figures_test.cpp analysis/foreign_files_test.cpp analysis/foreign_texts_test.cpp
          analysis/foreign_words_test.cpp analysis/hostile_test.cpp analysis/idle_units_test.cpp
          analysis/knob_table_test.cpp analysis/labels_test.cpp analysis/left_out_test.cpp
          analysis/load_test.cpp analysis/machines_test.cpp analysis/own_hosts_test.cpp
          analysis/pictures_test.cpp analysis/programs_test.cpp analysis/render_test.cpp
          analysis/simulated_claims_test.cpp analysis/simulated_worlds_test.cpp
          analysis/simulation_test.cpp analysis/stats_test.cpp analysis/submission_test.cpp
  LIBRARIES zp::analysis zp_sample_run)
# What needs no run: counts, prices and advice.
zp_gtest(attribution_test LABEL unit LIBRARIES zp::analysis SOURCES
  analysis/attribution_test.cpp analysis/colours_test.cpp analysis/pair_prices_test.cpp)

# Fuzz targets: with clang and -DZP_FUZZ=ON fuzz_X runs libFuzzer (fuzz_X CORPUS -max_total_time=60);
# fuzz_X_replay runs the corpus with any compiler and is a normal test.
function(zp_fuzz name library corpus)
  add_executable(fuzz_${name}_replay fuzz/fuzz_${name}.cpp fuzz/replay.cpp)
  target_link_libraries(fuzz_${name}_replay PRIVATE ${library})
  add_test(NAME fuzz.${name} COMMAND fuzz_${name}_replay ${PROJECT_SOURCE_DIR}/${corpus})
  set_tests_properties(fuzz.${name} PROPERTIES LABELS unit TIMEOUT 60)
  if(ZP_FUZZ)
    add_executable(fuzz_${name} fuzz/fuzz_${name}.cpp)
    target_link_libraries(fuzz_${name} PRIVATE ${library})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()
zp_fuzz(loader zp::analysis tests/fuzz/corpus/loader)
zp_fuzz(name zp::analysis tests/fuzz/corpus/name)
zp_fuzz(commands zp::commands tests/fuzz/corpus/commands)
zp_fuzz(description zp::model harness/model/cpus)
zp_fuzz(matrix zp::bench bench/matrices)

foreach(file zpanalyze compare compare_units outputs atlas ci docs integration report_page model attribute)
  add_test(NAME cli.${file} COMMAND ${ZP_BATS} --print-output-on-failure ${CMAKE_CURRENT_SOURCE_DIR}/cli/${file}.bats)
  set_tests_properties(cli.${file} PROPERTIES LABELS cli TIMEOUT 300 ENVIRONMENT "ZP_BIN=${ZP_PROGRAMS}")
endforeach()
