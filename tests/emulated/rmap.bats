#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the kernel pays to move one frame to another node, by the pages and the mappings that share it. The guest has
# two nodes with memory, and one CPU whose clock is the instructions that it executed (-icount): 1 ns is one of them.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  needs_x86_64_guests
}

# cost PLACEMENT SHARERS VMAS: instructions that one frame takes
cost() { awk -v cell="$1 $2 $3" '$1 " " $2 " " $3 == cell {print int($4)}' "$TMPDIR/rows"; }

@test "a KSM frame is moved at a price per mapping, the zero page has none and stays" {
  node() { echo --qemu-arg -object --qemu-arg "memory-backend-ram,id=m$1,size=512M" \
    --qemu-arg -numa --qemu-arg "node,nodeid=$1,memdev=m$1$2"; }
  # shellcheck disable=SC2046 # words
  run -0 --separate-stderr "$emulate" --arch x86_64 --kernel debian:bookworm --memory 1G --out "$TMPDIR/out" \
    --qemu-arg -icount --qemu-arg shift=0,sleep=off $(node 0 ,cpus=0) $(node 1 '') -- \
    "$ZP_BIN/zpbench" --families rmap --filter 'way:migrate' --repetitions 1 --out out/rows.json
  jq -e '.context["numa.nodes"] == "2"' "$TMPDIR/out/rows.json"
  jq -e '[.benchmarks[] | select(.error_occurred)] == []' "$TMPDIR/out/rows.json"
  jq -r '.benchmarks[] | (.name | capture("placement:(?<p>[^/]*)/sharers:(?<s>[^/]*)/vmas:(?<v>[^/]*)/")) as $n
    | "\($n.p) \($n.s) \($n.v) \(.ns_per_frame) \(.taken_frames) of \(.walked_frames)"' "$TMPDIR/out/rows.json" >"$TMPDIR/rows"
  cat "$TMPDIR/rows"
  [ "$(cut -d' ' -f1-3,5- "$TMPDIR/rows" | sort)" = "ksm_nonzero 2 1 4 of 4
ksm_nonzero 2 20000 4 of 4
ksm_nonzero 256 1 4 of 4
ksm_nonzero 256 20000 4 of 4
private 1 1 4 of 4
private 1 20000 4 of 4
read_fault 256 1 0 of 4
read_fault 256 20000 0 of 4" ]
  # One mapping looked up, or none: no matter how many there are.
  [ "$(cost private 1 20000)" -lt $((2 * $(cost private 1 1))) ]
  [ "$(cost read_fault 256 20000)" -lt $((2 * $(cost read_fault 256 1))) ]
  [ "$(cost read_fault 256 1)" -lt "$(cost private 1 1)" ]
  # Of a KSM frame all mappings are walked, for each page that shares it.
  [ "$(cost ksm_nonzero 2 20000)" -gt $((50 * $(cost ksm_nonzero 2 1))) ]
  [ "$(cost ksm_nonzero 256 20000)" -gt $((64 * $(cost ksm_nonzero 2 20000))) ]
}
