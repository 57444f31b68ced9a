#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the Debian package of each architecture, and a tarball whose programs
# need no library.
#
#   package.sh [--deb | --static] [--no-install] [ARCH]...
#
#   ARCH           native (default) @CROSS_TARGETS@
#   --deb          the package alone
#   --static       the tarball alone. Debian has libbenchmark and libfmt as
#                  shared libraries only: both are built from Debian's
#                  sources, once
#   --no-install   build with what is installed, install nothing
#
# They lie in build/packages/, and their paths are printed. Exit status: 0
# made, 1 a build failed, 2 usage, 4 no network or a tool is missing.

[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@" # started by another shell: sh SCRIPT
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/lib/common.sh"
. "$here/lib/debian.sh"
. "$here/lib/sysroot.sh"
. "$here/lib/static.sh"

deb=1 static=1 architectures=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --deb) static='' ;;
    --static) deb='' ;;
    --no-install) export ZP_NO_INSTALL=1 ;;
    *) [ "$1" = native ] || is_cross_target "$1" || bad_usage "unknown argument '$1'; see --help"
      [[ " ${architectures[*]} " == *" $1 "* ]] || architectures+=("$1") ;;
  esac
  shift
done
[ -n "$deb$static" ] || bad_usage "--deb and --static: leave both out for both"
[ ${#architectures[@]} -gt 0 ] || architectures=(native)
cd "$here/.."

logged() { # COMMAND...
  "$@" >>"$log" 2>&1 || { tail -n 20 "$log" >&2; failed "$1 failed; the whole log is $PWD/$log"; }
}

# The programs of one architecture. Sets build, debian_arch, cxx, libraries (the directory of them).
build_programs() { # ARCH
  local options=()
  if [ "$1" = native ]; then
    scripts/install-deps.sh --for build --for analysis --for package
    build=build/release debian_arch=$(dpkg --print-architecture) libraries=/usr/lib/$(${CXX:-g++} -print-multiarch)
    read -ra cxx <<<"${CXX:-g++}"
    set -- release
  else
    scripts/install-deps.sh --for package --target "$1"
    sysroot_get "$1"
    build=build/package-$1 debian_arch=$DEBIAN_ARCH cxx=("$TRIPLE-g++") libraries=$SYSROOT/usr/lib/$TRIPLE
    options=(-B "$build" -DZP_TESTS=OFF -DZP_ANALYSIS=ON)
  fi
  log=build/package-$1.log
  mkdir -p build/packages
  : >"$log"
  note "building ($1; log: $log)"
  logged cmake --preset "$1" "${options[@]}"
  logged cmake --build "$build"
}

for architecture in "${architectures[@]}"; do
  build_programs "$architecture"
  version=$(sed -n 's/^CMAKE_PROJECT_VERSION:.*=//p' "$build/CMakeCache.txt")
  if [ -n "$deb" ]; then
    logged cpack -G DEB --config "$build/CPackConfig.cmake" -B build/packages
    result "$PWD/build/packages/zpbench_${version}_$debian_arch.deb"
  fi
  [ -z "$static" ] || static_tarball
done
