#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The debates (docs/debates.md) in a guest with coloured zero pages: each row a figure or a reason, and the guest's
# knobs, swap and control groups as they were found, also where zpbench was killed.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  cd "$TMPDIR" || return
}

@test "s390x: a verdict, or a reason" {
  run_target s390x --matrix debates --swap 128M
  jq -e '[.benchmarks[] | select(.error_occurred and (.error_message | startswith("skipped: ") | not))] == []' \
    "$directory/pass-01.json"
  jq -e '[.benchmarks[] | select(.error_occurred | not) | .name | split("/")[0]] | unique == ["pin", "rmap", "swap"]' \
    "$directory/pass-01.json"
  "$ZP_BIN/zpanalyze" report --debates "$directory" >page.md
  cat page.md
  # 6.1 has no zeromap: zeros are written to the swap device as other pages are.
  for verdict in 'zeromap refuted' 'benchmark confirmed' 'own_frame confirmed' 'pin confirmed' 'held confirmed' 'lock confirmed'; do
    set -- $verdict
    grep -Fx "| [$1](#$1) | $2 |" page.md
  done
  run ! grep -E ': no data\*\*: *$' page.md
}

# What zpbench changes, as the guest has it. Counts and the CPUs' own figures change by themselves.
cat_state='state() {
  grep -s "" /sys/kernel/mm/ksm/run /sys/kernel/mm/ksm/pages_to_scan /sys/kernel/mm/ksm/sleep_millisecs \
    /sys/kernel/mm/ksm/use_zero_pages /sys/kernel/mm/ksm/max_page_sharing /sys/kernel/mm/ksm/merge_across_nodes \
    /proc/sys/vm/max_map_count /proc/sys/vm/swappiness
  awk "{print \$1, \$3, \$5}" /proc/swaps
  find /sys/fs/cgroup -type d
}'

@test "s390x: knobs, swap and groups are as before, after SIGKILL by --restore" {
  know_target s390x
  command -v "$TARGET_QEMU" >/dev/null || skip "no $TARGET_QEMU: scripts/install-deps.sh --target s390x"
  local zpbench=$repository/build/s390x/bin/zpbench
  [ -x "$zpbench" ] || skip "no $zpbench: scripts/build.sh s390x zpbench"
  run --separate-stderr "$emulate" --arch s390x --kernel debian:bookworm --swap 128M --out out --add "$zpbench:work/zpbench" -- \
    sh -c "$cat_state"'
      measure() { exec ./zpbench --matrix guest-debates --family-table 4m "$@"; }
      state >out/before
      (measure --families swap,pin --out out/rows.json) || exit
      state >out/after
      measure --filter pin/placement:ksm_single/way:mlock/ --repetitions 99 --out out/none.json &
      pid=$!
      waited=0
      while state | cmp -s - out/before && [ $waited -lt 60 ]; do sleep 1; waited=$((waited + 1)); done
      kill -9 $pid
      wait $pid
      state >out/killed
      ./zpbench --restore
      state >out/restored'
  echo "$output $stderr"
  [ "$status" = 0 ]
  cat out/before
  [ "$(wc -l <out/before)" -ge 8 ]
  diff out/before out/after
  run ! diff out/before out/killed
  diff out/before out/restored
}
