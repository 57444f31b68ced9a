#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Events that a kernel's PMU really counts, in a guest whose PMU QEMU emulates: from the event's name over PAPI or
# perf to the row, and the self-test's verdict on it.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  TMPDIR=$BATS_TEST_TMPDIR
  export TMPDIR
  cd "$TMPDIR"
  know_target arm64
  command -v "$TARGET_QEMU" >/dev/null || skip "no $TARGET_QEMU: scripts/install-deps.sh --target arm64"
  command -v "$TRIPLE-g++" >/dev/null || skip "no $TRIPLE-g++: scripts/install-deps.sh --target arm64"
  [ -e "$BATS_FILE_TMPDIR/built" ] || {
    "$repository/scripts/sysroot.sh" arm64
    "$repository/scripts/build.sh" arm64 zpbench
    touch "$BATS_FILE_TMPDIR/built"
  }
}

doctor() { # zpbench's arguments; the report in doctor.json
  "$emulate" --arch arm64 --kernel debian:bookworm -- "$repository/build/arm64/bin/zpbench" --doctor --json "$@" >doctor.json
  jq .self_test doctor.json
}

verdict() { jq -r --arg key "$1" '.self_test[] | select(.key == $key) | .verdict' doctor.json; }

@test "arm64: PAPI counts instructions and cycles, and the self-test proves it" {
  doctor --counter-source papi --counters PAPI_TOT_INS,PAPI_TOT_CYC,PAPI_L1_DCM
  [ "$(jq -r '.counters."counters.source"' doctor.json)" = papi ]
  [ "$(verdict PAPI_TOT_INS)" = ok ]
  [ "$(verdict PAPI_TOT_CYC)" = ok ]
  # 4096 blocks of 256, and the little that is around them
  jq -e '.self_test[] | select(.key == "PAPI_TOT_INS") | .counted >= 1048576 and .counted < 1.05 * 1048576' doctor.json
  # PAPI offers it and the kernel opens it, but this PMU has no such event.
  [ "$(verdict PAPI_L1_DCM)" = zero ]
  jq -e '.self_test[] | select(.key == "PAPI_L1_DCM") | .counted == 0 and .expected == 1024' doctor.json
}

@test "arm64: perf counts the same, and what the PMU does not have is absent" {
  doctor --counter-source perf --counters
  [ "$(verdict instructions)" = ok ]
  [ "$(verdict cycles)" = ok ]
  for key in l1d_miss l2_miss l3_miss dtlb_miss dtlb_walk; do
    [ "$(verdict $key)" = absent ]
    jq -e --arg key "counters.missing.$key" '.counters[$key] | test("does not have event 0x")' doctor.json
  done
}

@test "arm64: the matrix guest, proven; each placement takes as many instructions a read" {
  run_target arm64 --passes 1 --seed 3
  [[ $directory == "$PWD/results/qemu-arm64/6.1."*"-arm64/"* ]]
  jq -e '.context | ."machine.emulated" == "true" and .byte_order == "little" and ."counters.source" == "papi"
    and (."counters.missing.l1d_miss" | startswith("PAPI_L1_DCM: failed the self-test: "))
    and (."counters.self_test.instructions" | startswith("ok: 1048576 instructions: counted "))
    and (."machine.emulator" | test("^QEMU .*, machine virt, cpu cortex-a57, tcg$"))' "$directory/pass-01.json"
  jq -e '[.benchmarks[] | select((.label | startswith("census: strong") | not) or .error_occurred)] == []' "$directory/pass-01.json"
  jq -e '[.benchmarks[] | select(has("l1d_miss"))] == []' "$directory/pass-01.json"
  # A cell's name without the placement, and the least and most instructions a read of its placements
  jq -r '[.benchmarks[] | {cell: (.name | sub("^[^/]*/[^/]*/"; "")), instructions}] | group_by(.cell)[]
    | map(.instructions) | "\(length) \(min) \(max)"' "$directory/pass-01.json" >spread
  cat spread
  awk '$1 < 7 || !($2 >= 1) || $3 > 1.01 * $2 {bad = 1} END {exit bad || NR != 4}' spread
  [[ $output == *"time not shown"* ]]
}
