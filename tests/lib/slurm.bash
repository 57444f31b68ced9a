# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by slurm.bats: a real cluster of two nodes on this machine, by the lines of docs/fleet.md, on ports and in
# a directory of its own.

PATH=$PATH:/usr/sbin

cluster_missing() {
  [ "$(id -u)" = 0 ] || { echo "needs root, as the nodes' jobs do"; return; }
  command -v slurmctld slurmd munged sbatch >/dev/null || { echo "no Slurm: scripts/install-deps.sh --for test"; return; }
  # It does not start without, whatever plugins it is told to use.
  [ "$(stat -f -c %T /sys/fs/cgroup 2>/dev/null)" != sysfs ] || echo "slurmd wants control groups on /sys/fs/cgroup"
}

# Every daemon leaves its PID in D. The keeper ends the jobs and the daemons when the process that called this has
# gone, whatever ended it, or when it is asked to.
cluster_start() {
  local port=$((20000 + RANDOM % 20000)) owner=$BASHPID _
  export D=$BATS_FILE_TMPDIR/slurm SLURM_CONF=$BATS_FILE_TMPDIR/slurm/slurm.conf
  mkdir "$D"
  # shellcheck disable=SC2016 # for that shell
  setsid bash -c '
    pids=""
    while kill -0 "$1" && [ ! -e "$D/done" ]; do
      now=$(cat "$D"/*.pid) && pids=$now  # bats may remove the directory first
      sleep 0.2
    done
    scancel --user 0
    for _ in {1..50}; do [ -n "$(squeue --noheader)" ] || break; sleep 0.1; done
    kill $pids
    for _ in {1..50}; do kill -0 $pids || break; sleep 0.1; done
    [ ! -e "$D/done" ] || : >"$D/stopped"' keeper "$owner" >/dev/null 2>&1 3>&- &
  sed -n '/^    export D=/,/^    slurmctld/ s/^    //p' "$TOP/docs/fleet.md" |
    sed -e 's/^export D=.*;//' -e "s/7817/$port/" >"$D/start"
  bash -e "$D/start" >"$D/said" 2>&1 3>&- || { cat "$D/said"; return 1; }
  for _ in {1..100}; do
    [ "$(sinfo --noheader --format %T%D 2>/dev/null)" != idle2 ] || return 0
    sleep 0.1
  done
  sinfo
  tail -n 20 "$D"/*.log
  return 1
}

cluster_stop() {
  local _
  : >"$D/done"
  for _ in {1..100}; do [ ! -e "$D/stopped" ] || return 0; sleep 0.1; done
  return 1
}
