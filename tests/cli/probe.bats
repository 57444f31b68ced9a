#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# zpbench --probe, on this machine and on described ones.

setup() {
  load ../lib/host
  mkdir "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
}

@test "a simulated CPU is found again: the block, the rows and the description" {
  "$ZPBENCH" --probe --simulate zen5 --out rows.json --cpu-file found.cpu >block 2>err
  grep -q '^Rule  *utag' block
  grep -q '^Bits  *12^27 13^26 14^25 15^20 16^21 17^22 18^23 19^24 28-31$' block
  [ "$(wc -l <block)" -le 25 ]
  awk 'length($0) > 75 {exit 1}' block
  jq -e '[.benchmarks[] | select(.name | startswith("probe/figure:bit")) | select(.probe_counts == 1)] | length == 20' rows.json
  jq -e '.benchmarks[] | select(.name == "probe/figure:synonym") | .probe_cycles > 13.9 and .probe_cycles < 14.1' rows.json
  grep -q '^l1d.utag_bits .*12^27.*,28,29,30,31 ' found.cpu
  # What was written is a CPU that can be probed, and gives the same again.
  "$ZPBENCH" --probe --simulate ./found.cpu | sed -n '/^Rule/,/^Seen/p' | diff - <(sed -n '/^Rule/,/^Seen/p' block)
}

@test "noise does not make it wrong" {
  "$ZPBENCH" --probe --simulate z13 --noise 20%,5% >block
  grep -Eq '^Rule  *(exclusive|can.t tell)' block
}

@test "this machine: a block, or the reason" {
  run "$ZPBENCH" --probe
  [ "$status" = 0 ] || [ "$status" = 4 ]
  [ "$status" = 4 ] || grep -q '^Rule ' <<<"$output"
}

@test "bad input gets one line and exit status 2" {
  while read -r arguments; do
    # shellcheck disable=SC2086
    run --separate-stderr "$ZPBENCH" $arguments
    [ "$status" = 2 ]
    [ "$(wc -l <<<"$stderr")" = 1 ]
  done <<'LIST'
--probe --simulate zen9
--simulate zen5
--cpu-file x.cpu
--probe --noise 20%
--probe --simulate zen5 --noise 200%
--probe=slowly
--probe --list
LIST
}
