#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# zpbench --probe, on this machine and on described ones.

setup() { load ../lib/host; work_setup; }

# A sanitizer takes terabytes of address space for itself.
plain_build() (ulimit -v 4000000; exec "$ZPBENCH" --version) >/dev/null 2>&1

@test "a simulated CPU is found again: the block, the rows and the description" {
  "$ZPBENCH" --probe --simulate zen5 --out rows.json --cpu-file found.cpu >block 2>err
  grep -q '^Rule  *utag' block
  grep -q '^Bits  *12^27 13^26 14^25 15^20 16^21 17^22 18^23 19^24 28-31$' block
  [ "$(wc -l <block)" -le 25 ]
  awk 'length($0) > 75 {exit 1}' block
  jq -e '[.benchmarks[] | select(.name | startswith("probe/figure:bit")) | select(.probe_counts == 1)] | length == 20' rows.json
  jq -e '.benchmarks[] | select(.name == "probe/figure:synonym") | .probe_cycles > 13.9 and .probe_cycles < 14.1' rows.json
  jq -e '.benchmarks[] | select(.name == "probe/figure:overlap_shuffled_walks") | .probe_cycles > 9.8 and .probe_cycles < 10' rows.json
  grep -q '^l1d.utag_bits .*12^27.*,28,29,30,31 ' found.cpu
  grep -q '^overlap.shuffled_walk_cycles  *9.9[0-9-]*\.[0-9]*  *probe$' found.cpu
  # What was written is a CPU that can be modelled, and probed, which gives the same again.
  local analyse=${ZPBENCH%/*}/zpanalyze
  [ ! -x "$analyse" ] || "$analyse" model --cpu found.cpu | grep -q '^ *read_fault' # not cross-built
  "$ZPBENCH" --probe --simulate ./found.cpu | sed -n '/^Rule/,/^Seen/p' | diff - <(sed -n '/^Rule/,/^Seen/p' block)
}

@test "rows of a simulated CPU are that CPU's, and nothing of this machine" {
  "$ZPBENCH" --probe --simulate zen3 --out rows.json >/dev/null 2>&1
  jq -e '.context | .["cpu.model"] == "simulated zen3" and .["machine.emulated"] == "true" and .["probe.simulated"] == "true"' rows.json
  jq -r '.context | keys[]' rows.json >keys
  run ! grep -E '^(boot\.|host\.|kernel\.|arch$|cache\.|ksm|thp|cpu\.family)' keys
  "$ZPBENCH" --probe --simulate zen3 --json | jq -e '.context["cpu.model"] == "simulated zen3"'
}

@test "noise does not make it wrong" {
  "$ZPBENCH" --probe --simulate z13 --noise 20%,5% >block
  grep -Eq '^Rule  *(exclusive|can.t tell)' block
}

@test "this machine: a block, or the reason" {
  run "$ZPBENCH" --probe
  [ "$status" = 0 ] || [ "$status" = 4 ]
  [ "$status" = 4 ] || grep -q '^Rule ' <<<"$output"
}

# bats test_tags=measures
@test "a run begins with it, and --doctor shows it, unless --no-probe is given" {
  free_lock
  run_of() { "$ZPBENCH" -q --placements read_fault --tables 1m --strides 4096 --walks sequential --offsets fixed --repetitions 1 --min-time 0.001 --json "$@"; }
  run_of | jq -e '.context | has("probe.rule") and has("probe.ghz") or has("probe.missing")'
  run_of --no-probe | jq -e '.context | keys | all(startswith("probe.") | not)'
  "$ZPBENCH" --doctor | grep -q '^  probe\.\(rule\|missing\) '
  "$ZPBENCH" --doctor --no-probe | not grep -qi probe
}

# bats test_tags=measures
@test "the kit's program takes no arguments, and says what could not be written" {
  refuses 2 "$KIT" --help
  [ "$stderr" = "zpprobe: takes no arguments" ]
  run --separate-stderr sh -c '"$KIT" >/dev/full'
  [ "$status" = 4 ] || [[ $status:$stderr == "2:zpprobe: cannot write to standard output: No space left on device" ]]
}

# bats test_tags=measures
@test "the kit's program prints what others wrote as ASCII that acts on nothing" {
  ZP_EMULATOR=$'a, \e[31mx\xff' refuses 4 "$KIT"
  [[ $stderr == 'zpprobe: an emulator (\x1b[31mx\xff, seen by: ZP_EMULATOR) runs this: '* ]]
}

# bats test_tags=measures
@test "what a container forbids: the reason where nothing can be said, else a block that says what is missing" {
  refuses 4 "$DENY" memfd_create=1 "$ZPBENCH" --probe
  [[ $stderr == *"no memfd"*seccomp* ]]
  if [ "$(nproc)" -gt 1 ]; then
    "$DENY" sched_setaffinity=1 "$ZPBENCH" --probe >block
    grep -q '^Rule ' block
    tr -s '\n ' ' ' <block | grep -q 'Missing one CPU to stay on (sched_setaffinity: Operation not permitted)'
  fi
  taskset -c "$(taskset -cp $$ | sed 's/.*[:, -]//')" "$ZPBENCH" --probe >block
  grep -q '^Rule ' block
  run ! grep -q '^Missing *one CPU' block
}

# bats test_tags=measures
@test "little address space: the reason and exit status 4, or a block" {
  plain_build || skip "a sanitizer wants more address space than these limits"
  for kib in 30000 60000 90000 150000 400000 4000000; do
    status=0
    (ulimit -v $kib; exec "$ZPBENCH" --probe) >block 2>err || status=$?
    case $status in
      0) grep -q '^Rule ' block ;;
      4) [ "$(wc -l <err)" = 1 ] && [ ! -s block ] ;;
      127) ;;  # the program itself can't be loaded
      *) echo "$kib: $status"; cat err; false ;;
    esac
  done
}

# bats test_tags=measures
@test "nobody without a home, /proc or /sys gets the same block" {
  [ "$(id -u)" = 0 ] || skip "needs root to leave it"
  mkdir -p box/lib box/lib64 box/usr && chmod 755 box
  cp "$ZPBENCH" box/zpbench
  ldd "$ZPBENCH" | awk '$3 ~ /^\// {print $3} $1 ~ /^\// {print $1}' | while read -r library; do
    mkdir -p "box$(dirname "$library")" && cp -L "$library" "box$library"
  done
  plain_build || skip "a sanitizer wants /proc"
  inside() { unshare --net --ipc --uts chroot --userspec=65534:65534 box /zpbench --probe; }
  inside >first || { [ $? = 125 ] && skip "no unshare or chroot here"; }
  inside >second
  tr -s '\n ' ' ' <first | grep -q "Huge pages can't tell: no /sys/kernel/mm/transparent_hugepage"
  grep -q '^Rule ' first
  # What is measured anew each time is left out: cycles, and how many random pairs agreed.
  rule() { sed -n '/^Rule/,/^Cycles/p' "$1" | sed '/^Cycles/d; s/[0-9]* of [0-9]* random.*//'; }
  diff <(rule first) <(rule second)
}

@test "bad input gets one line and exit status 2" {
  while read -r arguments; do
    # shellcheck disable=SC2086
    refuses 2 "$ZPBENCH" $arguments
  done <<'LIST'
--probe --simulate zen9
--simulate zen5
--cpu-file x.cpu
--probe --noise 20%
--probe --simulate zen5 --noise 200%
--probe --simulate zen5 --out twice --cpu-file ./twice
--probe=slowly
--probe --list
LIST
}
