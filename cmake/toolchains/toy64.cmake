# SPDX-License-Identifier: MIT
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(ZP_TARGET riscv64)
set(ZP_TRIPLE riscv64-linux-gnu)
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
# The libraries are a newer Debian's than the compiler's C library: what they want of theirs is there when programs run.
string(APPEND CMAKE_EXE_LINKER_FLAGS_INIT " -Wl,--allow-shlib-undefined")
# g++ 12 has no atomic exchange of single bytes in line there; in the program, so that no guest needs the library.
set(CMAKE_CXX_STANDARD_LIBRARIES_INIT -l:libatomic.a)
