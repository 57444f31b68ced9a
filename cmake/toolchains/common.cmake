# SPDX-License-Identifier: MIT
# What the cross builds share. Set before: ZP_TARGET, ZP_TRIPLE.
# Compiler and C library headers are Debian's cross packages; every other library comes from the
# target's sysroot, which `scripts/sysroot.sh TARGET` lays into the cache.
if("$ENV{XDG_CACHE_HOME}" MATCHES "^/")
  set(ZP_SYSROOT $ENV{XDG_CACHE_HOME}/zpbench/sysroots/${ZP_TARGET})
else()
  set(ZP_SYSROOT $ENV{HOME}/.cache/zpbench/sysroots/${ZP_TARGET})
endif()
if(NOT IS_DIRECTORY ${ZP_SYSROOT})
  message(FATAL_ERROR "No ${ZP_SYSROOT}: run scripts/sysroot.sh ${ZP_TARGET} first")
endif()

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${ZP_TRIPLE}-gcc)
set(CMAKE_CXX_COMPILER ${ZP_TRIPLE}-g++)
# CMake derives it from the compiler's own library directories, and those of the cross packages are
# /usr/TRIPLE/lib, not .../lib/TRIPLE.
set(CMAKE_LIBRARY_ARCHITECTURE ${ZP_TRIPLE})

set(CMAKE_FIND_ROOT_PATH ${ZP_SYSROOT} /usr/${ZP_TRIPLE})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# The pkg-config files there name their own root; nothing is to be put in front of it.
set(ENV{PKG_CONFIG_LIBDIR} ${ZP_SYSROOT}/usr/lib/${ZP_TRIPLE}/pkgconfig:${ZP_SYSROOT}/usr/share/pkgconfig)
unset(ENV{PKG_CONFIG_SYSROOT_DIR})
# Where the linker finds what our libraries need in turn (libbenchmark, libpapi -> libpfm). The relocations of a
# package's program are to be read-only (lintian), and the linker for MIPS makes them so only where it is told.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-rpath-link,${ZP_SYSROOT}/usr/lib/${ZP_TRIPLE} -Wl,-z,relro")

# Tests run under user-mode QEMU, for which the sysroot is the root directory.
string(REGEX REPLACE "-.*" "" zp_qemu_arch ${ZP_TRIPLE})
find_program(ZP_QEMU_USER NAMES qemu-${zp_qemu_arch}-static qemu-${zp_qemu_arch})
if(ZP_QEMU_USER)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${ZP_QEMU_USER} -L ${ZP_SYSROOT})
endif()
