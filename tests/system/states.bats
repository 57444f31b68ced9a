#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every state that a host's knobs can be in is a state to start from, and to be left as found.

setup() { load ../lib/host; knobs_setup; }
teardown() {
  kill ${neighbour-} ${holder-} 2>/dev/null || :
  knobs_teardown
}

# starts KNOB VALUE...: with the knobs at those values a run measures, proves and leaves them.
starts() {
  local state
  while [ $# -gt 0 ]; do
    [ -w "$1" ] || { echo "no $1 here"; return 0; }
    host_locked sh -c "echo $2 >$1"
    shift 2
  done
  state=$(knobs)
  zpbench --placements ksm_single,ksm_zero_page,huge_zero,private --tables 2m --strides 4096 --walks sequential --offsets fixed --repetitions 1 \
    --min-time 0.002 --json >run.json
  jq -e '.benchmarks | length == 4 and all(has("error_occurred") | not)' run.json || { cat run.json; return 1; }
  [ "$(knobs)" = "$state" ]
  [ ! -e /run/zpbench ]
}

@test "ksm/run is 0, 1 or 2" {
  for run in 0 1 2; do starts $KSM/run $run; done
}

@test "smart_scan off and on, use_zero_pages on, the advisor on" {
  starts $KSM/smart_scan 0
  starts $KSM/smart_scan 1
  starts $KSM/use_zero_pages 1 $KSM/run 1
  starts $KSM/use_zero_pages 0 $KSM/run 0 $KSM/advisor_mode scan-time
}

# Neither limit of sharing can be written while anything is merged.
@test "ksmd's pace and limits: ksmtuned's, the least, the most" {
  starts $KSM/sleep_millisecs 0 $KSM/pages_to_scan 1 $KSM/run 1
  starts $KSM/sleep_millisecs 4294967295 $KSM/pages_to_scan 2147483647 $KSM/run 0
  host_locked sh -c "echo 2 >$KSM/run; echo 0 >$KSM/run"
  starts $KSM/max_page_sharing 2
  starts $KSM/max_page_sharing 2147483647 $KSM/merge_across_nodes 0 $KSM/run 1
  # What only zpbench sets, without its lock or journal: said, and left.
  starts $KSM/max_page_sharing 1073741824 2>said
  grep -q 'max_page_sharing is 1073741824, as zpbench sets it' said
  starts $KSM/max_page_sharing 256 $KSM/merge_across_nodes 1 $KSM/run 2
}

@test "vm.max_map_count at the usual least, and at the most" {
  starts /proc/sys/vm/max_map_count 65530
  starts /proc/sys/vm/max_map_count 2147483647
}

@test "transparent huge pages always, madvise and never, with their zero page and without" {
  for mode in always madvise never; do
    for zero in 1 0; do starts $THP/enabled $mode $THP/use_zero_page $zero; done
  done
  # Only what needs huge pages by a fault or khugepaged says that they are let.
  says_so() { "$ZPBENCH" --dry-run --families "$1" --filter "$2" | grep -q "$THP/enabled (now never"; }
  for cells in 'collapse way:khugepaged' 'guest huge_pages:1'; do says_so $cells; done
  for cells in 'collapse way:madvise' 'guest huge_pages:0'; do run ! says_so $cells; done
  zpbench --families collapse --filter 'read_fault.*way:madvise' --family-table 4m --json >run.json
  jq -e '.benchmarks | length == 1 and all((has("error_occurred") | not) and .refused_huge_pages == 0)' run.json
}

# Since Linux 6.8 each size of them has a file; the smaller ones have the flag of a huge page, too.
@test "huge pages of 64 KiB are not huge pages" {
  size=$(($(cat $THP/hpage_pmd_size 2>/dev/null || echo 0) / 1024))
  sized=$THP/hugepages-${size}kB/enabled small=$THP/hugepages-64kB/enabled
  [ -w "$sized" ] && [ -w "$small" ] && [ "$sized" != "$small" ] || skip "huge pages of one size"
  host_locked sh -c "echo never >$sized; echo madvise >$small"
  "$ZPBENCH" --doctor >doctor || :
  grep -A2 huge_private doctor | tr -s '\n ' ' ' | grep -q "huge pages of this size are off"
  zpbench --placements huge_private,private --tables 4m --strides 4096 --walks dependent --offsets fixed \
    --repetitions 1 --min-time 0.002 --json >run.json
  jq -e '[.benchmarks[] | select(.name | test("huge_private"))] | length == 1 and
    all(.error_message | startswith("skipped: huge_private: huge pages of this size are off"))' run.json
  jq -e '[.benchmarks[] | select(.name | test("placement:private|^private"))] | all(has("error_occurred") | not)' run.json
}

# What a table maps is small frames also where shared memory is given huge ones.
@test "shared memory with huge pages of its own" {
  [ -w $THP/shmem_enabled ] || skip "no huge pages of shared memory"
  host_locked sh -c "echo always >$THP/shmem_enabled"
  zpbench --placements memfd_coloured:1,memfd_coloured:512,memfd_coloured:2048,shmem_hole --tables 16m --strides 4096 \
    --walks sequential --offsets fixed --repetitions 1 --min-time 0.002 --json >run.json
  jq -e '.benchmarks | length == 4 and all((has("error_occurred") | not) and .huge_share == 0)' run.json
}

# refused OPTION...: a run with ksmd set running while it times.
refused() {
  start_zpbench --placements ksm_single "$@" --out run.json
  # Once it is timed: merged, and ksmd stopped.
  timed() { [ "$(cat $KSM/run)$(cat $KSM/sleep_millisecs)" = 00 ] && [ "$(cat $KSM/pages_sharing)" -gt 4000 ]; }
  wait_until timed
  sleep 0.5
  echo 1 >$KSM/run
  status=0
  wait "$pid" || status=$?
  cat background
  [ "$status" = 1 ]
  jq -e '.benchmarks | any(.error_occurred and (.error_message | test("somebody else set .*/run to 1")))' run.json
  [ "$(knobs)" = "$before" ]
}

@test "ksmd set running by somebody else: rows of its tables are refused" {
  refused --tables 16m --strides 4096 --walks sequential --offsets fixed --repetitions 3 --min-time 2
}

@test "so are rows of families that read them" {
  refused --families kernels --family-table 16m --filter 'loop:sum$' --repetitions 1 --min-time 1
}

@test "a foreign process with 60 000 mappings costs --doctor no time" {
  alone=$(took_us "$ZPBENCH" --doctor)
  mkfifo fifo
  sleep 60 >fifo 3>&- &
  holder=$!
  "$NEIGHBOUR" 60000 <fifo >ready 3>&- &
  neighbour=$!
  wait_until test -s ready
  took=$(took_us "$ZPBENCH" --doctor)
  kill "$neighbour" "$holder"
  echo "$took us, $alone us without it"
  [ "$took" -lt $((2 * alone)) ]
  tr -s "\n " " " <printed | grep -q "memory of [^;]*$neighbour ("
}
