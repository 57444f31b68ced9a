#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/build-mips-vce-kernel.sh [--page-size 4|16|64]
#
# Builds a MIPS kernel (malta, 64-bit, little-endian) with eight coloured
# zero pages from Debian's linux-source-6.1, and prints its path: no
# distribution ships one. It has what a CPU with virtual coherency exceptions
# (R4000SC, R4400SC) gets, but believes that it runs on a 5KE; its one
# change is scripts/patches/mips-coloured-zero-pages.patch. Built once, then
# cached, with its sha256 and configuration next to it. No root needed.
#
#   --page-size KIB   4, 16 (default) or 64 KiB pages
#
# exit status: 0 it is there, 1 the build failed (its log is named), 2 usage,
#              4 no network or a tool is missing

[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@" # started by another shell: sh SCRIPT
set -euo pipefail
lib=$(dirname "$(readlink -f "$0")")/lib
. "$lib/common.sh"
. "$lib/debian.sh"

page_kib=16
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --page-size) page_kib=${2-}; shift 2 || { usage >&2; exit 2; } ;;
    *) usage >&2; exit 2 ;;
  esac
done
case $page_kib in 4 | 16 | 64) ;; *) bad_usage "page size '$page_kib': 4, 16 or 64 (KiB)" ;; esac

# What the suite needs in a guest, and a console; drivers, network and file systems only cost time.
configure() {
  make -s "${make_flags[@]}" malta_defconfig
  scripts/config -e 64BIT -e CPU_MIPS64_R2 -e CPU_LITTLE_ENDIAN \
    -d PAGE_SIZE_4KB -d PAGE_SIZE_16KB -d PAGE_SIZE_64KB -e "PAGE_SIZE_${page_kib}KB" \
    -e KSM -e PROC_PAGE_MONITOR -e TRANSPARENT_HUGEPAGE -e BLK_DEV_INITRD -e DEVTMPFS -e TMPFS \
    -e SERIAL_8250_CONSOLE -e IKCONFIG -e IKCONFIG_PROC -d MODULES -d NET -d BLOCK -d SOUND \
    -d USB_SUPPORT -d DRM -d FB -d INPUT -d HID_SUPPORT -d I2C -d MTD -d VIRTIO_MENU \
    -d VIRTUALIZATION -d CRYPTO -d SECURITY -d DEBUG_KERNEL --set-str LOCALVERSION -zpbench-vce
  make -s "${make_flags[@]}" olddefconfig
}

build() { # DIRECTORY
  local directory=$1 work log
  for tool in flex bison bc make patch; do need_command $tool $tool; done
  need_command mips64el-linux-gnuabi64-gcc gcc-mips64el-linux-gnuabi64
  work=$directory/work log=$(cache_dir)/build-mips-vce-kernel.log
  mkdir "$work"
  note "fetching linux-source-6.1"
  debian_update bookworm mips64el
  debian_download bookworm mips64el "$directory" linux-source-6.1
  note "building (some minutes; log: $log)"
  # The same source gives the same image, whoever builds it and when.
  export KBUILD_BUILD_TIMESTAMP='1970-01-01' KBUILD_BUILD_USER=zpbench KBUILD_BUILD_HOST=zpbench
  local make_flags=(ARCH=mips CROSS_COMPILE=mips64el-linux-gnuabi64-)
  # In the background, because bash ignores set -e to the left of ||.
  (
    set -e
    dpkg-deb --fsys-tarfile "$directory"/debs/*.deb |
      tar -xO ./usr/src/linux-source-6.1.tar.xz | tar -xJ -C "$work" --strip-components 1
    cd "$work"
    patch -p1 --fuzz=0 <"$lib/../patches/mips-coloured-zero-pages.patch"
    configure
    grep -qx "CONFIG_PAGE_SIZE_${page_kib}KB=y" .config
    nice make -s -j"$(nproc)" "${make_flags[@]}" vmlinux
    mips64el-linux-gnuabi64-strip -o "$directory/vmlinuz" vmlinux
    cp .config "$directory/config"
  ) &>"$log" &
  wait $! || failed "the build failed: $(tail -n 1 "$log") (log: $log)"
  sha256sum <"$directory/vmlinuz" | cut -d' ' -f1 >"$directory/sha256"
  rm -r "$work" "$directory/debs"
}

entry=$(cache_dir)/kernels/mips-vce-6.1-${page_kib}k
cached "$entry" build
result "$entry/vmlinuz"
