# SPDX-License-Identifier: MIT
# Run by cpack once the package's files are laid down: what Debian wants otherwise than `cmake --install` does.
if(NOT CPACK_GENERATOR STREQUAL "DEB")  # cpack -G TGZ: what is installed, as it is
  return()
endif()
set(share ${CPACK_TEMPORARY_DIRECTORY}/usr/share)

file(MAKE_DIRECTORY ${share}/zsh/vendor-completions)
file(GLOB completions ${share}/zsh/site-functions/*)
file(COPY ${completions} DESTINATION ${share}/zsh/vendor-completions)
file(REMOVE_RECURSE ${share}/zsh/site-functions)

execute_process(COMMAND git -C ${CPACK_ZPBENCH_SOURCE_DIR} log -1 --format=%cD
  OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT date)
  execute_process(COMMAND date -R OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
file(WRITE ${share}/doc/zpbench/changelog "zpbench (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * What changed is in /usr/share/doc/zpbench/CHANGELOG.md.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(GLOB pages ${share}/man/man[1-9]/*.[1-9])
execute_process(COMMAND gzip -9nf ${share}/doc/zpbench/changelog ${pages} COMMAND_ERROR_IS_FATAL ANY)

if(CPACK_ZPBENCH_SYSROOT)
  include(${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake)
endif()
