# SPDX-License-Identifier: MIT
set(CMAKE_SYSTEM_PROCESSOR mips64)
set(ZP_TARGET mips64el)
set(ZP_TRIPLE mips64el-linux-gnuabi64)
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
