#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# run-matrix.sh --target with several kernels, boots and --trace.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  cd "$TMPDIR"
}

@test "several kernels: a run each, boots in ABBA order, compared without time; every read traced" {
  run -0 --separate-stderr "$repository/scripts/run-matrix.sh" --target s390x --out results --passes 2 --trace \
    --kernel debian:bookworm --kernel debian:trixie --memory 768M --cpu z14
  [ "$(grep -o 'pass . of 2: .*' <<<"$stderr" | tr '\n' ';')" = \
    "pass 1 of 2: debian:bookworm;pass 1 of 2: debian:trixie;pass 2 of 2: debian:trixie;pass 2 of 2: debian:bookworm;" ]
  [ "$(grep -c 'reads, frames, L1D and synonym misses as above in 28 of 28 cells (z196, z13)' <<<"$output")" = 2 ]
  [[ $output == *"Time not compared: emulated."*"112 of 112 figures"* ]]
  [[ ${lines[-2]} == "$PWD/results/qemu-s390x/6.1."* && ${lines[-1]} == "$PWD/results/qemu-s390x/6.12."* ]]
  [ "$(ls "${lines[-1]}" | tr '\n' ' ')" = "manifest.json pass-01.json pass-01.trace.jsonl pass-02.json pass-02.trace.jsonl " ]
  jq -e '.context["machine.type"] == "3906"' "${lines[-1]}/pass-02.json"
}

@test "interrupted, no guest is left and the run says so" {
  # Not ignored, whatever this was started by.
  env --default-signal=INT "$repository/scripts/run-matrix.sh" --target mips64el --out results --passes 9 >out 2>err &
  pid=$!
  until grep -q 'pass 2 of 9' err; do kill -0 $pid; sleep 0.1; done
  sleep 1
  kill -INT $pid
  status=0
  wait $pid || status=$?
  cat err
  [ "$status" = 130 ]
  [ "$(guests_left)" = 0 ]
  jq -e '.state == "interrupted" and (.passes | length) == 1' results/*/*/*/manifest.json
  ! compgen -G "$TMPDIR/zpbench-*"
}
