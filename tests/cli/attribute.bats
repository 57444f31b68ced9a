#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command lines of `zpanalyze attribute` and `zpanalyze colours` on an invented run.

setup_file() {
  "${ZP_BIN:?the directory of the programs}/zp_make_results" run "$BATS_FILE_TMPDIR/run" 2>/dev/null
  "$ZP_BIN/zp_make_results" run --emulated "$BATS_FILE_TMPDIR/emulated" 2>/dev/null
}

setup() { load ../lib/zpanalyze; }

fits_75_ascii() {
  ! printf '%s\n' "$output" | grep -qE '.{76}' && ! printf '%s\n' "$output" | LC_ALL=C grep -q '[^ -~]'
}

@test "colours names the number of zero pages and the kernel's order" {
  zpa_apart -0 colours "$BATS_FILE_TMPDIR/run"
  [[ $output == *"8 zero pages, order 3 in setup_zero_pages()"* ]]
  [[ ${output//$'\n'/ } == *"1 at stride 64, 8 at stride 256, 8 at stride 1024"* ]]
  fits_75_ascii
  zpa_apart -0 colours "$BATS_FILE_TMPDIR/run" --threshold 0.5
  [[ ${output//$'\n'/ } == *"medians differ by less than 0.5%"* ]]
}

@test "of one pass nothing has an interval" {
  cd "$BATS_TEST_TMPDIR"
  zpa_apart -0 attribute "$BATS_FILE_TMPDIR/run/pass-01.json"
  [[ $output == *" ns (+"*"; 1 pass each)."* && $output != *"["* ]]
  zpa_apart -0 plot "$BATS_FILE_TMPDIR/run/pass-01.json" --kinds strides,colours --formats txt
  [ -z "$(grep interval plots/*)" ]
}

@test "colours asks the model when there is no run" {
  zpa_apart -0 colours --cpu z196 --table 8m
  [[ $output == *"order 2 in"* ]]
  fits_75_ascii
  zpa_apart -0 colours --cpu z13 --table 8m
  [[ $output == *"counts do not decide"* ]]
  [[ $output != *"order"* ]]
  fits_75_ascii
}

@test "attribute says which model counted" {
  zpa_apart -0 attribute "$BATS_FILE_TMPDIR/run" --cpu zen5 --ghz 4
  [[ ${output//$'\n'/ } == *"Counts: model zen5 on constructed frames."* ]]
  [[ ${output//$'\n'/ } == *"Times: prices of zen5 at 4 GHz."* ]]
  fits_75_ascii
  [[ $output != *"another CPU"* ]]
  zpa_apart -0 attribute "$BATS_FILE_TMPDIR/run" --cpu zen2
  [[ $output == "zen2 has an L1d of 32 KiB, this machine one of 48 KiB: it is another CPU."* ]]
  [[ ${output//$'\n'/ } == *"Counts: model zen2 on constructed frames."* ]]
  fits_75_ascii
}

@test "the clock of a run is what its probe measured, else mhz_per_cpu" {
  cp -r "$BATS_FILE_TMPDIR/run" "$BATS_TEST_TMPDIR/probed"
  sed -i 's/"mhz_per_cpu": 3000,/& "probe.ghz": "4.20",/' "$BATS_TEST_TMPDIR"/probed/pass-*.json
  zpa_apart -0 attribute "$BATS_TEST_TMPDIR/probed" --cpu zen5
  [[ ${output//$'\n'/ } == *"prices of zen5 at 4.2 GHz"* && -z $errors ]]
  # One pass asks the probe, and files come in any order.
  sed -i 's/"probe.ghz": "4.20",//' "$BATS_TEST_TMPDIR"/probed/pass-01.json
  zpa_apart -0 attribute "$BATS_TEST_TMPDIR"/probed/pass-*.json --cpu zen5
  [[ ${output//$'\n'/ } == *"prices of zen5 at 4.2 GHz"* && -z $errors ]]
  zpa_apart -0 attribute "$BATS_FILE_TMPDIR/run" --cpu zen5
  [[ ${output//$'\n'/ } == *"prices of zen5 at 3 GHz"* ]]
  [[ $errors == *"mhz_per_cpu, often the nominal one"* ]]
}

@test "attribute without counters says what is missing" {
  zpa_apart -0 attribute "$BATS_FILE_TMPDIR/run"
  [[ ${output//$'\n'/ } == *"no counts; --cpu NAME takes those of this model"* ]]
}

@test "emulated runs are refused with exit code 3" {
  zpa_apart -3 attribute "$BATS_FILE_TMPDIR/emulated"
  [ -z "$output" ]
  zpa_apart -3 colours "$BATS_FILE_TMPDIR/emulated"
}

@test "bad input is one message on stderr and exit code 2" {
  sed '/"schema":/d' "$BATS_FILE_TMPDIR/run/pass-01.json" >"$BATS_FILE_TMPDIR/foreign.json"
  while IFS='|' read -r arguments part; do
    # shellcheck disable=SC2086
    zpa_apart -2 $arguments
    [ -z "$output" ]
    [ "$(printf '%s\n' "$errors" | wc -l)" -eq 1 ]
    [[ $errors == *"$part"* ]]
  done <<TABLE
attribute $BATS_FILE_TMPDIR/run --base nothing|placement 'nothing'
attribute $BATS_FILE_TMPDIR/foreign.json|not of zpbench
colours $BATS_FILE_TMPDIR/foreign.json|not of zpbench
attribute $BATS_FILE_TMPDIR/run --cpu z31|nearest: z13
attribute $BATS_FILE_TMPDIR/nowhere|nowhere
colours|either RUN (measured) or --cpu NAME
colours $BATS_FILE_TMPDIR/run --cpu z13|either RUN (measured) or --cpu NAME
colours $BATS_FILE_TMPDIR/run --table 8m|--table requires --cpu
colours --cpu z13 --table 5000|not a multiple
colours $BATS_FILE_TMPDIR/run --filter placement:private|at least two numbers
TABLE
}
