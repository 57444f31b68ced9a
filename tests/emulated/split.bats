#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Huge pages that are moved to another node, and reclaimed in a control group (v2): which are split, and where their
# pages of zeros go. The guest has two nodes with memory.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  cd "$TMPDIR" || return
  needs_x86_64_guests
}

@test "a huge page is moved whole, split where a part is mapped, reclaimed as the shrinker may" {
  node() { echo --qemu-arg -object --qemu-arg "memory-backend-ram,id=m$1,size=512M" \
    --qemu-arg -numa --qemu-arg "node,nodeid=$1,memdev=m$1$2"; }
  # shellcheck disable=SC2046 # words
  run --separate-stderr "$emulate" --arch x86_64 --kernel debian:trixie --memory 1G --out out \
    $(node 0 ,cpus=0) $(node 1 '') --add "$ZP_BIN/zpbench:work/zpbench" -- \
    sh -c 'find /sys/fs/cgroup -type d >out/before
      ./zpbench --families split --filter "use_zero_pages:0/.*way:(dontneed_)?(move_pages|reclaim)" \
        --family-table 8m --repetitions 1 --out out/rows.json || exit
      find /sys/fs/cgroup -type d >out/after'
  echo "$output $stderr"
  [ "$status" != 4 ] || skip "${stderr_lines[-1]}"
  [ "$status" = 0 ]
  diff out/before out/after
  jq -e '[.benchmarks[] | select(.error_occurred)] == []' out/rows.json
  # Of 2048 pages those of zeros are 2044; of a part mapped the last one of each huge page is given up.
  jq -r '.benchmarks[] | (.name | capture("shrink_underused:(?<s>.)/(max_ptes_none:(?<p>[^/]*)/)?way:(?<w>[^/]*)")) as $n
    | "\($n.w) \($n.s) \($n.p // "-") \(.huge_share) \(.zero_pages) \(.moved_pages // "-")"' out/rows.json | sort >rows
  cat rows
  [ "$(cat rows)" = "dontneed_move_pages 0 - 0 2044 0
dontneed_move_pages 1 - 0 2044 0
dontneed_reclaim 0 - 0 2044 -
dontneed_reclaim 1 - 0 2044 -
move_pages 0 - 1 0 2048
move_pages 1 - 1 0 2048
reclaim 0 all_but_one 1 0 -
reclaim 0 four_fifths 1 0 -
reclaim 1 all_but_one 1 0 -
reclaim 1 four_fifths 0 2044 -" ]
}
