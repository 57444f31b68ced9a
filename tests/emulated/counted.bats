#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Events that a kernel's PMU really counts, in guests whose PMU QEMU emulates: from the event's name over PAPI or
# perf to the row, and the self-test's verdict on it. arm64's counts instructions, riscv64's DTLB read misses, too;
# ppc64el's counts instructions short. And kernels with pages of 16 and 64 KiB, proven.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  cd "$TMPDIR"
}

# counting_target TARGET PROGRAM...: builds what its guests run; skips where that can't be had.
counting_target() {
  target=$1
  know_target "$target"
  command -v "$TARGET_QEMU" >/dev/null || skip "no $TARGET_QEMU: scripts/install-deps.sh --target $target"
  command -v "$TRIPLE-g++" >/dev/null || skip "no $TRIPLE-g++: scripts/install-deps.sh --target $target"
  [ -e "$BATS_FILE_TMPDIR/built-$target" ] || {
    "$repository/scripts/sysroot.sh" "$target"
    "$repository/scripts/build.sh" "$target" "${@:2}"
    touch "$BATS_FILE_TMPDIR/built-$target"
  }
}

in_guest() { # PROGRAM ARGUMENT...
  "$emulate" --arch "$target" --kernel "debian:$TARGET_SUITE" -- "$repository/build/$target/bin/$1" "${@:2}"
}

doctor() { # zpbench's arguments; the report in doctor.json
  in_guest zpbench --doctor --json "$@" >doctor.json
  jq .self_test doctor.json
}

verdict() { jq -r --arg key "$1" '.self_test[] | select(.key == $key) | .verdict' doctor.json; }

# Of the run in $directory: every row is proven, of pages of so many bytes.
proven() { # BYTES
  jq -e --arg bytes "$1" '.context | .page_size_bytes == $bytes and .byte_order == "little"' "$directory/pass-01.json"
  jq -e '[.benchmarks[] | select((.label | startswith("census: strong") | not) or .error_occurred)] == []' "$directory/pass-01.json"
  [ "$(jq '.benchmarks | length' "$directory/pass-01.json")" = 28 ]
}

# And every placement takes the same instructions, but for a factor.
proven_and_alike() { # BYTES FACTOR
  proven "$1"
  # A cell's name without the placement, and the least and most instructions a read of its placements
  jq -r '[.benchmarks[] | {cell: (.name | sub("^[^/]*/[^/]*/"; "")), instructions}] | group_by(.cell)[]
    | map(.instructions) | "\(length) \(min) \(max)"' "$directory/pass-01.json" >spread
  cat spread
  awk -v factor="$2" '$1 < 7 || !($2 >= 1) || $3 > factor * $2 {bad = 1} END {exit bad || NR != 4}' spread
  [[ $output == *"time not shown"* ]]
}

@test "arm64: PAPI counts instructions and cycles, and the self-test proves it" {
  counting_target arm64 zpbench
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
  counting_target arm64 zpbench
  doctor --counter-source perf --counters
  [ "$(verdict instructions)" = ok ]
  [ "$(verdict cycles)" = ok ]
  for key in l1d_miss l2_miss l3_miss dtlb_miss dtlb_walk; do
    [ "$(verdict $key)" = absent ]
    jq -e --arg key "counters.missing.$key" '.counters[$key] | test("does not have event 0x")' doctor.json
  done
}

@test "arm64: the matrix guest, proven; each placement takes as many instructions a read" {
  counting_target arm64 zpbench
  run_target arm64 --passes 1 --seed 3
  [[ $directory == "$PWD/results/qemu-arm64/6.1."*"-arm64/"* ]]
  jq -e '.context | ."machine.emulated" == "true" and .byte_order == "little" and ."counters.source" == "papi"
    and (."counters.missing.l1d_miss" | startswith("PAPI_L1_DCM: failed the self-test: "))
    and (."counters.self_test.instructions" | startswith("ok: 1048576 instructions: counted "))
    and (."machine.emulator" | test("^QEMU .*, machine virt, cpu cortex-a57, tcg$"))' "$directory/pass-01.json"
  jq -e '[.benchmarks[] | select(has("l1d_miss"))] == []' "$directory/pass-01.json"
  proven_and_alike 4096 1.01
}

@test "riscv64: a read of each cold page misses the DTLB once, in every placement; of warm ones none does" {
  counting_target riscv64 zpbench emulated_misses
  in_guest emulated_misses >misses
  cat misses
  # And a few of what else is read: the counter's own.
  awk '$3 != 256 || $5 < $3 || $5 > $3 + 16 || $7 > 16 {bad = 1} END {exit bad || NR != 7}' misses
}

@test "riscv64: perf counts misses, instructions and cycles, and PAPI says why it does not" {
  counting_target riscv64 zpbench emulated_misses
  doctor --counters
  [ "$(jq -r '.counters."counters.source"' doctor.json)" = perf ]
  for key in dtlb_miss instructions cycles; do [ "$(verdict $key)" = ok ]; done
  for key in l1d_miss l2_miss l3_miss; do [ "$(verdict $key)" = absent ]; done
  run --separate-stderr in_guest zpbench --doctor --counter-source papi --counters
  echo "$output $stderr"
  [[ $output$stderr == *"has no PMU of RISC-V"* ]]
}

@test "riscv64: the matrix guest, proven; each placement takes as many instructions a read" {
  counting_target riscv64 zpbench emulated_misses
  run_target riscv64 --passes 1 --seed 3
  [[ $directory == "$PWD/results/qemu-riscv64/6.12."*"-riscv64/"* ]]
  jq -e '.context | ."machine.emulated" == "true" and .byte_order == "little" and ."counters.source" == "perf"
    and (."counters.self_test.dtlb_miss" | startswith("ok: a read of each of 1024 cold pages: counted "))
    and (."machine.emulator" | test("^QEMU .*, machine virt, cpu rv64, tcg$"))' "$directory/pass-01.json"
  [[ $output == *"dTLB misses per read (emulated PMU)"* ]]
  # Its instructions are those of the kernel, too: a timer's interrupt is in some.
  proven_and_alike 4096 1.03
}

# The kernel colours no zero page: the colours of a table are those that zpbench made.
only_ours_coloured() { # the table in $output
  local placement
  for placement in read_fault ksm_zero_page; do grep -Ex " $placement +1 +1 +all +none" <<<"$output"; done
  grep -Ex ' ksm_single +1 +1 +none +all' <<<"$output"
  for placement in ksm_coloured:8 memfd_coloured:8; do grep -E "^ $placement +8 +8 " <<<"$output"; done
}

@test "arm64: pages of 16 KiB, on a core that has them" {
  counting_target arm64 zpbench
  run_target arm64 --kernel debian:trixie/arm64-16k --passes 1 --seed 3
  [[ $directory == "$PWD/results/qemu-arm64/6.12."*"-arm64-16k/"* ]]
  jq -e '.context | ."machine.emulator" | test(", machine virt, cpu neoverse-n1, tcg$")' "$directory/pass-01.json"
  proven 16384
  only_ours_coloured
}

@test "ppc64el: pages of 64 KiB, proven; instructions are withheld where QEMU counts them short" {
  counting_target ppc64el zpbench
  run_target ppc64el --passes 1 --seed 3
  [[ $directory == "$PWD/results/qemu-ppc64el/6.1."*"-powerpc64le/"* ]]
  jq -e '.context | ."machine.emulator" | test("^QEMU .*, machine pseries, cpu power9, tcg$")' "$directory/pass-01.json"
  only_ours_coloured
  # QEMU 7.2 leaves out code that is not left by a branch within its page of 4 KiB (mended in later ones).
  case $(jq -r '.context."counters.self_test.instructions"' "$directory/pass-01.json") in
    implausible:*)
      proven 65536
      jq -e '.context."counters.missing.instructions" | startswith("PAPI_TOT_INS: failed the self-test: ")' "$directory/pass-01.json"
      jq -e '[.benchmarks[] | select(has("instructions"))] == []' "$directory/pass-01.json"
      ;;
    ok:*) proven_and_alike 65536 1.03 ;;
    *) false ;;
  esac
  # libpfm4 and the kernel know POWER9's events, the emulated PMU counts none of them.
  for key in l1d_miss l2_miss l3_miss dtlb_miss; do
    jq -e --arg key "counters.self_test.$key" '.context[$key] | startswith("zero: a read of each of 1024 cold pages: counted 0")' "$directory/pass-01.json"
  done
  jq -e '[.benchmarks[] | select(has("l1d_miss") or has("dtlb_miss"))] == []' "$directory/pass-01.json"
}
