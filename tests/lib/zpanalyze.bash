# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the bats files of zpanalyze's command line: invented runs, and how the program must end.

bats_require_minimum_version 1.5.0

make_runs() {
  export RUNS="$BATS_FILE_TMPDIR" STRIDES=strides-read-64mib-random
  "$ZP_BIN/zp_make_results" run "$RUNS/a" --counters
  "$ZP_BIN/zp_make_results" run "$RUNS/a2" --seed 5
  "$ZP_BIN/zp_make_results" run "$RUNS/fast" --kernel 6.2.0 --seed 2 --single-frame-ns 0.6
  "$ZP_BIN/zp_make_results" run "$RUNS/slow" --kernel 6.3.0 --seed 3 --single-frame-ns 1.3
  "$ZP_BIN/zp_make_results" run "$RUNS/other" --cpu "Another CPU"
  "$ZP_BIN/zp_make_results" run "$RUNS/guest" --emulated
  "$ZP_BIN/zp_make_results" run "$RUNS/half" --state interrupted
  printf '{"context": {' > "$RUNS/broken.json"
}

# zpa -STATUS ARGUMENT...: zpanalyze must end with that status. Its messages are broken into lines: in $said they
# are whole.
zpa() {
  run "$1" "$ZP_BIN/zpanalyze" "${@:2}"
  join_lines
}
join_lines() { said="${output//$'\n  '/ }"; }

# zpa_apart -STATUS ARGUMENT...: the same, with stderr in $stderr, and in $errors with its messages whole.
zpa_apart() {
  run "$1" --separate-stderr "$ZP_BIN/zpanalyze" "${@:2}"
  # shellcheck disable=SC2154 # of run
  errors="${stderr//$'\n  '/ }"
  join_lines
}
