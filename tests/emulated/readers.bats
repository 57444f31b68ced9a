#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Readers on CPUs that this machine may not have: a guest with two nodes, two cores each, two threads per core.
# Its times say nothing; which CPUs read which frames does.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  needs_x86_64_guests
}

@test "cores, siblings and another node read the same frame, and the rows name their CPUs" {
  node() { echo --qemu-arg -object --qemu-arg "memory-backend-ram,id=m$1,size=512M" \
    --qemu-arg -numa --qemu-arg "node,nodeid=$1,cpus=$2,memdev=m$1"; }
  # Of AMD's CPUs, which "max" takes itself for, QEMU shows no threads.
  # shellcheck disable=SC2046 # words
  run -0 --separate-stderr "$emulate" --arch x86_64 --kernel debian:bookworm --memory 1G --cpu max,vendor=GenuineIntel --out "$TMPDIR/out" \
    --qemu-arg -smp --qemu-arg 8,sockets=2,cores=2,threads=2 $(node 0 0-3) $(node 1 4-7) -- \
    "$ZP_BIN/zpbench" --families readers --placements read_fault,ksm_single --family-table 1m \
    --filter 'readers:[24]/' --min-time 0.001 --repetitions 1 --out out/rows.json
  # What it read was one frame, and with which CPUs; or why not.
  jq -r '.benchmarks[] | (.name | sub(".*placement:(?<p>[^/]*)/.*readers:"; "\(.p) "))
    + (if .error_occurred then ": " + .error_message else ": frames \(.frames) CPUs "
      + ([keys[] | select(startswith("ns_per_read_cpu")) | ltrimstr("ns_per_read_cpu")] | join(" ")) end)' \
    "$TMPDIR/out/rows.json" | sort >"$TMPDIR/rows"
  cat "$TMPDIR/rows"
  diff "$TMPDIR/rows" - <<'ROWS'
ksm_single 2/cpus:cores: frames 1 CPUs 0 2
ksm_single 2/cpus:other_node: frames 1 CPUs 0 4
ksm_single 2/cpus:siblings: frames 1 CPUs 0 1
ksm_single 4/cpus:cores: skipped: the table's node has 2 core(s) for readers
read_fault 2/cpus:cores: frames 1 CPUs 0 2
read_fault 2/cpus:other_node: frames 1 CPUs 0 4
read_fault 2/cpus:siblings: frames 1 CPUs 0 1
read_fault 4/cpus:cores: skipped: the table's node has 2 core(s) for readers
ROWS
}
