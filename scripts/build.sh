#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Configures and builds one preset, quietly: the log is shown only where it fails.
#
#   build.sh PRESET [TARGET]...   (default: all of it)
# However it was started: by another shell (sh SCRIPT), with what people export (CDPATH makes cd print).
[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@"
set +o posix
unset CDPATH POSIXLY_CORRECT TAR_OPTIONS GIT_DIR GIT_WORK_TREE
set -euo pipefail
[ $# -ge 1 ] || { sed -n '3,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
preset=$1; shift
targets=()
[ $# = 0 ] || targets=(--target "$@")
cd "$top"
log=build/$preset/build.log
if ! { mkdir -p "build/$preset" && : >"$log"; } 2>/dev/null; then
  echo "build.sh: cannot write $top/$log" >&2
  exit 2
fi
echo "building ($preset)" >&2
if ! { cmake --preset "$preset" && cmake --build --preset "$preset" "${targets[@]}"; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "build.sh: building $preset failed; the whole log is $top/$log" >&2
  exit 1
fi
