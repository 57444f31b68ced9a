#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing, builds, and runs every test; closes with ctest's
# own count.
#
#   test.sh [--fast] [--no-install]
#
#   --fast         the preset debug only, which compiles each file by itself:
#                  no sanitizers, no second compiler, no clang-tidy, no cross
#                  build
#   --no-install   test with what is installed, install nothing
#
# Exit status: 0 all passed (what could not be tested here is named at the
# end); 1 some failed; 2 usage; 4 can't run here.

[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@" # started by another shell: sh SCRIPT
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"
top=$(dirname "$(dirname "$(readlink -f "$0")")")
fast=''
for option; do
  case $option in
    --fast) fast=1 ;;
    --no-install) export ZP_NO_INSTALL=1 ;;
    -h | --help) usage; exit 0 ;;
    *) bad_usage "unknown option '$option'; see --help" ;;
  esac
done
cd "$top"
scripts/install-deps.sh --for build --for measure --for analysis --for test

# The presets whose tests run, the one whose count closes the output last.
build_and_test() {  # PRESET CTEST-OPTIONS...
  local preset=$1; shift
  local began=$SECONDS built
  # Who asks for the outcome (||) switches set -e off in here: each step is asked.
  scripts/build.sh "$preset" || return
  built=$SECONDS
  # No test found is not a success.
  ctest --preset "$preset" -j "$(nproc)" --no-tests=error --output-junit "$top/build/$preset/tests.xml" "$@" || return
  note "$preset: built in $((built - began)) s, tested in $((SECONDS - built)) s"
}

# Left out but in one preset: arithmetic that no byte order and no sanitizer changes, and minutes of it.
no_simulations=(-E '^Simulation\.')

# The unit and CLI tests under user-mode QEMU. Where the target's compiler or libraries can't be had, that is
# said, again at the end, and the tests with guests skip.
untested=()
cross_test() {  # TARGET
  local why
  if ! why=$({ scripts/install-deps.sh --target "$1" && scripts/sysroot.sh "$1"; } 2>&1 >/dev/null); then
    untested+=("no tests for $1: ${why##*$'\n'}")
    note "${untested[-1]}"
    return 0
  fi
  build_and_test "$1" "${no_simulations[@]}"
}

# .clang-tidy's list over the part of the tree that it reads in a minute or two: what says what rows mean. All of
# it would take ten times as long.
# Of the preset debug, which compiles each file by itself.
tidy() {
  cmake --preset debug >"$top/build/tidy.log" || { cat "$top/build/tidy.log" >&2; return 1; }
  run-clang-tidy-14 -quiet -j "$(nproc)" -p "$top/build/debug" \
    "^$top/(harness/(names|support)|analysis/(rows|text|load|compare|formats|export|plan))/" >"$top/build/tidy.log" 2>&1 ||
    { grep -E 'error:|warning: .*\[' "$top/build/tidy.log" >&2; note "clang-tidy: see build/tidy.log"; return 1; }
  grep -q '/analysis/rows/' "$top/build/tidy.log" || { note "clang-tidy: found nothing to read; see build/tidy.log"; return 1; }
}

status=0
if [ -z "$fast" ]; then
  # arm64 and riscv64 are left to the label emulated: machines of this byte order, word and page, there for their
  # counters.
  for target in s390x mips64el; do cross_test "$target" || status=1; done
  # The other compiler, warnings being errors, and its sanitizers.
  build_and_test clang -L 'unit|system|cli' "${no_simulations[@]}" || status=1
  tidy || status=1
  # Last: its count closes the output.
  build_and_test gcc || status=1
else
  build_and_test debug -LE 'bench|emulated|guest' || status=1
fi
for why in "${untested[@]}"; do note "$why"; done
exit "$status"
