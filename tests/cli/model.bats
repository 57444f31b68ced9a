#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command line of `zpanalyze model`; the counts themselves are the unit tests' affair.

setup() { load ../lib/zpanalyze; }

# model -STATUS ARGUMENT...: zpanalyze model must end with that status.
model() { zpa_apart "$1" model "${@:2}"; }

@test "a single frame on z196 misses by synonyms, four colours do not miss" {
  model -0 --cpu z196 --strides 256 --placements ksm_single,ksm_coloured:4
  [[ $output =~ ksm_single\ +1\ +1\.00\ +1\.00\ +0 ]]
  [[ $output =~ ksm_coloured:4\ +4\ +0\ +0\ +0 ]]
  [[ $output == *"constructed frames"* ]]
  [[ $output == *"No estimate in cycles: z196 has no figure for"* ]]
}

@test "the sweep names the smallest number of colours and the kernel's order" {
  model -0 --cpu z196 --sweep colours --strides 256,4096 --table 8m
  [[ $output == *"the smallest N that suffices: 4 at stride 256, 4 at stride 4096."* ]]
  [[ ${output//$'\n'/ } == *"asks for 4 zero pages, order 2 in setup_zero_pages(). Linux keeps 128"* ]]
}

@test "on a z13 no number of colours hits, and counts do not decide" {
  model -0 --cpu z13 --sweep colours --strides 1024 --table 8m
  text=${output//$'\n'/ }
  [[ $text == *"Stride 1024: from N = 64 on no synonym is left; no N hits l1d at every read."* ]]
  [[ $text == *"At stride 1024 counts do not decide how many suffice"* ]]
  [[ $output != *"suffices"* ]]
  [[ $output =~ \ 32\ +1\.00\ +1\.00\  ]]
  [[ $output =~ \ 64\ +1\.00\ +0\  ]]
}

@test "prices give the time of a read and what limits it" {
  model -0 --cpu zen5 --table 64m --strides 4096 --placements ksm_single,ksm_coloured:8 --ghz 4
  [[ $output =~ ksm_single\ +12\.1-13\.6\ +3\.0[0-9]-3\.40\ +turn-around\ of\ one\ line ]]
  [[ $output =~ ksm_coloured:8\ +8\.30-9\.00\ +2\.0[0-9]-2\.25\ +page\ walks ]]
  [[ ${output//$'\n'/ } == *"No time was measured."* ]]
  model -0 --cpu zen5 --table 64m --strides 4096 --placements ksm_single --walk dependent
  [[ $output =~ ksm_single\ +[0-9.]+-[0-9.]+\ +latency ]]
  model -0 --cpu zen2 --strides 4096 --placements ksm_single
  [[ $output != *"limited by"* && $output != *"No time"* ]]
  model -0 --cpu zen3 --table 64m --strides 64 --placements ksm_coloured:128 --walk random
  [[ $output == *"No time of a read: zen3 has no figure for overlap.l3_cycles."* ]]
  # Whatever each of the cells lacks.
  model -0 --cpu octeon --table 16m --strides 4096,8 --placements private
  [[ ${output//$'\n'/ } == *"cycles: octeon has no figure for memory.latency_cycles, walk.latency_cycles, l1d.latency_cycles." ]]
}

@test "an estimate in cycles is called one" {
  model -0 --cpu skylake --strides 64 --table 64k --placements ksm_single
  [[ $output =~ ksm_single\ +1\ +0\ +0\ +0\ +0\ +0\ +4\.00-5\.00 ]]
  [[ $output == *"no time was"* ]]
}

@test "nothing is wider than it may be, and all of it is ASCII" {
  for arguments in "--cpu z16 --table 8m" "--cpu zen5 --ghz 4.1 --table 8m" "--cpu zen2 --explain" "--list" \
      "--cpu "{zen5,z13,r4000sc}" --sweep colours --table 8m"; do
    # shellcheck disable=SC2086
    model -0 $arguments
    [ "$(printf '%s\n' "$output" | LC_ALL=C grep -c '[^ -~]')" -eq 0 ]
    [ "$(printf '%s\n' "$output" | grep -cE '.{76}')" -eq 0 ]
  done
}

@test "every CPU of --list can be asked" {
  model -0 --list
  [ "$(printf '%s\n' "$output" | grep -cvE '^(.{13} | {14})[^ ]')" -eq 0 ] # names and what they are, in two columns
  for cpu in $(printf '%s\n' "$output" | sed -n 's/^\([^ ][^ ]*\).*/\1/p'); do
    model -0 --cpu "$cpu" --table 1m --strides 1k --placements private
  done
}

@test "--explain shows sources and marks what is uncertain" {
  model -0 --cpu zen2 --explain
  [[ ${output//$'\n'/ } == *"l1d.utag_bits = 12^27,13^26"*"Take A Way"* ]]
  [[ $output == *"uncertain: no source"* ]]
}

@test "a user's own description is taken by its path" {
  sed -e 's/^name .*/name mine/' -e '/^l3\./d' "$BATS_TEST_DIRNAME/../../harness/model/cpus/zen2.cpu" \
    >"$BATS_TEST_TMPDIR/mine.cpu"
  model -0 --cpu "$BATS_TEST_TMPDIR/mine.cpu" --strides 64 --placements private
  [[ $output == *"Model mine:"* ]]
  [[ $output != *"l3"* ]]
}

@test "bad input is one message on stderr and exit code 2" {
  printf 'zp-cpu-1\nname x\nabout y\nl1d.ways 8\n' >"$BATS_TEST_TMPDIR/bad.cpu"
  while IFS='|' read -r arguments part; do
    # shellcheck disable=SC2086
    model -2 $arguments
    [ -z "$output" ]
    [ "$(printf '%s\n' "$errors" | wc -l)" -eq 1 ]
    [[ $errors == *"$part"* ]]
  done <<TABLE
--strides 64|--cpu NAME or FILE is missing
--cpu z31|nearest: z13
--cpu /nowhere/x.cpu|No such file
--cpu $BATS_TEST_TMPDIR/bad.cpu|bad.cpu:4: 'l1d.ways' without a source
--cpu z13 --placements ksm_singel|nearest: ksm_single
--cpu z13 --placements ksm_coloured:3|power of two
--cpu z13 --strides 0|stride 0
--cpu z13 --strides 1g|stride 1073741824
--cpu z13 --table 5000|not a multiple
--cpu z13 --walk sideways|sequential, random, dependent
--cpu z13 --walk random --strides 8|larger stride
--list --cpu z13|excludes
--explain --cpu z13 --strides 64|excludes
--cpu zen5 --sweep colours --ghz 3|excludes
--cpu zen5 --sweep colours --placements private|excludes
--cpu zen5 --most-colours 8|--most-colours requires --sweep
--cpu zen5 --seed 2|--seed is of the shuffled walks
--cpu z13 --table 1m --ghz 3|z13 has no prices
TABLE
}
