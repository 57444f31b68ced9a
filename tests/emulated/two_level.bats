#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What KSM was given zero pages for: a guest's own coloured zero pages, merged by the host. A census of two
# levels: which of its frames the guest reads, and which of the host's lie behind them.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  KSM=/sys/kernel/mm/ksm
  [ "$(id -u)" = 0 ] || skip "needs root"
  [ -w $KSM/use_zero_pages ] || skip "needs KSM with use_zero_pages"
  TMPDIR=$BATS_TEST_TMPDIR
  export TMPDIR
  build_probe s390x
  exec 8<$KSM/run
  flock -w 60 8 || skip "another run holds the host's lock"
  [ "$(cat $KSM/run)" = 0 ] || skip "KSM runs on this host"
  for knob in use_zero_pages pages_to_scan sleep_millisecs; do saved[${#saved[@]}]="$knob $(cat $KSM/$knob)"; done
}

teardown() {
  [ -z "${guest-}" ] || { kill "$guest" 2>/dev/null; wait "$guest" || :; }
  [ ${#saved[@]} = 0 ] || {
    echo 0 >$KSM/run
    for line in "${saved[@]}"; do echo "${line#* }" >"$KSM/${line% *}"; done
  }
}

# host_frames FILE: the host's frame of every page of the guest's memory, from the guest's first page on.
host_frames() {
  local range rest start=''
  # Its memory is the one mapping of that size.
  while read -r range rest; do
    [ $((16#${range#*-} - 16#${range%-*})) != "$bytes" ] || start=$((16#${range%-*}))
  done <"/proc/$qemu/maps"
  [ -n "$start" ]
  od -An -v -t x8 -w8 -j $((start / 4096 * 8)) -N $((bytes / 4096 * 8)) "/proc/$qemu/pagemap" >"$1"
  [ "$(wc -l <"$1")" = $((bytes / 4096)) ]
}

# behind FILE: the distinct frames of the host behind the zero pages that the guest read.
behind() {
  awk 'FNR == NR {zero[$1]; next} (FNR - 1) in zero && $1 ~ /^[89a-f]/ {print substr($1, 4)}' \
    "$TMPDIR/zero" "$1" | sort -u
}

@test "s390x: the zero pages of a guest, one per colour, become one frame of the host" {
  bytes=$((256 << 20))
  "$emulate" --arch s390x --kernel debian:bookworm --memory 256M --cpu z13 --qemu-arg -machine --qemu-arg mem-merge=on \
    --add "$PROBE:work/probe" --out "$TMPDIR/out" --console "$TMPDIR/console" \
    -- sh -c '/work/probe z13 && echo probed >/dev/console && sleep 45' >"$TMPDIR/said" 2>&1 8>&- &
  guest=$!
  for ((waited = 0; waited < 1200; ++waited)); do
    grep -qs probed "$TMPDIR"/zpbench-guest.*/console.log && break
    kill -0 $guest || { cat "$TMPDIR/said"; false; }
    sleep 0.1
  done
  qemu=$(pgrep -f "qemu-system-s390x.*$TMPDIR" | while read -r pid; do
    [ "$(cat "/proc/$pid/comm")" = qemu-system-s39 ] && echo "$pid"
  done | head -1)
  host_frames "$TMPDIR/before"
  echo 1 >$KSM/use_zero_pages
  echo 100000 >$KSM/pages_to_scan
  echo 0 >$KSM/sleep_millisecs
  scans=$(cat $KSM/full_scans)
  echo 1 >$KSM/run
  for ((waited = 0; waited < 300 && $(cat $KSM/full_scans) < scans + 4; ++waited)); do sleep 0.1; done
  echo 0 >$KSM/run
  host_frames "$TMPDIR/after"
  wait $guest || { cat "$TMPDIR/said"; false; }
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
  flags=$(od -An -t x8 -j $((16#$(behind "$TMPDIR/after") * 8)) -N 8 /proc/kpageflags)
  [ $((16#${flags// /} >> 24 & 1)) = 1 ]

  # What the guest's reads then meet, by the model: the misses of one frame, not of all colours.
  sed 's/^/model of a z13, reads misses tlb_misses synonyms: /' "$TMPDIR/out/models"
  misses() { awk -v row="$1/stride:64" '$1 == row {print $3}' "$TMPDIR/out/models"; }
  [ "$(misses ksm_single)" -lt "$(misses read_fault)" ]
}
