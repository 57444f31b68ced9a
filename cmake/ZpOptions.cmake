# SPDX-License-Identifier: MIT
# What every target of this project is compiled with, as one interface target.
# Never -march=native: the same binary runs on both sides of a comparison.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

add_library(zp_options INTERFACE)
add_library(zp::options ALIAS zp_options)
target_include_directories(zp_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(zp_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wformat=2 -Wpedantic
  $<$<BOOL:${ZP_WERROR}>:-Werror>
  # Enough for backtraces and perf; the rest takes a third of the time to compile.
  $<$<CONFIG:RelWithDebInfo>:-g1>)
if(ZP_FUZZ)  # libFuzzer only finds its way through code that counts what it enters
  target_compile_options(zp_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(zp_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(ZP_SANITIZE)
  target_compile_options(zp_options INTERFACE
    -fsanitize=${ZP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(zp_options INTERFACE -fsanitize=${ZP_SANITIZE})
endif()

# What nearly every file includes, and more of it for some, compiled once for the target. The preset debug
# does without (CMAKE_DISABLE_PRECOMPILE_HEADERS), and so finds what a file forgets to include; test.sh reads a
# part of the tree that way (its clang-tidy), test.sh --fast builds all of it.
#
# The presets of a whole test.sh compile eight files as one as well (CMAKE_UNITY_BUILD), which takes little more
# than half the time; so a name is given once in a library, also in namespaces without a name.
# Of few files that leaves one or two, and compiling the headers first would take longer than it saves.
function(zp_precompile target)
  get_target_property(as_one ${target} UNITY_BUILD)
  get_target_property(sources ${target} SOURCES)
  list(LENGTH sources files)
  if(as_one AND files LESS_EQUAL 16)
    return()
  endif()
  target_precompile_headers(${target} PRIVATE
    <algorithm> <map> <string> <vector> ${PROJECT_SOURCE_DIR}/harness/support/error.hpp ${ARGN})
endfunction()
