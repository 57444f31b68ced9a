# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034 # variables for the tests
# Sourced by the bats files here.
bats_require_minimum_version 1.5.0
repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
emulate=$repository/scripts/emulate.sh

# What a test starts has the test's own directory on its command line, so it can be told apart.
export TMPDIR=$BATS_TEST_TMPDIR
guests_left() { pgrep -f "qemu-system-.*$TMPDIR" | wc -l; }

# The guest runs the host's own zpbench.
needs_x86_64_guests() {
  command -v qemu-system-x86_64 >/dev/null || skip "no qemu-system-x86_64"
  [ "$(uname -m)" = x86_64 ] || skip "needs zpbench for x86_64"
}

know_target() { # TARGET
  # shellcheck source=scripts/lib/common.sh disable=SC1091
  . "$repository/scripts/lib/common.sh"
  set_target "$1"
}

# build_probe TARGET: tests/emulated/probe.cpp for TARGET, in PROBE. Skips without a cross compiler.
build_probe() {
  know_target "$1"
  command -v "$TRIPLE-g++" >/dev/null || skip "no $TRIPLE-g++"
  command -v "$TARGET_QEMU" >/dev/null || skip "no $TARGET_QEMU"
  PROBE=$repository/build/$1/bin/emulated_probe
  [ ! -e "$BATS_FILE_TMPDIR/built-$1" ] || return 0
  "$repository/scripts/sysroot.sh" "$1"
  (cd "$repository" && cmake --preset "$1" && cmake --build --preset "$1" --target emulated_probe)
  touch "$BATS_FILE_TMPDIR/built-$1"
}

# The plugin that emulate.sh --trace loads, up to date.
build_plugin() {
  (cd "$repository" && cmake --preset release && cmake --build --preset release --target zp_trace_plugin)
}

# run_target TARGET ARGUMENT...: skips, with the reason, where something can't be had; the run in $directory.
run_target() {
  know_target "$1"
  command -v "$TARGET_QEMU" >/dev/null || skip "no $TARGET_QEMU: scripts/install-deps.sh --target $1"
  run --separate-stderr "$repository/scripts/run-matrix.sh" --target "$1" --bin "$ZP_BIN" --out results "${@:2}"
  echo "$output $stderr"
  [ "$status" != 4 ] || skip "${stderr_lines[-1]}"
  [ "$status" = 0 ]
  directory=${lines[-1]}
  [ "$(guests_left)" = 0 ]
  ! compgen -G "$TMPDIR/zpbench-*"
}
