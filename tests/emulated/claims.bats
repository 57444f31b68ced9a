#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The claims (docs/claims.md) in a guest: every family but `guest`, the safety of merging with swap, too.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  cd "$TMPDIR" || return
}

@test "s390x: no cell fails its proof; swapping, every account comes back" {
  run_target s390x --matrix claims --swap 128M
  jq -e '[.benchmarks[] | select(.error_occurred and (.error_message | startswith("skipped: ") | not))] == []' \
    "$directory/pass-01.json"
  jq -e '[.benchmarks[].name | split("/")[0]] | unique
    == ["cow", "fault", "metadata", "numa", "safety", "scan", "toggle", "unmerge"]' "$directory/pass-01.json"
  jq -e '[.benchmarks[] | select(.name | test("mode:pressure")) | .leaks == 0 and .swapped_out_pages > 0] == [true, true]' \
    "$directory/pass-01.json"
  "$ZP_BIN/zpanalyze" report --claims "$directory" >claims.md
  grep -Fx '| [safety](#safety) | refuted |' claims.md
  grep -Fx '| [unmerge](#unmerge) | depends |' claims.md # 6.1 can't take the zero page away again
}
