#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Limits, quotas, filters and masks that a process may run under, and signals while something long is made.

setup() { load ../lib/host; knobs_setup; }
teardown() {
  knobs_teardown
  [ ! -d "${group-}" ] || rmdir "$group"
}

quick=(-q --tables 1m --strides 4096 --walks sequential --offsets fixed --repetitions 2 --min-time 0.01 --no-probe)

@test "a limit on file sizes is said, and leaves nothing behind" {
  status=0
  (ulimit -f 100; zpbench "${quick[@]}" --placements memfd_coloured:128,private) >said || status=$?
  cat said
  [ "$status" = 0 ]  # of two cells one is measured
  grep -A1 memfd said | grep -q 'skipped: a memfd of 512 KiB: ftruncate: File too large .*ulimit -f'
  run -2 --separate-stderr bash -c "ulimit -f 1; exec '$ZPBENCH' ${quick[*]} --placements private --out out.json"
  [[ $stderr == *"out.json will take at least "*"ulimit -f"* ]]
  [ -z "$(find . -name '*.json*' -o -name '*tmp*')" ]
}

@test "a pass whose file has no room is kept elsewhere, and that is said" {
  unshare -m true || skip "needs mount namespaces"
  mkdir full elsewhere
  printf '#!/bin/sh\nexec unshare -m sh -c "mount -t tmpfs -o size=4k none full && exec \\"\\$@\\"" sh "%s" "$@"\n' "$ZPBENCH" >without_room
  chmod +x without_room
  status=0
  ZPBENCH=./without_room TMPDIR=$PWD/elsewhere ZP_WHOLE_PASSES=1 zpbench "${quick[@]}" --placements private --out full/out.json \
    2>said || status=$?
  cat said
  [ "$status" = 2 ]
  grep -q "No space left on device; the JSON is in $PWD/elsewhere/zpbench-[0-9]*.json instead" said
  jq -e '.benchmarks | length == 2' elsewhere/zpbench-*.json
}

@test "signals while two million pages are mapped: the end within seconds, the knobs as before" {
  for signal in INT USR1 XCPU; do
    start_zpbench -q --placements memfd_coloured:1 --tables 8g --strides 4096 --walks sequential --offsets fixed --repetitions 3 --min-time 2
    sleep 0.5
    kill -s "$signal" "$pid"
    start=${EPOCHREALTIME/./}
    status=0
    wait "$pid" || status=$?
    took=$((${EPOCHREALTIME/./} - start))
    cat background
    echo "$signal: status $status after $took us"
    [ "$status" = $((128 + $(kill -l "$signal"))) ]
    [ "$took" -lt 8000000 ]  # taking the mappings away takes as long as making them did
    [ "$(knobs)" = "$before" ]
  done
}

@test "a limit on CPU time ends a run before it kills, the knobs as before" {
  status=0
  # Half of it is left to end in, of which a build with sanitizers takes two seconds and more.
  (ulimit -t 12; zpbench -q --tables 1m --strides 4096 --walks sequential --offsets fixed --repetitions 99 --min-time 2 \
    --placements ksm_single --out cpu.json) || status=$?
  [ "$status" = $((128 + $(kill -l XCPU))) ]
  [ "$(knobs)" = "$before" ]
}

@test "more than an hour is measured only where it is asked for" {
  run -2 --separate-stderr "$ZPBENCH" --placements private --tables 1m --repetitions 100000 --min-time 1
  [[ $stderr == *"more than an hour must be asked for with --long"* ]]
  "$ZPBENCH" --dry-run --placements private --tables 1m --repetitions 100000 --min-time 1 | grep -q 'needs --long'
}

@test "a CPU quota is said before, and marked in every row that it stops" {
  group=/sys/fs/cgroup/cpu/zpbench-test-$$
  if mkdir "$group" 2>/dev/null && [ -e "$group/cpu.cfs_quota_us" ]; then
    echo 20000 >"$group/cpu.cfs_quota_us"
  else
    group=/sys/fs/cgroup/zpbench-test-$$
    mkdir "$group" 2>/dev/null && echo '20000 100000' >"$group/cpu.max" || skip "no control group of CPUs can be made"
  fi
  zpbench_there() {  # OUT OPTION...
    local out=$1 _
    shift
    for _ in {1..60}; do
      bash -c "echo \$\$ >$group/cgroup.procs; exec '$ZPBENCH' -q --no-probe --out $out $*" >lines 2>said || :
      grep -q 'holds the lock on' said || break
      sleep 1
    done
    cat said lines
  }
  # A family's row has what applies to one that also waits.
  zpbench_there family.json --families kernels --filter level:memory --counters none
  # On a busy machine it may wait so long for a CPU that the quota has nothing left to stop.
  jq -e '.benchmarks | length > 0 and all(((.throttled_share // 0) > 0.01 or .run_delay_share > 0.5) and (has("cpu_share") | not) and (.label | endswith("; disturbed")))' family.json
  grep -q '; disturbed' lines
  zpbench_there quota.json --placements read_fault --tables 1m --strides 4096 --walks sequential --offsets fixed --repetitions 3 --min-time 0.3
  jq -e '.context["warning.cpu_quota"] | test("0.2 CPUs")' quota.json
  jq -e '.context["warning.disturbed"] | test("^3 of 3 repetitions")' quota.json
  jq -e '.benchmarks | all(.cpu_share < 0.5 and (.throttled_share > 0.3 or .run_delay_share > 0.3) and (.label | endswith("; disturbed")))' quota.json
  grep -q 'disturbed (' lines
}

@test "two threads under one CPU, and more threads than CPUs, are marked" {
  zpbench -q --placements read_fault --tables 1m --strides 4096 --walks sequential --offsets fixed --repetitions 2 --min-time 0.1 --shares whole \
    --threads "$((4 * $(nproc)))" --out many.json
  jq -e '.benchmarks | all(.cpu_share < 0.5 and (.label | endswith("; disturbed")))' many.json
  for _ in {1..60}; do
    taskset -c 0 "$ZPBENCH" -q --no-probe --placements read_fault --tables 1m --strides 4096 --walks sequential --offsets fixed --repetitions 2 --min-time 0.1 \
      --threads 2 --out one.json 2>said || :
    grep -q 'holds the lock on' said || break
    sleep 1
  done
  jq -e '.benchmarks | all(.cpu_share < 0.6)' one.json
  jq -e '.context["warning.disturbed"]' one.json
}

@test "processes at a real-time priority do not keep their CPUs from who lets them go" {
  [ "$(nproc)" -ge 2 ] && chrt -f 61 true 2>/dev/null || skip "needs two CPUs and real-time priorities"
  chrt -f 61 timeout -s KILL 60 chrt -f 50 "$ZPBENCH" -q --families fault --filter 'read_fault.*/processes:2' --family-table 1m \
    --repetitions 1 --no-probe --out fifo.json
  jq -e '.benchmarks | length > 0 and all((has("error_occurred") | not) and .together_ns_per_page > 0)' fifo.json
}

# As kubelet and "docker update" narrow the CPUs of a container that runs.
@test "a CPU that is lost in a run is a skip with the reason" {
  [ "$(nproc)" -ge 2 ] || skip "needs two CPUs"
  group=/sys/fs/cgroup/cpuset/zpbench-test-$$
  if mkdir "$group" 2>/dev/null; then
    cat /sys/fs/cgroup/cpuset/cpuset.mems >"$group/cpuset.mems"
  else
    group=/sys/fs/cgroup/zpbench-test-$$
    mkdir "$group" 2>/dev/null && [ -e "$group/cpuset.cpus" ] || skip "no control group of CPUs can be made"
  fi
  cpus=$(taskset -cp $$ | sed 's/.*: //')
  echo "$cpus" >"$group/cpuset.cpus"
  bash -c "echo \$\$ >$group/cgroup.procs; exec '$ZPBENCH' --placements private --tables 1m --strides 4096 --walks sequential \
    --offsets fixed,rotated --threads 1,2 --repetitions 5 --min-time 0.3 --counters none --no-probe --out lost.json" >lines 2>said 3>&- &
  pid=$!
  pinned() { grep -qsE '^Cpus_allowed_list:\s[0-9]+$' /proc/$pid/task/*/status; }
  wait_until pinned
  sleep 1
  echo "${cpus%%[-,]*}" >"$group/cpuset.cpus"
  status=0
  wait $pid || status=$?
  pid=
  rmdir "$group"
  cat said lines
  [ "$status" = 0 ]
  jq -e '[.benchmarks[] | select(has("error_occurred"))] | length > 0 and
    all(.error_message | startswith("skipped: cannot pin to CPU"))' lost.json
}

@test "parts of /sys and /proc that are missing, empty or masked" {
  unshare -m true || skip "needs mount namespaces"
  echo >empty
  while read -r how path; do
    [ -e "$path" ] || continue
    # A sanitizer finds neither threads nor its options without /proc.
    [ "$path" != /proc ] || ! grep -q __asan_init "$ZPBENCH" || continue
    case $how in
      hide) mount="mount -t tmpfs none $path" ;;
      null) mount="mount --bind /dev/null $path" ;;
      zero) mount="mount --bind /dev/zero $path" ;;
      empty) mount="mount --bind $PWD/empty $path" ;;
      eio) mount="mount --bind /proc/\$\$/mem $path" ;;  # nothing is mapped at address 0
      fifo) [ -p fifo ] || mkfifo fifo; mount="mount --bind $PWD/fifo $path" ;;
    esac
    for what in "--doctor --no-probe" "${quick[*]} --placements read_fault,ksm_single --json"; do
      for _ in {1..60}; do
        status=0
        # shellcheck disable=SC2086
        timeout 60 unshare -m sh -c "$mount && exec \"\$@\"" sh "$ZPBENCH" $what >said 2>&1 || status=$?
        grep -q 'holds the lock on' said || break
        sleep 1
      done
      echo "$how $path $what: $status"
      [ "$status" = 0 ] || [ "$status" = 4 ] || { cat said; return 1; }
    done
  done <<'EOF'
hide /sys/devices/system/node
hide /sys/devices/system/cpu
hide /sys/kernel/mm
hide /sys/kernel/mm/ksm
hide /sys/kernel/mm/transparent_hugepage
hide /sys/fs/cgroup
hide /sys/bus
hide /proc
null /proc/cpuinfo
zero /proc/cpuinfo
fifo /proc/cpuinfo
null /proc/meminfo
fifo /proc/meminfo
null /proc/kpageflags
fifo /proc/kpageflags
null /proc/stat
zero /proc/stat
empty /proc/stat
null /proc/cmdline
zero /proc/locks
fifo /proc/locks
null /proc/sys/kernel/perf_event_paranoid
null /proc/sys/vm/max_map_count
empty /sys/kernel/mm/ksm/pages_shared
fifo /sys/kernel/mm/ksm/full_scans
null /sys/kernel/mm/transparent_hugepage/hpage_pmd_size
empty /sys/kernel/mm/transparent_hugepage/enabled
empty /sys/devices/system/cpu/cpu0/cache/index0/level
empty /sys/devices/system/cpu/cpu0/cache/index0/size
eio /sys/devices/system/cpu/cpu0/topology/core_siblings
eio /sys/kernel/mm/ksm/pages_to_scan
EOF
  [ "$(knobs)" = "$before" ]
}

@test "what a library does not understand is said" {
  unshare -m true || skip "needs mount namespaces"
  level=/sys/devices/system/cpu/cpu0/cache/index0/level
  [ -e "$level" ] || skip "there is no $level"
  echo >empty
  run -4 --separate-stderr unshare -m sh -c "mount --bind empty $level && exec '$ZPBENCH' ${quick[*]} --placements private"
  echo "$stderr"
  [[ $stderr == *"zpbench: Google Benchmark can't read what this machine says of its CPUs"* ]]
}

@test "the probe takes no more memory than there is" {
  group=/sys/fs/cgroup/memory/zpbench-test-$$
  if mkdir "$group" 2>/dev/null && [ -e "$group/memory.limit_in_bytes" ]; then
    echo 48M >"$group/memory.limit_in_bytes"
  else
    group=/sys/fs/cgroup/zpbench-test-$$
    mkdir "$group" 2>/dev/null && echo 48M >"$group/memory.max" || skip "no control group of memory can be made"
  fi
  run -4 --separate-stderr bash -c "echo \$\$ >$group/cgroup.procs; exec '$ZPBENCH' --probe"
  [[ $stderr == "zpbench: the probe takes 48 MiB of memory, "*" is available" ]]
  bash -c "echo \$\$ >$group/cgroup.procs; exec '$ZPBENCH' --doctor" | grep -q 'the probe takes 48 MiB'
}

@test "without /sys/devices/system/node the machine is one node" {
  unshare -m true || skip "needs mount namespaces"
  [ -d /sys/devices/system/node ] || skip "there is none to hide"
  cat >no_node <<EOF
#!/bin/sh
exec unshare -m sh -c 'mount -t tmpfs none /sys/devices/system/node && exec "\$@"' sh "$ZPBENCH" "\$@"
EOF
  chmod +x no_node
  ZPBENCH=./no_node
  zpbench "${quick[@]}" --placements read_fault --json >run.json
  jq -e '.benchmarks | length == 2 and all(.ns_per_read > 0)' run.json
}

@test "a filter of system calls is named as what it is" {
  [ -x "$DENY" ] || skip "no filter for this architecture"
  "$DENY" perf_event_open=1 "$ZPBENCH" --doctor >doctor
  grep -q 'seccomp' doctor
  not grep -q 'perf_event_paranoid is' doctor
  "$DENY" sched_setaffinity=1 "$ZPBENCH" --doctor >doctor
  not grep -qE '^  (private|read_fault|ksm_single) +yes' doctor
  grep -q 'cannot pin to CPU' doctor
  status=0
  printf '#!/bin/sh\nexec "%s" sched_setaffinity=1 "%s" "$@"\n' "$DENY" "$ZPBENCH" >filtered
  chmod +x filtered
  ZPBENCH=./filtered zpbench "${quick[@]}" --placements private >said 2>&1 || status=$?
  cat said
  [ "$status" = 4 ]
  grep -q 'sched_setaffinity: Operation not permitted (errno 1); a filter' said
  "$DENY" memfd_create=1 "$DENY" flock=1 "$ZPBENCH" --doctor >doctor
  grep -qE '^  memfd_coloured:N +no' doctor
  grep -q '^Measuring now is not possible: ' doctor
  [ -z "$(awk 'length > 75' doctor)" ]
  "$DENY" userfaultfd=1 "$ZPBENCH" --doctor >doctor
  grep -qE '^  uffd_zero +no +userfaultfd: Operation not permitted \(errno 1\)' doctor
  status=0
  "$DENY" io_uring_setup=1 "$ZPBENCH" --no-probe --families pin --filter 'read_fault/way:io_uring' --family-table 1m --repetitions 1 \
    >said 2>&1 || status=$?
  cat said
  [ "$status" = 4 ]
  grep -q 'skipped: io_uring_setup: Operation not permitted (errno 1); a filter' said
  "$DENY" vmsplice=12 "$ZPBENCH" --no-probe --families pin --filter 'read_fault/way:vmsplice' --family-table 1m --repetitions 1 \
    >said 2>&1 || status=$?
  grep -q 'skipped: vmsplice: Cannot allocate memory (errno 12)' said
  not grep -q 'ulimit -l' said
  status=0
  # LeakSanitizer waits for a process of its own.
  ASAN_OPTIONS=detect_leaks=0 "$DENY" wait4=1 "$ZPBENCH" --no-probe --families fault --filter 'read_fault.*/processes:2' --family-table 1m --repetitions 1 >said 2>&1 || status=$?
  cat said
  [ "$status" = 4 ]
  grep -qE 'skipped: (waitpid: Operation not permitted|2 processes need a core each)' said
  status=0
  "$DENY" flock=1 "$ZPBENCH" "${quick[@]}" --placements private >said 2>&1 || status=$?
  [ "$status" = 4 ]
  grep -q 'flock: Operation not permitted' said
  not grep -q 'holds the lock on' said
}

@test "Google Benchmark's variables are ignored, and that is said" {
  for variable in REPORT_AGGREGATES_ONLY=true LIST_TESTS=true OUT_FORMAT=xml OUT=/nonexistent/x FILTER=nothing \
      REPETITIONS=7 FORMAT=csv; do
    rm -f out.json
    BENCHMARK_SAVED=$variable
    export "BENCHMARK_$variable"
    zpbench "${quick[@]}" --placements read_fault --out out.json 2>said
    unset "BENCHMARK_${variable%%=*}"
    grep -q "BENCHMARK_${variable%%=*}" said
    jq -e '.benchmarks | length == 2 and all(.ns_per_read > 0)' out.json || { echo "$BENCHMARK_SAVED"; return 1; }
  done
}

@test "--doctor --json is JSON, and says what --doctor says" {
  "$ZPBENCH" --doctor --json >doctor.json
  jq -e '.schema == "zpbench-doctor-1" and (.host["kernel.release"] | length > 0)
    and (.placements | length == 16 and all(has("here"))) and (.knobs["ksm.run"] | test("^[012]$"))' doctor.json
  "$ZPBENCH" --doctor >doctor
  [ "$(jq '[.placements[] | select(.here)] | length' doctor.json)" = "$(grep -cE '^  [a-z_:N]+ +yes ' doctor)" ]
}
