#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What KSM was given zero pages for: a guest's own coloured zero pages, merged by the host. A census of two
# levels: which of its frames the guest reads, and which of the host's lie behind them.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  export ZPBENCH=$ZP_BIN/zpbench
  load ../lib/host
  needs_root_and_ksm
  [ -w $KSM/use_zero_pages ] || skip "needs KSM with use_zero_pages"
  build_probe s390x
  knobs_setup
  [ "$(cat $KSM/run)" = 0 ] || skip "KSM runs on this host"
  exec {lock}<"$LOCKED"
  flock -w 60 "$lock" || skip "host lock held by PID $(lock_holders)"
}

teardown() {
  [ -z "${guest-}" ] || { kill "$guest" 2>/dev/null; wait "$guest" || :; }
  [ -z "${lock-}" ] || exec {lock}<&-
  knobs_teardown
}

# The guest ends with this test, even a killed one: whoever puts the knobs back does not wait for it.
start_guest() {
  setpriv --pdeathsig TERM "$emulate" --arch s390x --kernel debian:bookworm --memory 256M --cpu z13 \
    --qemu-arg -machine --qemu-arg mem-merge=on --add "$PROBE:work/probe" --out "$TMPDIR/out" --console "$TMPDIR/console" \
    -- sh -c '/work/probe z196 && echo probed >/dev/console && sleep 5' >"$TMPDIR/said" 2>&1 3>&- {lock}<&- {kept}>&- &
  guest=$!
}

# The guest, stopped right after it has probed: its pages then stay as they are.
stop_guest() {
  local pid
  for ((waited = 0; waited < 1200; ++waited)); do
    grep -qs probed "$TMPDIR"/zpbench-guest.*/console.log && break
    kill -0 "$guest" || { cat "$TMPDIR/said"; return 1; }
    sleep 0.1
  done
  for pid in $(pgrep -f "qemu-system-s390x.*$TMPDIR"); do
    [ "$(cat "/proc/$pid/comm")" != qemu-system-s39 ] || qemu=$pid
  done
  kill -STOP "$qemu"
}

# As long as a page needs: it is merged when its checksum was the same in two scans.
merge_on_the_host() {
  local scans waited
  scans=$(cat $KSM/full_scans)
  echo 1 >$KSM/use_zero_pages
  echo 10000 >$KSM/pages_to_scan
  echo 0 >$KSM/sleep_millisecs
  echo 1 >$KSM/run
  for ((waited = 0; waited < 300 && $(cat $KSM/full_scans) < scans + 4; ++waited)); do sleep 0.1; done
  echo 0 >$KSM/run
}

# words FILE FIRST COUNT: 64-bit words of a file of /proc that is too long to be read from its start.
words() { dd "if=$1" bs=8 "skip=$2" "count=$3" status=none | od -An -v -t x8 -w8; }

# host_frames FILE: the host's frame of every page of the guest's memory, from the guest's first page on.
host_frames() {
  local range rest start=''
  # Its memory is the one mapping of that size.
  while read -r range rest; do
    [ $((16#${range#*-} - 16#${range%-*})) != "$bytes" ] || start=$((16#${range%-*}))
  done <"/proc/$qemu/maps"
  [ -n "$start" ]
  words "/proc/$qemu/pagemap" $((start / 4096)) $((bytes / 4096)) | tr -d ' ' >"$1"
  [ "$(wc -l <"$1")" = $((bytes / 4096)) ]
}

# behind FILE: the distinct frames of the host behind the zero pages that the guest read.
behind() {
  awk 'FNR == NR {zero[$1]; next} (FNR - 1) in zero && $1 ~ /^[89a-f]/ {print substr($1, 4)}' \
    "$TMPDIR/zero" "$1" | sort -u
}

@test "s390x: the zero pages of a guest, one per colour, become one frame of the host" {
  bytes=$((256 << 20))
  start_guest
  stop_guest
  host_frames "$TMPDIR/before"
  merge_on_the_host
  host_frames "$TMPDIR/after"
  kill -CONT "$qemu"
  wait "$guest" || { cat "$TMPDIR/said"; false; }
  guest=''

  cat "$TMPDIR/said"
  awk '$1 == "read_fault/stride:64" {print $3}' "$TMPDIR/out/pairs" | sort -u >"$TMPDIR/zero"
  colours=$(wc -l <"$TMPDIR/zero")
  grep -qx "read_fault pages 4096 frames $colours period $colours ksm 0 zero 4096" "$TMPDIR/said"
  echo "guest: $colours zero pages; host: $(behind "$TMPDIR/before" | wc -l) frames before, $(behind "$TMPDIR/after" | wc -l) after"
  [ "$colours" -gt 1 ]
  [ "$(behind "$TMPDIR/before" | wc -l)" = "$colours" ]
  [ "$(behind "$TMPDIR/after" | wc -l)" = 1 ]
  # And that one is the host's own zero page (KPF_ZERO_PAGE).
  flags=$(words /proc/kpageflags $((16#$(behind "$TMPDIR/after"))) 1)
  [ $((16#${flags// /} >> 24 & 1)) = 1 ]

  # What the guest's reads then meet, by the model of a CPU with synonyms in bits 12 and 13: with its 32 colours
  # L1 has every line where it is read, with one frame behind them all none.
  sed 's/^/model of a z196, reads misses tlb_misses synonyms: /' "$TMPDIR/out/models"
  misses() { awk -v row="$1/stride:256" '$1 == row {print $3}' "$TMPDIR/out/models"; }
  [ "$(misses read_fault)" = $((colours * 16)) ]
  [ "$(misses ksm_single)" = $((4096 * 16 * 4)) ]
}
