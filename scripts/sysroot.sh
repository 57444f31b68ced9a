#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/sysroot.sh ARCH
#
#   ARCH   @CROSS_TARGETS@
#
# Puts the target's libraries (Debian's, of its architecture) next to the
# system's own and prints where. The presets of the same names build against
# them. Fetched once; nothing is installed. No root needed.
#
# environment:
#   XDG_CACHE_HOME    they lie in $XDG_CACHE_HOME/zpbench (default ~/.cache)
#   ZP_DEBIAN_MIRROR  the mirror to fetch from (default: the system's own)
#
# exit status: 0 it is there, 2 usage, 4 no network or a tool is missing

[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@" # started by another shell: sh SCRIPT
set -euo pipefail
lib=$(dirname "$(readlink -f "$0")")/lib
. "$lib/common.sh"
. "$lib/debian.sh"
. "$lib/sysroot.sh"

case ${1-} in
  -h | --help) usage; exit 0 ;;
  *) { [ $# = 1 ] && is_cross_target "$1"; } || { usage >&2; exit 2; } ;;
esac
sysroot_get "$1"
result "$SYSROOT"
