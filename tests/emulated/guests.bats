#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Real kernels in real guests: what they do with zero pages, and how a guest ends that goes wrong.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  build_probe s390x
  s390x=(--arch s390x --kernel debian:bookworm)
}

# As a failure leaves it: no QEMU, no working directory, one console log that is named in the message.
console_kept() {
  [ "$(guests_left)" = 0 ]
  ! compgen -G "$TMPDIR/zpbench-guest.*"
  [ -f "$TMPDIR"/zpbench-console.*.log ]
  [[ $stderr == *"$(echo "$TMPDIR"/zpbench-console.*.log)"* ]]
}

@test "s390x as a z13 with 512M: 64 colours, and the kernel sees a 2964" {
  run -0 --separate-stderr "$emulate" "${s390x[@]}" --memory 512M --cpu z13 --add "$PROBE:work/probe" \
    -- sh -c 'grep -o "machine = .*" /proc/cpuinfo; echo "$ZP_EMULATOR"; "$@"' x /work/probe
  [ "${lines[0]}" = "machine = 2964" ]
  [[ ${lines[1]} == "QEMU "*", machine s390-ccw-virtio, cpu z13, tcg" ]]
  grep 'read_fault pages 4096 frames 64 period 64' <<<"$output"
}

@test "exit status, both streams and files come back as they were" {
  run --separate-stderr "$emulate" "${s390x[@]}" --out "$TMPDIR/out" --console "$TMPDIR/console" -- sh -c '
    echo printed; echo complained >&2
    head -c 300000 /dev/urandom >out/random; mkdir "out/a b"; : >"out/a b/empty"
    sha256sum out/random; exit 255'
  [ "$status" = 255 ]
  [ "${lines[0]}" = printed ]
  [ "$stderr" = complained ]
  [ "${lines[1]%% *}" = "$(sha256sum <"$TMPDIR/out/random" | cut -d' ' -f1)" ]
  [ -f "$TMPDIR/out/a b/empty" ]
  grep -q "Linux version 6.1" "$TMPDIR/console"
  [ "$(guests_left)" = 0 ]
}

@test "a program for another machine is refused before a guest starts" {
  run -2 --separate-stderr "$emulate" "${s390x[@]}" -- "$(command -v ls)"
  [[ $stderr == *"is a program for x86_64, not for s390x"* ]]
}

@test "a kernel panic is reported" {
  run -1 --separate-stderr "$emulate" "${s390x[@]}" -- sh -c 'echo c >/proc/sysrq-trigger'
  [[ $stderr == *"the kernel crashed"*"sysrq triggered crash"* ]]
  console_kept
}

@test "a crash of the command is reported, and what it left is there" {
  run -139 --separate-stderr "$emulate" "${s390x[@]}" --out "$TMPDIR/out" -- sh -c 'echo pass-1 >out/f; kill -SEGV $$'
  [[ $stderr == *"the command exited with 139, or signal 11 killed it"* ]]
  [ "$(cat "$TMPDIR/out/f")" = pass-1 ]
  console_kept
}

@test "a kernel that takes no initramfs is reported" {
  run -4 --separate-stderr "$emulate" "${s390x[@]}" --append rdinit=/nonexistent -- true
  [[ $stderr == *"did not take the initramfs"* ]]
  console_kept
}

@test "too little memory is reported" {
  run -4 --separate-stderr "$emulate" "${s390x[@]}" --memory 32M -- true
  [[ $stderr == *"too little memory for this kernel (--memory 32M)"* ]]
  console_kept
}

@test "a command that does not end is ended, with the console log kept" {
  run -1 --separate-stderr "$emulate" "${s390x[@]}" --timeout 8 -- sleep 1000
  [[ $stderr == *"had not ended after 8 s"* ]]
  console_kept
}

@test "a guest that does not reach /init is ended" {
  run -1 --separate-stderr "$emulate" "${s390x[@]}" --boot-timeout 1 -- true
  [[ $stderr == *"did not reach /init within 1 s"* ]]
  console_kept
}

@test "guests side by side do not meet" {
  local n
  for n in 1 2 3; do
    "$emulate" "${s390x[@]}" --out "$TMPDIR/out$n" -- sh -c "echo $n; echo $n >out/n" >"$TMPDIR/stdout$n" &
  done
  wait
  for n in 1 2 3; do
    [ "$(cat "$TMPDIR/stdout$n")" = $n ]
    [ "$(cat "$TMPDIR/out$n/n")" = $n ]
  done
}

@test "ended by a signal, no guest is left, and no output" {
  local signal
  for signal in INT TERM KILL; do
    # A shell starts background jobs with SIGINT ignored, and what it was itself started with ignored stays so.
    env --default-signal=INT "$emulate" "${s390x[@]}" --out "$TMPDIR/out" -- sleep 1000 &
    local pid=$! waited=0
    until [ "$(guests_left)" -ge 1 ]; do sleep 0.1; waited=$((waited + 1)); [ $waited -lt 600 ]; done
    kill -$signal $pid
    run wait $pid
    waited=0
    until [ "$(guests_left)" = 0 ]; do sleep 0.1; waited=$((waited + 1)); [ $waited -lt 600 ]; done
    [ ! -e "$TMPDIR/out" ]
  done
}

# traced CPU ARGUMENT...: the plugin's pages, frames and reads are those of the guest's own pagemap, and the
# model that it fed counts what the one that ran in the guest counts.
traced() {
  build_plugin
  local cpu=$1
  shift
  run -0 --separate-stderr "$emulate" "$@" --out "$TMPDIR/out" --trace "$TMPDIR/trace" --model "$cpu" -- "$PROBE" "$cpu"
  [ "$(wc -l <"$TMPDIR/trace")" = 9 ] # three placements, three strides
  [ "$(wc -l <"$TMPDIR/trace.pairs")" = $((9 * 4096)) ]
  cmp <(sort "$TMPDIR/trace.pairs") <(sort "$TMPDIR/out/pairs")
  jq -r '[.name, (.models[0] | .reads, .misses[], .tlb_misses[], .synonym_misses)] | join(" ")' "$TMPDIR/trace" |
    diff - "$TMPDIR/out/models"
}

@test "s390x traced as a z13: every page, frame, read and miss as the guest has them" {
  traced z13 "${s390x[@]}"
  grep -x 'read_fault pages 4096 frames 128 period 128 ksm 0 zero 4096' <<<"$output"
  grep -x 'ksm_single pages 4096 frames 1 period 1 ksm 4096 zero 0' <<<"$output"
  grep -x 'ksm_zero_page pages 4096 frames 128 period 128 ksm 0 zero 4096' <<<"$output"
  grep '"ksm_single/stride:64".*"reads": 1048576, "other_reads": 0,.*"frames": 1,' "$TMPDIR/trace"
  grep '"ksm_zero_page/stride:64".*"reads": 1048576, "other_reads": 0,.*"frames": 128,' "$TMPDIR/trace"
}

@test "mips64el traced as a 74K: every page, frame, read and miss as the guest has them" {
  build_probe mips64el
  traced 74k --arch mips64el --kernel debian:bookworm
  grep -x 'read_fault pages 4096 frames 1 period 1 ksm 0 zero 4096' <<<"$output"
  grep -x 'ksm_single pages 4096 frames 1 period 1 ksm 4096 zero 0' <<<"$output"
  grep -x 'ksm_zero_page pages 4096 frames 1 period 1 ksm 0 zero 4096' <<<"$output"
  grep '"ksm_zero_page/stride:64".*"reads": 1048576, "other_reads": 0,.*"frames": 1,' "$TMPDIR/trace"
}

@test "a CPU without a model is refused" {
  build_plugin
  run -2 --separate-stderr "$emulate" "${s390x[@]}" --trace "$TMPDIR/trace" --model z99 -- true
  [[ $stderr == *"no model of CPU 'z99'"* ]]
}
