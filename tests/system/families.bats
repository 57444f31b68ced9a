#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The families on the real KSM: however a run ends, knobs are as they were and no guest is left.

setup() { load ../lib/host; knobs_setup; }
teardown() { knobs_teardown; }

# QEMU processes that this test's zpbench has started.
guests() { pgrep -P "$pid" qemu-system || :; }

has_guest() { guest=$(guests); [ -n "$guest" ]; }

can_boot_guests() {
  zpbench --families guest --filter 'use_zero_pages:1/huge_pages:0' --guest-kernel "${1:-}" --out once.json >said ||
    status=$?
  cat said
  ! grep -q 'skipped:' said || skip "$(sed -n 's/.*skipped: //p' said)"
}

@test "an unknown family is refused with those that are known" {
  run -2 --separate-stderr zpbench --families safety,nosuch --list
  [[ $stderr = "zpbench: unknown family 'nosuch'; there are read, "* ]]
}

@test "a family whose tables do not fit into its control group is skipped with the reason" {
  group=/sys/fs/cgroup/memory/zpbench-test-$$
  mkdir "$group" 2>/dev/null && [ -e "$group/memory.limit_in_bytes" ] || skip "no control group of memory (v1) can be made"
  # Room for safety (96 MiB), too little for cow (324). A sanitizer that keeps freed memory (up
  # to 256 MiB) would fill the group; without it 56 MiB are used at most.
  export ASAN_OPTIONS=quarantine_size_mb=0:thread_local_quarantine_size_kb=0
  echo 300M >"$group/memory.limit_in_bytes"
  status=0
  sh -c "echo \$\$ >$group/cgroup.procs; exec \"\$0\" \"\$@\"" "$ZPBENCH" --no-probe --families cow,safety --filter 'cow/.*:ksm_single|safety/use_zero_pages:0/mode:merged' \
    >out || status=$?
  rmdir "$group"
  cat out
  [ "$status" = 0 ]  # of two cells one is measured
  grep -A1 "^cow/" out | grep -q "skipped: needs .* MiB of memory, .* MiB is available"
  [ "$(grep -c '^    skipped:' out)" = 1 ]  # the closing table says it once more
}

@test "what is not a kernel is skipped with the reason" {
  run -4 --separate-stderr zpbench --families guest --filter 'huge_pages:0' --guest-kernel /bin/true
  [[ $output = *"skipped: guest kernel /bin/true: no kernel image of x86_64 or s390x"* ]]
  [ "$(knobs)" = "$before" ]
}

@test "without QEMU the guest is skipped with the reason" {
  mkdir bin
  PATH=$PWD/bin run -4 "$ZPBENCH" --no-probe --families guest --filter 'use_zero_pages:1/huge_pages:0'
  [[ $output = *"skipped: no guest kernel"* ]]
}

@test "on one node numa is skipped with the reason" {
  [ "$(find /sys/devices/system/node -maxdepth 1 -name 'node[0-9]*' | wc -l)" -lt 2 ] || skip "there are two"
  run -4 --separate-stderr zpbench --families numa
  [[ $output = *"skipped: this machine has 1 NUMA node with CPUs; it takes 2"* ]]
  [ "$(knobs)" = "$before" ]
}

@test "a guest's zero pages follow the knob; its knobs are restored" {
  can_boot_guests
  jq -e '.benchmarks | length == 1 and .[0].zero_pages > 10000 and
         .[0].zero_on_zero_page > 0.95 * .[0].zero_pages' once.json
  [ "$(knobs)" = "$before" ]
  [ ! -e /run/zpbench ]
}

@test "a guest does not outlive SIGINT or SIGTERM" {
  can_boot_guests
  for signal in INT TERM; do
    start_zpbench --families guest --filter 'use_zero_pages:1'
    wait_until has_guest
    sleep "0.$((RANDOM % 9))"
    kill -s "$signal" "$pid"
    status=0
    wait "$pid" || status=$?
    cat background
    case $signal in INT) [ "$status" = 130 ] ;; *) [ "$status" = 143 ] ;; esac
    wait_until not test -e "/proc/$guest"
    [ "$(knobs)" = "$before" ]
    [ ! -e /run/zpbench ]
  done
}

@test "a guest does not outlive SIGKILL, and --restore puts knobs back" {
  can_boot_guests
  start_zpbench --families guest --filter 'use_zero_pages:1'
  wait_until has_guest
  kill -9 "$pid"
  wait "$pid" || :
  wait_until not test -e "/proc/$guest"
  zpbench --restore
  [ "$(knobs)" = "$before" ]
  [ ! -e /run/zpbench ]
}

# ends_once READY JOURNALED ARGS...: a run with these ARGS gets SIGINT, and another SIGKILL and --restore, once the
# command READY succeeds; the journal then has a line of JOURNALED, if that is not "".
ends_once() {
  local ready=$1 journaled=$2 signal
  shift 2
  for signal in INT KILL; do
    start_zpbench "$@"
    wait_until $ready
    kill -s "$signal" "$pid"
    status=0
    wait "$pid" || status=$?
    cat background
    if [ "$signal" = KILL ]; then
      [ -z "$journaled" ] || grep -q "^$journaled=" /run/zpbench/journal
      zpbench --restore
    else
      [ "$status" = 130 ]
    fi
    [ "$(knobs)" = "$before" ]
    [ ! -e /run/zpbench ]
  done
}

# ends SECONDS ARGUMENT...: knobs are as before after SIGINT, and after SIGKILL and --restore, so long after the start.
ends() {
  ends_once "sleep $1" '' "${@:2}"
}

@test "safety after SIGINT, and after SIGKILL and --restore" {
  ends "1.$((RANDOM % 9))" --families safety
}

@test "scan after SIGINT, and after SIGKILL and --restore" {
  ends "0.$((3 + RANDOM % 6))" --families scan --filter 'mode:advisor|contents:unique'
}

@test "split after SIGINT, and after SIGKILL and --restore" {
  ends "0.$((1 + RANDOM % 9))" --families split --repetitions 20
}

khugepaged_hurries() { [ "$(cat $THP/khugepaged/scan_sleep_millisecs)" = 10 ]; }

@test "khugepaged is as before after SIGINT, and after SIGKILL and --restore" {
  [ -w $THP/khugepaged/max_ptes_none ] || skip "this kernel has no khugepaged"
  not khugepaged_hurries || skip "khugepaged is in a hurry already"
  ends_once khugepaged_hurries thp.khugepaged.scan_sleep_millisecs --families collapse --filter 'placement:read_fault'
}

has_own_group() { grep -q "/zpbench-$pid\$" "/proc/$pid/cgroup"; }

can_reclaim() {
  zpbench --families split --filter 'way:dontneed_reclaim' --family-table 8m --repetitions 1 --out once.json >said || [ $? = 4 ]
  ! grep -q 'skipped:' said || skip "$(sed -n '/skipped:/{s/.*skipped: //p;q}' said)"
}

@test "a control group of zpbench's own is gone after SIGINT, and after SIGKILL and --restore" {
  can_reclaim
  ends_once has_own_group group.memory --families split --filter way:dontneed_reclaim --repetitions 100
}

@test "on one node no huge page is moved, and the reason is given" {
  [ "$(find /sys/devices/system/node -maxdepth 1 -name 'node[0-9]*' | wc -l)" -lt 2 ] || skip "there are two"
  run -4 --separate-stderr zpbench --families split --filter way:move_pages
  [[ $output = *"skipped: this machine has 1 NUMA node with memory; to move a huge page takes 2"* ]]
}

has_swap_more() { [ "$(awk '{print $1}' /proc/swaps)" != "$swaps" ]; }

@test "a swap area of zpbench's own is gone after SIGINT, and after SIGKILL and --restore" {
  [ -w /sys/class/zram-control/hot_remove ] || skip "this kernel has no zram"
  swaps=$(awk '{print $1}' /proc/swaps)
  ends_once has_swap_more swap.zram --families swap --filter way:zram --repetitions 100
}

@test "zeros reach no swap device where the kernel has the zeromap; the swap of the host is as before" {
  [ -w /sys/class/zram-control/hot_remove ] || skip "this kernel has no zram"
  grep -q '^swpout_zero' /proc/vmstat || skip "this kernel has no zeromap (Linux 6.12)"
  zpbench --families swap --filter way:zram --family-table 8m --repetitions 1 --out swap.json >lines
  cat lines
  jq -e '[.benchmarks[] | select(.name | test("contents:zero/")) | .device_pages == 0 and .pswpout == 0 and .swpout_zero > 0] == [true]' swap.json
  jq -e '[.benchmarks[] | select(.name | test("contents:(one_word|nonzero)/")) | .device_pages == .pswpout and .pswpout > 0] == [true, true]' swap.json
  [ "$(knobs)" = "$before" ]
  [ ! -e /run/zpbench ]
}
