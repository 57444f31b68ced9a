#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# run-matrix.sh --target slurm on a real cluster. Both of its nodes are this machine, so their jobs take turns.

setup_file() {
  load ../lib/slurm
  [ -n "$(cluster_missing)" ] || cluster_start
}

teardown_file() { [ -n "$(cluster_missing)" ] || cluster_stop; }

setup() {
  load ../lib/host
  load ../lib/slurm
  local missing
  missing=$(cluster_missing)
  [ -z "$missing" ] || skip "$missing"
  knobs_setup
  cat >small.matrix <<'MATRIX'
placements = private,ksm_single
tables = 1m
strides = 64
repetitions = 1
min-time = 0.002
passes = 2
MATRIX
}

teardown() {
  if [ -n "${script-}" ] && kill -TERM "$script" 2>/dev/null; then wait "$script" || :; fi
  [ -n "$(cluster_missing)" ] || { scancel --user 0; node_back; }
  [ ! -e /run/zpbench/journal ] || zpbench --restore >/dev/null 2>&1
  tail -n 5 results/fleet/*/jobs/*.log 2>/dev/null || :
}

node_down() { scontrol update nodename=node2 state=down reason="$1"; }
node_is() { [ "$(sinfo --noheader --nodes node2 --format %T)" = "$1" ]; }
node_back() {
  local _
  ! node_is idle || return 0
  case $(sinfo --noheader --nodes node2 --format %T) in down*) scontrol update nodename=node2 state=resume ;; esac
  for _ in {1..100}; do ! node_is idle || return 0; sleep 0.1; done
  return 1
}

fleet() { "$TOP/scripts/run-matrix.sh" --bin "${ZPBENCH%/*}" --target slurm --matrix small.matrix --out results "$@"; }

# run-matrix.sh in the background; its PID in script.
start_script() {
  (trap - INT; exec "$TOP/scripts/run-matrix.sh" --bin "${ZPBENCH%/*}" "$@") >out 2>err 3>&- &
  script=$!
}

wait_for() {  # COMMAND...
  until "$@"; do kill -0 "$script"; sleep 0.05; done
}

end_script() {  # its status in status
  status=0
  wait "$script" || status=$?
  script=''
  cat out err
}

complete() { jq -rs 'map(select(.state == "complete")) | length' "$1"/*/*/*/*/manifest.json; }

@test "a node each: two run directories, one after the other on one machine, whatever is exported for other jobs" {
  SQUEUE_STATES=PENDING SBATCH_ARRAY_INX=1-3 SBATCH_WAIT=1 SLURM_ARRAY_TASK_ID=1 run -0 --separate-stderr fleet --seed 7
  directory=${lines[-1]}
  [[ $directory == "$PWD/results/fleet/"* ]]
  [ "$(complete "$directory")" = 2 ]
  for node in node1 node2; do
    run=$(echo "$directory/$node/$(uname -n)/$(uname -r)"/*)
    jq -e '.context.census == "strong" and (.benchmarks | length) == 2' "$run/pass-02.json"
    [[ $output == *"$node: "*" repetitions measured, 0 of them refused"*"$run"* ]]
    [ "$(cat "$directory/jobs/$node.exit")" = "0 $node" ]
  done
  # Neither began before the other had finished.
  jq -es 'sort_by(.started) | .[0].finished <= .[1].started' "$directory"/node?/*/*/*/manifest.json
  # Each in an order of its own.
  jq -es 'map(.seed) == [7, 10007]' "$directory"/node?/*/*/*/manifest.json
  [[ $stderr == *"2 of 2 done, 0 running, 0 waiting; 4 of 4 passes"* ]]
  [ -s "$directory/atlas/index.html" ]
  [ "$(knobs)" = "$before" ]
}

@test "a node that is down, or goes down, is named, the other counts, and --resume fills the gap" {
  node_down "broken fan"
  run -1 --separate-stderr fleet
  directory=${lines[-1]}
  [[ $stderr == *"left out: node2: Slurm has it as down (broken fan)"* ]]
  [[ $output == *"node2: no complete run: Slurm has it as down (broken fan)"* ]]
  [ "$(complete "$directory")" = 1 ]
  sha256sum "$directory"/node1/*/*/*/* >before
  node_back

  start_script --resume "$directory"
  wait_for grep -q '1 running (node2)' err
  node_down "lost power"
  end_script
  [ "$status" = 1 ]
  grep 'node2: no complete run: Slurm ended job [0-9]* (NODE FAIL)' out
  node_back

  run -0 --separate-stderr "$TOP/scripts/run-matrix.sh" --bin "${ZPBENCH%/*}" --resume "$directory"
  [ "${lines[-1]}" = "$directory" ]
  [ "$(complete "$directory")" = 2 ]
  sha256sum --quiet -c before
  [ "$(knobs)" = "$before" ]
}

# As in before, while a run may hold them.
knobs_now() { host_locked() { "$@"; }; knobs; }

measures_pass_2() { grep -qs "pass 2 of" results/fleet/*/jobs/node1.log && [ "$(knobs_now)" != "$before" ]; }

@test "SIGTERM here and SIGUSR1 from a scheduler leave the knobs as found; --resume measures no pass twice" {
  start_script --target slurm --nodes node1 --matrix small.matrix --out results -- --min-time 0.7 --filter ksm_single
  wait_for measures_pass_2
  kill -TERM "$script"
  end_script
  [ "$status" = 143 ]
  [ "$(knobs_now)" = "$before" ]
  [ ! -e /run/zpbench ]
  [ -z "$(squeue --noheader)" ]
  grep 'node1: Slurm ended job [0-9]* (CANCELLED) by SIGTERM on node1, with the knobs put back$' err
  directory=$(echo "$PWD"/results/fleet/*)
  grep "go on with: .* --resume $directory$" err
  run=$(echo "$directory"/node1/*/*/*)
  sum=$(sha256sum "$run"/pass-01.json)

  start_script --resume "$directory"
  wait_for measures_pass_2
  scancel --batch --signal=USR1 "$(cat "$directory/jobs/node1.job")"
  end_script
  [ "$status" = 1 ]
  grep 'node1: no complete run: it was ended by SIGUSR1 on node1, with the knobs put back$' out
  [ "$(knobs_now)" = "$before" ]
  [ "$(jq -r .state "$run/manifest.json")" = interrupted ]

  "$TOP/scripts/run-matrix.sh" --bin "${ZPBENCH%/*}" --resume "$directory"
  [ "$(jq -r .state "$directory"/node1/*/*/*/manifest.json)" = complete ]
  [ "$(sha256sum "$run"/pass-01.json)" = "$sum" ]
}

# Programs and kernels are stand-ins; jobs, nodes and run directories are not.
@test "six kernels are six tasks of an array over two nodes" {
  cp -r "$TOP"/{scripts,bench,harness,CMakePresets.json} .
  mkdir -p build/s390x/bin && : >build/s390x/bin/zpbench
  for script in install-deps sysroot build; do printf '#!/bin/sh\n' >scripts/$script.sh; done
  echo 'kernel_get() { KERNEL=$2; }' >>scripts/lib/kernel.sh
  cat >scripts/emulate.sh <<END
#!/bin/bash
while [ \$# -gt 0 ]; do case \$1 in --kernel) kernel=\$2 ;; --out) [ -n "\${out-}" ] || out=\$2 ;; esac; shift; done
sleep 0.5
mkdir "\$out"
[ "\$(cat "\$kernel")" != broken ] || { echo "the guest crashed" >&2; exit 1; }
jq --arg kernel "\$(cat "\$kernel")" '.context["kernel.release"] = \$kernel' \
  $TOP/results/reference/qemu-s390x/6.1.0-50-s390x/*/pass-01.json >"\$out/pass-01.json"
END
  kernels=()
  for k in 1 2 3 4 5 6; do echo "6.$k" >image-$k; kernels+=(--kernel "image-$k"); done
  echo broken >image-4
  run -1 --separate-stderr scripts/run-matrix.sh --bin "${ZPBENCH%/*}" --target slurm --target s390x "${kernels[@]}" --out results
  directory=${lines[-1]}
  [ "$(complete "$directory")" = 5 ]
  # Whichever node is free takes the next: three each, if neither is held up.
  [ "$(cut -d' ' -f2 "$directory"/jobs/*.exit | sort -u | tr '\n' ' ')" = "node1 node2 " ]
  [ "$(cut -d' ' -f2 "$directory"/jobs/*.exit | wc -l)" = 6 ]
  [[ $output == *"s390x, $PWD/image-6: IBM/S390, Linux 6.6"* ]]
  [[ $output == *"s390x, $PWD/image-4: no complete run: exit status 1 on node"*"the guest crashed"* ]]
  echo 6.4 >image-4
  run -0 --separate-stderr scripts/run-matrix.sh --bin "${ZPBENCH%/*}" --resume "$directory"
  [ "$(complete "$directory")" = 6 ]
}

@test "no such partition, node or feature: one line, and nothing is built" {
  cp -r "$TOP"/{scripts,bench,harness,CMakePresets.json} .
  printf '#!/bin/sh\ntouch %s/called\n' "$PWD" | tee scripts/install-deps.sh >scripts/build.sh
  while IFS=: read -r expected arguments words; do
    arguments=${arguments//%/:}
    # shellcheck disable=SC2086
    run --separate-stderr scripts/run-matrix.sh $arguments --out results
    echo "$arguments: $status, $stderr"
    [ "$status" = "$expected" ]
    [[ ${stderr_lines[-1]} == *"$words"* ]]
    [ -z "$output" ]
  done <<'END'
2:--target slurm%nosuch:no such partition; there are debug
2:--target slurm --nodes node1,nosuch:no node 'nosuch' in the partition debug; there are node1 node2
2:--target slurm --constraint nosuch:no node of the partition debug has this feature
2:--nodes node1:--nodes and --constraint are for --target slurm
2:--target slurm --target ssh%there:not by ssh
END
  node_down "no network"
  run -4 --separate-stderr scripts/run-matrix.sh --target slurm --nodes node2 --out results
  [[ $stderr == *"can take a job; node2: Slurm has it as down (no network)"* ]]
  [ ! -e called ]
  [ ! -e results ]
}
