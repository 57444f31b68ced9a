# SPDX-License-Identifier: MIT
# Run at every build (cmake -P): the git revision is that of the sources that were built, not of those that
# were configured. The header is only touched when something changed. The revision of a repository that the
# sources merely lie in (an unpacked tarball below somebody's own) says nothing of them.
execute_process(COMMAND git -C ${SOURCE_DIR} rev-parse --show-toplevel
  OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
file(REAL_PATH ${SOURCE_DIR} source)
set(ZP_GIT_REVISION "")
if(top AND EXISTS ${top})
  file(REAL_PATH ${top} top)
endif()
if(top STREQUAL source)
  execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12
    OUTPUT_VARIABLE ZP_GIT_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT ZP_GIT_REVISION)
  set(ZP_GIT_REVISION unknown)
endif()
configure_file(${SOURCE_DIR}/cmake/zp_build.hpp.in ${OUTPUT} @ONLY)
