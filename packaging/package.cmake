# SPDX-License-Identifier: MIT
# A Debian package of what is installed: cpack --preset release; scripts/package.sh for every architecture.
set(CPACK_GENERATOR DEB)
set(CPACK_STRIP_FILES ON)
# As Debian's own tools take them. The project has no published address and no home page: without them
# the maintainer is an address that reaches nobody, and there is no Homepage field.
set(CPACK_PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
if(NOT DEFINED ENV{DEBEMAIL})
  set(CPACK_PACKAGE_CONTACT "The zpbench authors <zpbench@packages.invalid>")
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "measures how fast zero pages are read, for each way to back them")
set(CPACK_PACKAGE_DESCRIPTION "The kernel can back a zero page in many ways: with its own zero page or pages,
with one frame that KSM merged, with several, coloured or not. zpbench
measures reads of each, proves by page frame numbers which frames were read,
and compares kernels. For developers of Linux memory management.")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_DEPENDS jq)  # of zpbench-run
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnuplot-nox, fonts-dejavu-core")  # of zpanalyze plot and report
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libopenblas0, zlib1g")  # loops of --matrix programs
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
if(CMAKE_CROSSCOMPILING)
  # dpkg-shlibdeps asks the installed packages, and the sysroot's are not: dependencies.cmake finds them.
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${ZP_TARGET})
  set(CPACK_ZPBENCH_SYSROOT ${ZP_SYSROOT})
  set(CPACK_ZPBENCH_READELF ${CMAKE_READELF})
else()
  find_program(ZP_SHLIBDEPS dpkg-shlibdeps)
  find_program(ZP_FILE file)  # CPack asks it which files are programs
  if(ZP_SHLIBDEPS AND ZP_FILE)
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  endif()
endif()
set(CPACK_ZPBENCH_SOURCE_DIR ${PROJECT_SOURCE_DIR})
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/debian.cmake)
include(CPack)
