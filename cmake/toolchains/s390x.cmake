# SPDX-License-Identifier: MIT
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(ZP_TARGET s390x)
set(ZP_TRIPLE s390x-linux-gnu)
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
