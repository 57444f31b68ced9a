#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A job of a fleet, on its node: run-matrix.sh into FLEET/TASK. What it says goes to FLEET/jobs/TASK.log; its exit
# status and the node to TASK.exit, once the knobs are back. slurm-run.sh submits it.
#
#   slurm-job.sh TOP FLEET TASK BIN [option of run-matrix.sh]...
#
# In an array there is no TASK: it is the kernel of this number.

set -euo pipefail
top=$1 fleet=$2 task=$3 bin=$4
shift 4
. "$top/scripts/lib/common.sh"
. "$top/scripts/lib/run-directory.sh"

# The run that was begun for this task here, and did not come to its end.
begun() {
  local manifest
  for manifest in "$fleet/$task"/*/*/*/manifest.json; do
    ! jq -e '.state != "complete"' "$manifest" >/dev/null 2>&1 ||
      [ "$(run_made_on "${manifest%/*}" 2>/dev/null)" != "$(uname -nrv)" ] || echo "${manifest%/*}"
  done | tail -n 1
}

# Nodes that are one machine take turns. The lock on the directory is only for that: zpbench's own is on the file in
# it, and is waited for besides.
wait_for_host() {
  local file=/sys/kernel/mm/ksm/run
  [ -e "$file" ] || file=/proc/sys/vm/max_map_count
  exec 9<"${file%/*}"
  run_command flock 9 && run_command flock "$file" true
}

measure() {
  local run
  if [ -n "${SLURM_ARRAY_TASK_ID-}" ]; then
    ZP_BUILT=1 run_command "$top/scripts/run-matrix.sh" --bin "$bin" --out "$fleet/$task" \
      --kernel "$(jq -r ".kernels[$SLURM_ARRAY_TASK_ID - 1]" "$fleet/jobs/fleet.json")" "$@"
    return
  fi
  wait_for_host || return
  run=$(begun)
  if [ -n "$run" ]; then
    run_command "$top/scripts/run-matrix.sh" --bin "$bin" --resume "$run"
  else
    run_command "$top/scripts/run-matrix.sh" --bin "$bin" --out "$fleet/$task" "$@"
  fi
}

: "${task:=kernel-${SLURM_ARRAY_TASK_ID-}}"
exec >"$fleet/jobs/$task.log" 2>&1
run_trap_signals
status=0
measure "$@" || status=$?
echo "$status ${SLURMD_NODENAME:-$(uname -n)}" >"$fleet/jobs/$task.exit.tmp"
mv "$fleet/jobs/$task.exit.tmp" "$fleet/jobs/$task.exit"
exit "$status"
