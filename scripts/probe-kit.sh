#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the probe alone as one static program per architecture, to be copied
# to machines where nothing can be installed. It prints the block to send
# (docs/probe.md).
#
#   probe-kit.sh [--out DIRECTORY] [ARCH]...
#
# ARCH is native or one of @CROSS_TARGETS@;
# by default all whose compiler is here. A cross build needs Debian's
# compiler (scripts/install-deps.sh --target ARCH), no sysroot. Prints the
# paths. Exit status: 0 built, 1 a build failed, 2 usage, 4 a compiler is
# missing.

[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@" # started by another shell: sh SCRIPT
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

top=$(dirname "$(dirname "$(readlink -f "$0")")")
out=$top/build/probe-kit
architectures=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --out)
      [ -n "${2-}" ] || bad_usage "--out needs a directory"
      once --out
      out=$(realpath -m -- "$2"); shift 2 ;;
    *)
      [ "$1" = native ] || is_cross_target "$1" || bad_usage "unknown argument '$1'; see --help"
      [[ " ${architectures[*]} " == *" $1 "* ]] || architectures+=("$1")
      shift ;;
  esac
done
compiler_of() { # as CMake takes CXX: a command, which may have words before it ("ccache g++")
  if [ "$1" = native ]; then echo "${CXX:-g++}"; else set_target "$1"; echo "$TRIPLE-g++"; fi
}

if [ ${#architectures[@]} = 0 ]; then
  for architecture in native "${CROSS_TARGETS[@]}"; do
    read -ra compiler <<<"$(compiler_of "$architecture")"
    ! command -v "${compiler[0]}" >/dev/null || architectures+=("$architecture")
  done
  [ ${#architectures[@]} -gt 0 ] || cannot_run "no $(compiler_of native)"
fi

plain_path --out "$out"
for architecture in "${architectures[@]}"; do
  read -ra compiler <<<"$(compiler_of "$architecture")"
  command -v "${compiler[0]}" >/dev/null || cannot_run "no ${compiler[0]}"
done

work=$(scratch kit)
trap 'rm -rf "$work"' EXIT
end_on_signals
# Two libraries of headers alone, the same for every architecture; the rest of /usr/include is the host's.
mkdir -p "$work/include"
for library in fmt tl; do
  [ -d /usr/include/$library ] || cannot_run "no /usr/include/$library: run scripts/install-deps.sh"
  ln -s /usr/include/$library "$work/include/$library"
done
mkdir -p "$out" 2>/dev/null || bad_usage "cannot make the directory $out"

cd "$top"
# The program, the probe, and behind every header that they include its source.
files=(harness/probe/kit/main.cpp harness/probe/*.cpp) sources=()
for ((i = 0; i < ${#files[@]}; ++i)); do
  case ${files[i]} in */chase.cpp | *.hpp) ;; */simulated_timer.cpp) continue ;; *) sources+=("${files[i]}") ;; esac
  while read -r header; do
    for file in "$header" "${header%.hpp}.cpp"; do
      [ ! -f "$file" ] || [[ " ${files[*]} " == *" $file "* ]] || files+=("$file")
    done
  done < <(sed -n 's/^#include "\(.*\.hpp\)".*/\1/p' "${files[i]}")
done

for architecture in "${architectures[@]}"; do
  read -ra compiler <<<"$(compiler_of "$architecture")"
  options=(-std=c++20 -DFMT_HEADER_ONLY -I. -isystem "$work/include")
  # As harness/CMakeLists.txt compiles the timed loops.
  "${compiler[@]}" "${options[@]}" -O2 -fno-tree-vectorize -fno-tree-reassoc -fno-schedule-insns -fno-schedule-insns2 \
    -c harness/probe/chase.cpp -o "$work/chase.o" || exit 1
  program=$out/zpprobe-$architecture
  "${compiler[@]}" "${options[@]}" -Os -ffunction-sections -fdata-sections -Wl,--gc-sections -static -s \
    "${sources[@]}" "$work/chase.o" -o "$program" || exit 1
  result "$program"
done
