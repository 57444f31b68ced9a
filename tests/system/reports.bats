#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The reproducers of docs/reports.

setup() {
  load ../lib/host
  cd "$BATS_TEST_TMPDIR" || return
  for file in "$TOP"/docs/reports/*.c; do
    cc -O2 -Wall -Wextra -Werror -o "$(basename "$file" .c)" "$file"
  done
}

teardown() { [ -z "${pid-}" ] || kill "$pid" 2>/dev/null || :; }

@test "ksm_zero_pages_fork: the control is right, and the knobs are as before" {
  needs_root_and_ksm
  free_lock
  [ "$(cat $KSM/run)" = 0 ] || skip "KSM is in use here"
  [ "$(sed 's/.*\[\(.*\)\].*/\1/' $KSM/advisor_mode 2>/dev/null || echo none)" = none ] || skip "the advisor is on"
  before=$(knobs)
  status=0
  host_locked ./ksm_zero_pages_fork 20 >out || status=$?
  cat out
  [ "$(knobs)" = "$before" ]
  if [ "$status" = 4 ]; then skip "can't run here"; fi
  [ "$status" -le 1 ]
  [ "$(wc -l <out)" = 8 ]
  # Without a fork nothing is miscounted.
  grep -q 'while ksmd merges: written to only *0 forks: +0$' out
  # What the exit status says is what the lines say.
  [ "$status" = "$(grep -qv 'forks: +0$' <(tail -n +2 out) && echo 1 || echo 0)" ]
}

@test "ksm_zero_pages_fork: after a signal the knobs are as before" {
  needs_root_and_ksm
  free_lock
  [ "$(cat $KSM/run)" = 0 ] || skip "KSM is in use here"
  before=$(knobs)
  for signal in TERM INT USR1; do
    host_locked timeout --preserve-status -s $signal 0.3 ./ksm_zero_pages_fork 100000 >out || status=$?
    cat out
    [ "$status" = 4 ] && skip "can't run here"
    [ "$status" = $((128 + $(kill -l $signal))) ]
    [ "$(knobs)" = "$before" ]
  done
}

@test "ksm_zero_pages_fork without rights: one line and exit status 4" {
  [ -e $KSM/ksm_zero_pages ] || skip "no ksm_zero_pages"
  can_be_nobody || skip "nobody (uid 65534) can run no program here"
  chmod 755 . ksm_zero_pages_fork
  dir=$(mktemp -d)
  chmod 755 "$dir"
  cp ksm_zero_pages_fork "$dir"
  run --separate-stderr as_nobody "$dir/ksm_zero_pages_fork"
  rm -r "$dir"
  [ "$status" = 4 ]
  [ "${#stderr_lines[@]}" = 1 ]
}
