# SPDX-License-Identifier: MIT
# What a program of another architecture needs, from the libraries that it names: Debian's packages are called after
# them (policy 8.1), and the sysroot's list says which version was built against.
file(READ ${CPACK_ZPBENCH_SYSROOT}/packages.txt packages)
set(needed "")
foreach(program zpbench zpanalyze)
  if(EXISTS ${CPACK_TEMPORARY_DIRECTORY}/usr/bin/${program})
    execute_process(COMMAND ${CPACK_ZPBENCH_READELF} -d ${CPACK_TEMPORARY_DIRECTORY}/usr/bin/${program}
      OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCHALL "NEEDED[^\n]*" lines "${dynamic}")
    list(APPEND needed ${lines})
  endif()
endforeach()
foreach(line ${needed})
  string(REGEX REPLACE ".*: .([^]]*).*" "\\1" library "${line}")  # Shared library: [libfmt.so.9]
  if(library MATCHES "^(libm|ld.*)\\.so")  # the C library's
    continue()
  endif()
  string(REGEX REPLACE "([0-9])\\.so\\." "\\1-" name "${library}")
  string(REPLACE ".so." "" name "${name}")
  string(REPLACE "_" "-" name "${name}")
  string(REPLACE "+" "[+]" pattern "${name}")
  if(NOT "\n${packages}" MATCHES "\n${pattern} ([^ \n-]+)")
    message(FATAL_ERROR "${library}: no package ${name} in ${CPACK_ZPBENCH_SYSROOT}/packages.txt")
  endif()
  list(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS "${name} (>= ${CMAKE_MATCH_1})")
endforeach()
list(REMOVE_DUPLICATES CPACK_DEBIAN_PACKAGE_DEPENDS)
list(SORT CPACK_DEBIAN_PACKAGE_DEPENDS)
list(JOIN CPACK_DEBIAN_PACKAGE_DEPENDS ", " CPACK_DEBIAN_PACKAGE_DEPENDS)
