#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Others on the machine: another run, somebody else's merged memory, no privileges, no KSM.

setup() {
  load ../lib/host
  [ "$(id -u)" = 0 ] || skip "needs root"
  cd "$BATS_TEST_TMPDIR" || return
  free_lock
  before=$(knobs)
  keep_knobs
}

teardown() {
  kill ${pid-} ${neighbour-} 2>/dev/null || :
  knobs_teardown
  [ -z "${public-}" ] || rm -rf "$public"
}

quick=(--no-probe --tables 1m --strides 64 --walks sequential --offsets fixed --repetitions 1 --min-time 0.002)

@test "two runs at once: the second is refused in one line" {
  start_zpbench --placements private --tables 1m --strides 64 --walks sequential --offsets fixed --repetitions 1 --min-time 20
  refuses 4 "$ZPBENCH" --placements private "${quick[@]}" --out second.json
  [[ $stderr == "zpbench: another zpbench is measuring on this machine"* ]]
  [ ! -e second.json ]
  run -4 --separate-stderr "$ZPBENCH" --restore
  # What would load the CPUs that are measured.
  run -4 --separate-stderr "$ZPBENCH" --probe
  [[ $stderr == "zpbench: another zpbench is measuring on this machine"* ]]
  "$ZPBENCH" --doctor | grep -q 'probe.missing  *left out while another holds the lock'
  kill -TERM "$pid"
  wait "$pid" || [ $? = 143 ]
  [ "$(knobs)" = "$before" ]
}

merged_of() { awk '/ksm_merging_pages/ {print $2}' "/proc/$1/ksm_stat" 2>/dev/null || cat "/proc/$1/ksm_merging_pages"; }

# Somebody else's memory, merged: $neighbour has $merged pages of it, until end_neighbour.
merge_neighbour() {
  [ -e /proc/self/ksm_merging_pages ] || skip "this kernel has no /proc/PID/ksm_merging_pages (Linux 5.19)"
  mkfifo end
  "$NEIGHBOUR" <end >ready 3>&- &
  neighbour=$!
  exec 9>end
  wait_until test -s ready
  export neighbour
  # ksmd merges the neighbour's pages, under the lock. The knobs are then as they were, but for run: 2 or 1 as
  # found would unmerge what the next lines look for, or go on merging.
  found_run=$(cat $KSM/run)
  host_locked bash -c '
    cd /sys/kernel/mm/ksm || exit
    sleep=$(cat sleep_millisecs)
    echo 0 >sleep_millisecs; echo 1 >run
    for _ in {1..300}; do
      grep -qE "^(ksm_merging_pages )?[1-9]" /proc/$neighbour/ksm_merging_pages && break
      sleep 0.02
    done
    echo 0 >run; echo "$sleep" >sleep_millisecs'
  merged=$(merged_of "$neighbour")
  echo "merged: $merged"
  [ "$merged" -gt 0 ]
}

end_neighbour() {
  exec 9>&-
  wait "$neighbour"
  host_locked sh -c "echo $found_run >$KSM/run"
  [ "$(knobs)" = "$before" ]
}

@test "somebody else's merged memory is left alone" {
  needs_root_and_ksm
  merge_neighbour
  run -4 --separate-stderr zpbench --placements ksm_single "${quick[@]}" --out never.json
  [ "${#stderr_lines[@]}" -ge 1 ]
  [[ $stderr == *"KSM has merged memory of "*"$neighbour ("* ]]
  [ ! -e never.json ]
  [ "$(merged_of "$neighbour")" = "$merged" ]
  # What needs no KSM is measured all the same.
  zpbench --placements memfd_coloured:8 "${quick[@]}" >/dev/null
  [ "$(merged_of "$neighbour")" = "$merged" ]
  end_neighbour
}

@test "what ksmd scans beside somebody else's registered memory is not of the table alone" {
  needs_root_and_ksm
  mkfifo end
  "$NEIGHBOUR" <end >ready 3>&- &
  neighbour=$!
  exec 9>end
  wait_until test -s ready
  status=0
  zpbench --families scan --filter 'identical.*plain' --family-table 1m >said 2>&1 || status=$?
  exec 9>&-
  cat said
  [ "$status" = 4 ]
  tr -s ' \n' ' ' <said | grep -qE "KSM (works on|has merged) memory of [0-9]+ \("
}

@test "nor is that of processes which a container does not show" {
  needs_root_and_ksm
  unshare -p -f --mount-proc true || skip "needs PID and mount namespaces"
  merge_neighbour
  printf '#!/bin/sh\nexec unshare -p -f --mount-proc "%s" "$@"\n' "$ZPBENCH" >contained
  chmod +x contained
  status=0
  ZPBENCH=./contained zpbench --placements ksm_single "${quick[@]}" >said 2>&1 || status=$?
  cat said
  [ "$status" = 4 ]
  grep -q 'KSM has merged memory of processes that this PID namespace does not show' said
  [ "$(merged_of "$neighbour")" = "$merged" ]
  end_neighbour
}

# From here on zpbench runs as nobody.
become_nobody() {
  public_directory
  cat >nobody <<EOF
#!/bin/sh
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$public/zpbench" "\$@"
EOF
  chmod +x nobody
  ZPBENCH=./nobody
}

@test "as nobody: what needs no root is measured, the rest skipped with the reason" {
  [ -w $KSM/run ] || skip "needs KSM"
  become_nobody
  zpbench --placements private,read_fault,memfd_coloured:8,ksm_single,ksm_zero_page,ksm_coloured:4,huge_zero \
    --tables 4m --strides 64 --walks sequential --offsets fixed --repetitions 1 --min-time 0.002 --json >run.json
  jq -e '.context.census | test("^weak: .*CAP_SYS_ADMIN")' run.json
  jq -e '[.benchmarks[] | select(.name | test("ksm_|huge_") | not)] | length == 3
    and all((.label | startswith("census: weak")) and .ns_per_read > 0 and (has("frames") | not) and (has("ksm_share") | not))' run.json
  jq -e '[.benchmarks[] | select(.name | test("placement:ksm_"))] | length == 3
    and all(.error_occurred and (.error_message | test("^skipped: .*needs root")))' run.json
  jq -e '.benchmarks[] | select(.name | test("huge_zero")) | .error_message | test("^skipped: .*CAP_SYS_ADMIN")' run.json
  run -4 --separate-stderr zpbench --placements ksm_single,ksm_coloured:4 "${quick[@]}"
  [[ $stderr == *"none of the cells can be measured here"* ]]
  [ "$(knobs)" = "$before" ]
}

@test "without KSM: what needs none is measured, the rest skipped with the reason" {
  unshare -m true || skip "needs mount namespaces"
  [ -d $KSM ] || skip "there is no KSM to hide"
  cat >without_ksm <<EOF
#!/bin/sh
exec unshare -m sh -c 'mount -t tmpfs none $KSM && exec "\$@"' sh "$ZPBENCH" "\$@"
EOF
  chmod +x without_ksm
  # Under the lock that it can't see.
  host_locked env ZPBENCH=./without_ksm ./without_ksm --placements memfd_coloured:8,ksm_single "${quick[@]}" --json >run.json
  jq -e '[.benchmarks[] | select(.name | test("memfd")) | .frames] == [8]' run.json
  jq -e '[.benchmarks[] | select(.name | test("ksm_")) | .error_message] | all(test("^skipped: .*no KSM"))' run.json
  [ "$(knobs)" = "$before" ]
}

@test "vm.max_map_count bounds memfd_coloured: raised as root, said as nobody" {
  limit=$(cat /proc/sys/vm/max_map_count)
  page=$(getconf PAGESIZE)
  table=$(((limit / 4096 + 1) * 4096 * page))  # more pages than mappings, and whole colours
  [ "$table" -le $((2 << 30)) ] || skip "vm.max_map_count is $limit: the table would be too large"
  cell=(--placements memfd_coloured:1 --tables "$table" --strides 4096 --walks sequential --offsets fixed --repetitions 1 --min-time 0.002)
  zpbench "${cell[@]}" --json >run.json
  jq -e '[.benchmarks[].frames] == [1]' run.json
  [ "$(cat /proc/sys/vm/max_map_count)" = "$limit" ]
  [ "$(knobs)" = "$before" ]
  become_nobody
  run --separate-stderr zpbench "${cell[@]}"
  echo "$status $output"
  [ "$status" = 4 ]
  [[ $output == *"vm.max_map_count allows "*" more: use a table of at most "*" or more colours, or, as root, sysctl vm.max_map_count="* ]]
}
