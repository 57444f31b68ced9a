# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by slurm.bats: a real cluster of two nodes on this machine, by the lines of docs/fleet.md, on ports and in
# a directory of its own.

PATH=$PATH:/usr/sbin

cluster_missing() {
  [ "$(id -u)" = 0 ] || { echo "needs root, as the nodes' jobs do"; return; }
  command -v slurmctld slurmd munged sbatch >/dev/null || echo "no Slurm: scripts/install-deps.sh --for test"
}

# Every daemon leaves its PID in D. Whatever ends the tests closes the pipe that the keeper reads, and it ends the
# jobs and the daemons then.
cluster_start() {
  local port=$((20000 + RANDOM % 20000)) _
  export D=$BATS_FILE_TMPDIR/slurm SLURM_CONF=$BATS_FILE_TMPDIR/slurm/slurm.conf
  mkdir "$D"
  # shellcheck disable=SC2016 # for that shell
  exec {keeper}> >(exec setsid bash -c '
    cat >/dev/null
    scancel --user 0
    for _ in {1..50}; do [ -n "$(squeue --noheader)" ] || break; sleep 0.1; done
    kill $(cat "$D"/*.pid)
    for _ in {1..50}; do compgen -G "$D/*.pid" || break; sleep 0.1; done
    [ ! -e "$D/done" ] || : >"$D/stopped"' >/dev/null 2>&1 3>&-)
  sed -n '/^    export D=/,/^    slurmctld/ s/^    //p' "$TOP/docs/fleet.md" |
    sed -e 's/^export D=.*;//' -e "s/7817/$port/" >"$D/start"
  bash -e "$D/start" >"$D/said" 2>&1 3>&- {keeper}>&- || { cat "$D/said"; return 1; }
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
  exec {keeper}>&-
  for _ in {1..100}; do [ ! -e "$D/stopped" ] || return 0; sleep 0.1; done
  return 1
}
