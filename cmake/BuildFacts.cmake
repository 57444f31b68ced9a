# SPDX-License-Identifier: MIT
# Run at every build (cmake -P): the git revision is that of the sources that were built, not of those that
# were configured. The header is only touched when something changed.
execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12
  OUTPUT_VARIABLE ZP_GIT_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR NOT ZP_GIT_REVISION)
  set(ZP_GIT_REVISION unknown)
endif()
configure_file(${SOURCE_DIR}/cmake/zp_build.hpp.in ${OUTPUT} @ONLY)
