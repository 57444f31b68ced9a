#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command line of zpbench.

setup() { load ../lib/host; work_setup; }

@test "what is printed for people fits 75 columns of ASCII" {
  for action in --help --version --doctor --dry-run --dry-run\ --matrix\ {full,claims,ancestor}; do
    # shellcheck disable=SC2086
    "$ZPBENCH" $action >out
    [ -s out ]
    fits_75_columns <out
  done
}

@test "--list prints a name a line, as JSON the same cells" {
  "$ZPBENCH" --list >names
  "$ZPBENCH" --list --json | jq -r '.[].name' | diff - names
  [ "$(grep -cvE '^(read|latency)(/(placement|table|stride|walk|offset|share|node|threads):[a-z0-9_:]+)+$' names)" = 0 ]
  [ -z "$(sort names | uniq -d)" ]
  "$ZPBENCH" --list --filter 'stride:64/' >some
  [ "$(wc -l <some)" -lt "$(wc -l <names)" ]
  "$ZPBENCH" --list --json --nodes 0 --threads 2 | jq -e 'all(.node == 0 and .threads == 2)'
  # Every part of a name, or two cells look alike.
  "$ZPBENCH" --list --json --strides 4096 --offsets fixed,rotated --threads 2 --shares split,whole --families read,toggle |
    jq -e 'map(del(.name)) | length == (unique | length)'
}

@test "the order is the seed's and the pass's" {
  "$ZPBENCH" --list --seed 5 --pass 1 >a
  "$ZPBENCH" --list --seed 5 --pass 1 | cmp a
  "$ZPBENCH" --list --seed 5 --pass 2 >b
  not cmp -s a b
  diff <(sort a) <(sort b)
}

@test "passes after the first leave out what is measured once, unless nothing else is left" {
  options=(--families read,numa --placements private --once '^(numa|latency)/' --list)
  "$ZPBENCH" "${options[@]}" >first
  "$ZPBENCH" "${options[@]}" --pass 2 >second
  grep -q '^numa/' first
  diff <(grep '^read/' first | sort) <(sort second)
  "$ZPBENCH" "${options[@]}" --filter '^numa/' --pass 2 | cmp - <(grep '^numa/' first)
  "$ZPBENCH" --matrix claims --pass 2 --list | cut -d/ -f1 | sort -u | diff - <(printf '%s\n' cow fault latency read scan)
}

@test "bad input gets one line and exit status 2, and leaves nothing" {
  before=$(knobs)
  echo 'strides 64' >bad.matrix
  mkdir empty
  : >exists
  while read -r arguments; do
    [ -n "$arguments" ] || continue
    refuses 2 eval "\"\$ZPBENCH\" $arguments"
    [[ $stderr == zpbench:* ]]
  done <<'EOF'
    --placements no_such
    --model z99 --list
    --colours many --list
    --guest-kernel= --list
    --benchmark_out= --list
    --filter= --list
    --list --out new.json
    --doctor --out new.json
    --doctor 1 --out new.json
    --restore --out new.json
    --restore --json
    --restore --matrix full
    --probe --tables 1m
    --doctor --filter x
    --doctor 1 --counters none
    --counters list --benchmark_repetitions=3
    --restore --benchmark_context=a=b
    --counters list --json
    --counters list --out new.json
    --dry-run --json
    --dry-run --benchmark_format=json
    --dry-run --out exists
    --benchmark_context=cpu.model=Fake
    --benchmark_context=lab=1,date=today --list
    --benchmark_context=a=1 --benchmark_context=a=2 --list
    --benchmark_context==1 --list
    --benchmark_context=a --list
    --benchmark_context=a=1,b=2=3 --list
    --counters no_such --dry-run
    --strides 128m --tables 64m
    --doctor ''
    --probe ''
    --out ''
    --threads 17 --tables 64k --strides 4096 --placements private
    --filter nothing_is_called_that
    --matrix bad.matrix
    --benchmark_context=broken
    --placements private --out exists
    --placements private --out empty
    --placements private --out no/such/directory.json
    --placements private --out /proc/new.json
EOF
  [ "$(ls -A | sort | tr '\n' ' ')" = "bad.matrix empty exists " ]
  [ ! -s exists ]
  [ "$(knobs)" = "$before" ]
}

@test "what a matrix asks for and a table or this machine cannot have is said, and the rest measured" {
  printf 'placements = memfd_coloured\ncolours = 8,64\nstrides = 64\n[a]\ntables = 64k\n[b]\ntables = 1m\n' >blocks.matrix
  [ "$(getconf PAGESIZE)" = 4096 ] || skip "tables of 4 KiB pages"
  run --separate-stderr "$ZPBENCH" --matrix blocks.matrix --list
  [ "${#lines[@]}" = 3 ]
  [ "$stderr" = "zpbench: 1 cell is left out: a table of 64 KiB has 16 pages, too few for 64 colours" ]
  run --separate-stderr "$ZPBENCH" --matrix blocks.matrix --list --tables 64k --placements memfd_coloured:64
  [ "$status" = 2 ]
  [ "$stderr" = "zpbench: these lists leave no cell; 1 cell is left out: a table of 64 KiB has 16 pages, too few for 64 colours (see zpbench --list)" ]
  unshare -m true 2>/dev/null || skip "needs mount namespaces"
  mkdir none
  without_caches() { unshare -m sh -c 'mount --bind none /sys/devices/system/cpu/cpu0/cache && exec "$0" "$@"' "$ZPBENCH" "$@"; }
  run --separate-stderr without_caches --placements private --list --tables l1,64k,l3
  [[ $status:$output == 0:*/table:65536/* ]]
  [ "$stderr" = "zpbench: tables l1, l3 are left out: this machine does not say how large that cache is" ]
  without_caches --matrix full --list 2>/dev/null | grep -q /table:67108864/
  run --separate-stderr without_caches --placements private --list --tables l2
  [ "$status:$stderr" = "2:zpbench: tables l2: this machine does not say how large its caches are" ]
}

@test "--doctor says which CPUs share a core" {
  unshare -m true 2>/dev/null || skip "needs mount namespaces"
  [ "$(taskset -c 0,1 nproc)" = 2 ] && [ -e /sys/devices/system/cpu/cpu1/topology/thread_siblings_list ] || skip "needs CPUs 0 and 1"
  # on CORES COMMAND...: 0-1 for one core, 0 for a core each.
  on() {
    echo "$1" >cores
    unshare -m sh -c 'for list in /sys/devices/system/cpu/cpu*/topology/thread_siblings_list; do mount --bind cores "$list"; done
      exec taskset -c 0,1 "$@"' sh "$ZPBENCH" "${@:2}"
  }
  on 0-1 --doctor >doctor
  fits_75_columns <doctor
  grep -q '^Warning: the node has 1 core(s), and CPUs 0 and 1 share one: in rows' doctor
  on 0-1 --doctor --json | jq -e '.warnings.shared_cores | test("CPUs 0 and 1 share one")'
  on 0 --doctor --json | jq -e '.warnings | has("shared_cores") | not'
}

@test "what a list has twice counts once" {
  [ "$("$ZPBENCH" --list --families toggle,cow,toggle | sort | uniq -d)" = "" ]
  "$ZPBENCH" --model z13,z13 --list | cmp - <("$ZPBENCH" --list)
  "$ZPBENCH" --dry-run --tables 1m --out new.json | grep -qx 'results     new.json'
  [ ! -e new.json ]
}

# bats test_tags=measures
@test "a table with one page to merge says so at once" {
  needs_root_and_ksm
  page=$(getconf PAGESIZE)
  zpbench --families metadata,toggle,scan --family-table $((2 * page)) --filter '^(metadata|toggle)/|zero:50/.*zero_pages:0/.*plain' \
    --repetitions 1 --counters none --out two.json >two || [ $? = 4 ]
  grep -q 'skipped: a table of .* has one page that is to be merged, and no other like it' two
  run --separate-stderr zpbench --families metadata,toggle --family-table "$page" --filter 'toggle|placement:ksm_single' \
    --repetitions 1 --counters none
  [ "$status" = 4 ]
  [[ $stderr == *"has one page that is to be merged, and no other like it: use a larger --family-table (3 cells)"* ]]
}

@test "what cannot be had here is exit status 4 with the reason" {
  run -4 --separate-stderr zpbench --placements private --tables 4t --strides 4096 --out never.json
  [[ $output == *"skipped: private of 4 TiB needs "*" available: use smaller --tables"* ]]
  [ ! -e never.json ]
}

@test "no byte of an option, a matrix or a path acts on the terminal" {
  printf 'placements = \e[31mx\n' >esc.matrix
  printf '\0\a = 1\n' >nul.matrix
  for arguments in "--matrix esc.matrix" "--matrix nul.matrix" $'--placements \e[31mx' $'--nosuch\a' $'--placements private --tables \x9b1m' \
      $'--placements private --out no/\e[31mx'; do
    # shellcheck disable=SC2086
    run -2 "$ZPBENCH" -q $arguments
    [[ $output == *\\x* ]]
    not grep -qP '[^ -~]' <<<"$output"
  done
}

@test "NO_COLOR, --no-colour and a pipe keep colours away" {
  command -v script >/dev/null || skip "needs script(1)"
  cell="'$ZPBENCH' -q --no-probe --placements private --tables 4t --strides 4096"
  escape=$'\033['
  on_terminal() { for _ in {1..60}; do TERM=xterm script -qec "$1" /dev/null </dev/null >typed || :; grep -q 'holds the lock on' typed || break; sleep 1; done; }
  on_terminal "$cell"
  grep -qF "${escape}31m" typed
  on_terminal "NO_COLOR=1 $cell"
  not grep -qF "$escape" typed
  on_terminal "$cell --no-colour"
  not grep -qF "$escape" typed
  on_terminal "$cell --no-color"
  not grep -qF "$escape" typed
  on_terminal "TERM=dumb $cell"
  not grep -qF "$escape" typed
  on_terminal "TERM=dumb ${cell/ -q/}"  # with progress
  grep -q skipped: typed
  not grep -qF "$escape" typed
  on_terminal "$cell | cat"
  not grep -qF "$escape" typed
}

# What was drawn, a line a time.
drawn_at() {  # COLUMNS OPTION...
  command -v script >/dev/null || skip "needs script(1)"
  local _
  for _ in {1..60}; do
    TERM=xterm script -qec "stty cols $1; '$ZPBENCH' --no-probe ${*:2}" /dev/null </dev/null >typed || :
    grep -q 'holds the lock on' typed || break
    sleep 1
  done
  tr '\r' '\n' <typed | sed -n $'s/^\e\\[K\\[/[/p' | tee drawn
}

# bats test_tags=measures
@test "progress on a terminal stays in one row, whatever its width" {
  drawn_at 20 --families kernels --filter level:L1
  grep -qFx '[0/1] kernels/level' drawn
  drawn_at 100 --families kernels --filter level:L1
  grep -qFx '[0/1] kernels/level:L1' drawn
}

# bats test_tags=measures
@test "each trial of a row says that it begins" {
  drawn_at 200 --placements private --tables 1m --strides 4096 --walks random --offsets fixed --repetitions 3 --min-time 0.01
  [ "$(grep -cFx "[0/1] $(sed -n 's/^\[0.1. \(read.*\)/\1/p' drawn | head -n 1)" drawn)" -ge 3 ]
}

@test "--dry-run counts families: cells, memory and time" {
  "$ZPBENCH" --dry-run --families cow,toggle --repetitions 3 >out
  not grep -q tables out  # no reads
  grep -qx "6 cells of cow" out
  grep -qx "2 cells of toggle" out
  grep -q "memory      at most 2[0-9.]* MiB at a time" out
  grep -qE "^time        about [0-9.]+ s" out
  grep -q "^writes      /sys/kernel/mm/ksm/run" out
  "$ZPBENCH" --dry-run --families collapse --filter placement:read_fault >out
  khugepaged=/sys/kernel/mm/transparent_hugepage/khugepaged
  [ ! -e $khugepaged/max_ptes_none ] || grep -q "^writes      $khugepaged/max_ptes_none (now [0-9]*, restored)" out
  not grep -q /mm/ksm out
  "$ZPBENCH" --dry-run --families ancestor >out
  grep -qx "writes      nothing under /sys or /proc" out
  "$ZPBENCH" --dry-run --families swap >out
  if [ -w /sys/class/zram-control/hot_remove ]; then grep -q "^adds        its own swap area" out
  else grep -qx "writes      nothing under /sys or /proc" out; fi
}

@test "--dry-run names vm.max_map_count where mappings come close to it" {
  limit=$(cat /proc/sys/vm/max_map_count)
  page=$(getconf PAGESIZE)
  "$ZPBENCH" --dry-run --placements memfd_coloured:1 --tables $(((limit - 60) * page)) --strides 64 | grep -q max_map_count
  "$ZPBENCH" --dry-run --placements memfd_coloured:2 --tables $(((limit - 60) * page)) --strides 64 | grep -q "writes      nothing"
}

@test "threads that can't be had are an error before anything is changed" {
  few() (ulimit -v 400000 && exec "$@")
  few "$ZPBENCH" --version || skip "a sanitizer wants more than this limit"
  before=$(knobs)
  run -4 --separate-stderr few "$ZPBENCH" --placements ksm_single,private --tables 1m --strides 64 --threads 1,300
  [[ $stderr == *"cannot start 300 threads, only "*" at a time"* ]]
  [ "$(knobs)" = "$before" ]
}

@test "--dry-run and --doctor change nothing" {
  before=$(knobs)
  "$ZPBENCH" --dry-run --matrix full >out
  "$ZPBENCH" --doctor >out
  [ "$(knobs)" = "$before" ]
  [ "$(ls -A)" = out ]
}

@test "the matrix full measures programs on the placements of the matrix programs" {
  placements() { "$ZPBENCH" --matrix "$1" --list | sed -n 's,^\(kernels\|readers\)/placement:\([^/]*\)/.*,\1 \2,p' | sort -u; }
  placements programs >programs
  [ "$(wc -l <programs)" = 14 ]
  placements full | cmp - programs
  "$ZPBENCH" --matrix full --pass 2 --list >second
  not grep -E '^(mixed|readers)/' second
}
