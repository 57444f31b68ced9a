#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Configures and builds one preset, in one line of progress: the log is shown
# only where it fails.
#
#   build.sh PRESET [TARGET]...   (default: all of it)

[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@" # started by another shell: sh SCRIPT
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"
case ${1-} in -h | --help) usage; exit 0 ;; '' | -*) usage >&2; exit 2 ;; esac
top=$(dirname "$(dirname "$(readlink -f "$0")")")
preset=$1; shift
targets=()
[ $# = 0 ] || targets=(--target "$@")
for word in "${targets[@]}"; do [ -n "$word" ] || bad_usage "an empty target; see --help"; done
cd "$top"
presets=$(sed -nE 's/.*"configurePreset": "([a-z0-9-]+)".*/\1/p' CMakePresets.json | sort -u)
grep -qxF -e "$preset" <<<"$presets" || bad_usage "no preset '$preset'; there are ${presets//$'\n'/ }"
log=build/$preset/build.log
if ! { mkdir -p "build/$preset" && : >"$log"; } 2>/dev/null; then
  bad_usage "cannot write $top/$log"
fi
build() { cmake --preset "$preset" && cmake --build --preset "$preset" "${targets[@]}"; }

# Ninja begins a line with [steps done/all steps].
show_steps() {
  local line
  while IFS= read -r line; do
    case $line in \[[0-9]*/*[0-9]\]*) progress "building ($preset): ${line%%]*}]" ;; esac
  done
  progress_end
}

progress "building ($preset)"
if ! build 2>&1 | tee "$log" | show_steps; then
  tail -n 40 "$log" >&2
  failed "building $preset failed; the whole log is $top/$log"
fi
