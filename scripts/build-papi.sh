#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/build-papi.sh
#
# Builds PAPI for s390x from Debian's source package (Debian itself has none
# for s390x) with two small fixes, scripts/patches/papi-s390x.patch, and
# prints where it lies; to build against it:
#
#   cmake --preset s390x -DPAPI_ROOT="$(scripts/build-papi.sh)"
#
# It uses the distribution's libpfm4. Built once, then cached. No root
# needed. Without a PMU (as under QEMU) it initialises and counts nothing.
#
# exit status: 0 it is there, 1 the build failed (its log is named), 2 usage,
#              4 no network or a tool is missing

[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@" # started by another shell: sh SCRIPT
set -euo pipefail
lib=$(dirname "$(readlink -f "$0")")/lib
. "$lib/common.sh"
. "$lib/debian.sh"
. "$lib/sysroot.sh"

build() { # DIRECTORY
  local directory=$1 work=$1/work log
  for tool in make patch dpkg-source; do need_command $tool ${tool/dpkg-source/dpkg-dev}; done
  need_command "$TRIPLE-gcc" "gcc-$TRIPLE"
  log=$(cache_dir)/build-papi.log
  mkdir "$work"
  note "fetching the source of PAPI"
  debian_update "$TARGET_SUITE" s390x
  (cd "$work" && debian_apt "$TARGET_SUITE" s390x apt-get -qq source papi >"$log" 2>&1) ||
    cannot_run "cannot fetch the source of papi from Debian $TARGET_SUITE: $(tail -n 1 "$log")"
  note "building (log: $log)"
  local library=usr/lib/$TRIPLE
  # In the background, because bash ignores set -e to the left of ||.
  (
    set -e
    cd "$work"/papi-*/
    patch -p1 <"$lib/../patches/papi-s390x.patch"
    cd src
    # --with-CPU: else configure takes the build machine's. The timers: those that need no assembly.
    ./configure --host="$TRIPLE" --prefix=/usr --libdir="/$library" --with-arch=s390x --with-CPU=s390x \
      --with-static-lib=yes --with-shared-lib=yes --with-shlib-tools --with-perf-events --with-ffsll \
      --with-walltimer=gettimeofday --with-virtualtimer=clock_thread_cputime_id --with-tls=__thread \
      --with-pfm-incdir="$SYSROOT/usr/include" --with-pfm-libdir="$SYSROOT/$library" \
      CC="$TRIPLE-gcc" F77= LDFLAGS="-Wl,-rpath-link,$SYSROOT/$library"
    # By name: the default goal goes on to tests in Fortran.
    nice make -j"$(nproc)" CROSS_COMPILE="$TRIPLE-" ARCH=s390x CC="$TRIPLE-gcc" libpapi.so libpapi.a
    make DESTDIR="$directory" install-lib install-pkgconf
  ) >>"$log" 2>&1 &
  wait $! || failed "the build failed: $(tail -n 1 "$log") (log: $log)"
  relocate_pkgconfig "$directory" "$entry"
  rm -r "$work"
}

case ${1-} in
  '') ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac
set_target s390x
sysroot_get s390x
entry=$(cache_dir)/papi/s390x
cached "$entry" build
result "$entry/usr"
