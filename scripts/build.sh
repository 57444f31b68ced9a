#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Configures and builds one preset, quietly: the log is shown only where it fails.
#
#   build.sh PRESET [TARGET]...   (default: all of it)
set -euo pipefail
[ $# -ge 1 ] || { sed -n '3,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
preset=$1; shift
targets=()
[ $# = 0 ] || targets=(--target "$@")
cd "$top"
mkdir -p "build/$preset"
log=build/$preset/build.log
echo "building ($preset)" >&2
if ! { cmake --preset "$preset" && cmake --build --preset "$preset" "${targets[@]}"; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "build.sh: building $preset failed; the whole log is $top/$log" >&2
  exit 1
fi
