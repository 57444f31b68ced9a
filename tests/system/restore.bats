#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# On the real KSM: every knob is as it was, byte for byte, however a run ends.

setup() { load ../lib/host; knobs_setup; }
teardown() { knobs_teardown; }

# Makes a table, merges it and times it, in this order: some seconds.
long=(--placements ksm_single,ksm_coloured:8,huge_zero,memfd_coloured:2 --tables 256m --strides 4096 --walks sequential --offsets fixed
      --threads 1,2 --repetitions 1 --min-time 2)

changed() { [ "$(cat $KSM/sleep_millisecs)" = 0 ] && [ -s /run/zpbench/journal ]; }
as_before() { [ "$(knobs)" = "$before" ]; }

@test "after a run" {
  zpbench --placements ksm_single,ksm_default,ksm_zero_page,ksm_coloured:8,huge_private,memfd_coloured:1 \
    --tables 16m --strides 4096 --walks sequential --offsets fixed --repetitions 1 --min-time 0.01 --out run.json >lines
  jq -e '.benchmarks | length == 6 and all(has("error_occurred") | not)' run.json
  jq -e '[.benchmarks[] | select(.name | test("ksm_single/")) | .frames] == [1]' run.json
  [ "$(knobs)" = "$before" ]
  [ ! -e /run/zpbench ]
}

# Every signal that ends a process and can be caught, batch systems' and resource limits' among them.
@test "after every signal at random moments" {
  for signal in INT TERM HUP QUIT USR1 USR2 ALRM XCPU PROF VTALRM IO PWR RTMIN RTMAX; do
    start_zpbench "${long[@]}" --seed "$RANDOM" --out run.json
    delay=$((RANDOM % 1500))
    sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
    kill -s "$signal" "$pid"
    status=0
    wait "$pid" || status=$?
    echo "$signal after $delay ms: $status"
    cat background
    [ "$status" = $((128 + $(kill -l "$signal"))) ]
    [ "$(grep -c '^zpbench: interrupted after .* knobs are as before$' background)" = 1 ]
    [ "$(knobs)" = "$before" ]
    [ ! -e /run/zpbench ]
    [ ! -e run.json ]
    rm -f run.json.interrupted
  done
}

# The repetitions that are left are skipped before their loops; the library wants as many iterations of them.
@test "after a signal between the repetitions of a cell" {
  start_zpbench -q --placements ksm_single --tables 1m --strides 4096 --walks sequential --offsets fixed \
    --repetitions 60 --min-time 0.05 --out run.json
  wait_until changed
  sleep 1
  kill -s TERM "$pid"
  status=0
  wait "$pid" || status=$?
  cat background
  [ "$status" = 143 ]
  [ "$(knobs)" = "$before" ]
  [ ! -e /run/zpbench ]
  [ ! -e run.json ]
}

@test "after signal upon signal" {
  start_zpbench "${long[@]}" --filter ksm_single
  wait_until changed
  sleep 0.5
  for _ in {1..40}; do kill -INT "$pid" 2>/dev/null || break; sleep 0.005; done
  status=0
  wait "$pid" || status=$?
  cat background
  [ "$status" = 130 ]
  [ "$(knobs)" = "$before" ]
}

@test "after its reader has gone" {
  zpbench --placements ksm_single,private,ksm_default --tables 16m --strides 64,256,4096 --walks sequential --offsets fixed --repetitions 1 \
    --min-time 0.01 | head -n 1 >first
  [ -s first ]
  [ "$(knobs)" = "$before" ]
}

@test "after SIGKILL and --restore" {
  start_zpbench "${long[@]}" --filter ksm
  wait_until changed
  sleep "0.$((RANDOM % 9))"
  changed
  kill -9 "$pid"
  wait "$pid" || :
  zpbench --restore >said
  cat said
  grep -q '^restored [1-9][0-9]* knobs$' said
  [ "$(knobs)" = "$before" ]
  [ ! -e /run/zpbench ]
  [ "$(zpbench --restore)" = "nothing to restore" ]
}

@test "after SIGKILL and the next start" {
  start_zpbench "${long[@]}" --filter ksm
  wait_until changed
  kill -9 "$pid"
  wait "$pid" || :
  # Without the privilege to put them back there is no measuring meanwhile.
  if can_be_nobody; then
    public_directory
    status=0
    as_nobody "$public/zpbench" --placements private --tables 1m --strides 64 --walks sequential --offsets fixed >/dev/null 2>refused || status=$?
    rm -rf "$public"
    cat refused
    [ "$status" = 4 ]
    [ "$(wc -l <refused)" = 1 ]
  fi
  zpbench --placements private --tables 1m --strides 64 --walks sequential --offsets fixed --repetitions 1 --min-time 0.001 >/dev/null 2>said
  cat said
  grep -q '^zpbench: put back [1-9][0-9]* knobs that a killed run left changed$' said
  [ "$(knobs)" = "$before" ]
}

@test "--doctor says of a journal what --restore says" {
  unshare -m true || skip "needs mount namespaces"
  unshare -m bash -c 'mount -t tmpfs none /run && mkdir -m 700 /run/zpbench && echo x >/run/zpbench/journal
    "$ZPBENCH" --restore 2>refused; "$ZPBENCH" --doctor >doctor'
  cat refused doctor
  grep -q '^zpbench: /run/zpbench/journal: not a journal of this version; remove it by hand$' refused
  grep -q '^/run/zpbench/journal: not a journal of this version; remove it by hand$' doctor
  ! grep -q 'puts them back' doctor
}

@test "what a killed test wrote itself is put back" {
  bash -c '
    bats_require_minimum_version() { :; }
    . "$TOP/tests/lib/host.bash"
    BATS_TEST_TMPDIR=$(mktemp -d -p "$PWD")
    before=$(knobs)
    keep_knobs
    host_locked sh -c "echo 0 >$KSM/sleep_millisecs; echo 1 >$KSM/run; echo never >$THP/enabled"
    [ "$(knobs)" != "$before" ]
    echo $? >changed
    kill -9 $$' || :
  [ "$(cat changed)" = 0 ]
  wait_until as_before
}
