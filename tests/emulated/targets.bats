#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# run-matrix.sh --target: one guest of each architecture, from the command to the proven table.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  cd "$TMPDIR"
}

@test "s390x: coloured zero pages, proven; the table has no time" {
  run_target s390x --passes 1 --seed 3
  [[ $directory == "$PWD/results/qemu-s390x/6.1."*"-s390x/"* ]]
  jq -e '.schema == "zpbench-run-1" and .state == "complete" and .arch == "s390x" and .matrix == "guest"
    and (.command | startswith("scripts/run-matrix.sh --target s390x --kernel debian:bookworm "))' "$directory/manifest.json"
  jq -r '.passes[] | "\(.sha256)  \(.file)"' "$directory/manifest.json" | (cd "$directory" && sha256sum -c --quiet)
  jq -e '.context | ."machine.emulated" == "true" and .byte_order == "big" and ."zero_page.colours" == "128"
    and (."machine.emulator" | test("^QEMU .*, machine s390-ccw-virtio, cpu max, tcg$"))' "$directory/pass-01.json"
  jq -e '[.benchmarks[] | select((.label | startswith("census: strong") | not) or .error_occurred)] == []' "$directory/pass-01.json"
  [[ $output == *"time not shown"* && $output != *"ns per read"* ]]
  grep -Ex ' read_fault +128 +128 +all +none' <<<"$output"
  grep -Ex ' ksm_single +1 +1 +none +all' <<<"$output"
  grep -Ex ' ksm_zero_page +128 +128 +all +none' <<<"$output"
  grep -Ex ' ksm_coloured:8 +8 +8 +none +all' <<<"$output"
}

@test "mips64el: one zero page, proven" {
  run_target mips64el --passes 1
  [[ $directory == "$PWD/results/qemu-mips64el/6.1."*"-5kc-malta/"* ]]
  jq -e '.context | ."machine.emulated" == "true" and .byte_order == "little"
    and (."machine.emulator" | test(", machine malta, cpu 5KEc, tcg$"))' "$directory/pass-01.json"
  grep -Ex ' read_fault +1 +1 +all +none' <<<"$output"
  grep -Ex ' ksm_single +1 +1 +none +all' <<<"$output"
}

@test "what is wrong is said before a guest starts" {
  refused() { # STATUS WORDS ARGUMENT...
    run --separate-stderr "$repository/scripts/run-matrix.sh" --bin "$ZP_BIN" --out results "${@:3}"
    echo "$stderr"
    [ "$status" = "$1" ]
    [[ $stderr == "run-matrix.sh: "*"$2"* ]]
    [ "${#stderr_lines[@]}" = 1 ]
    [ -z "$output" ]
    [ ! -e results ]
  }
  refused 2 "--target 'vax'" --target vax
  refused 2 "--target 'ssh:'" --target ssh:
  refused 2 "are for guests" --kernel debian:bookworm
  refused 2 "are for guests" --target ssh:nobody --trace
  refused 2 "--memory 5X: write a size" --target s390x --memory 5X --dry-run
  refused 2 "cannot read the kernel /nonexistent" --target s390x --kernel /nonexistent
  refused 2 "/etc/passwd is not a kernel image" --target mips64el --kernel debian:bookworm --kernel /etc/passwd
  refused 2 "--kernel vce is for --target mips64el" --target s390x --kernel vce
}

@test "--resume is for no guest" {
  run -2 --separate-stderr "$repository/scripts/run-matrix.sh" --bin "$ZP_BIN" --target s390x --resume x
  [[ $stderr == "run-matrix.sh: --resume is for runs on this machine or over ssh" ]]
}

@test "--dry-run says what would be booted" {
  "$repository/scripts/run-matrix.sh" --target mips64el --kernel vce --kernel debian:bookworm --passes 2 --dry-run >out
  grep -q "would boot each 2 times, with the matrix guest: vce debian:bookworm" out
}
