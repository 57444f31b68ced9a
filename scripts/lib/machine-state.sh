# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Whether somebody else measures on this machine, or it is too busy to: other work, a hypervisor's steal, a quota.
# Looked at for a second before a run, and over all of it afterwards. Sourced by run-matrix.sh.

# Refuses while another zpbench holds the host's lock (harness/ksm/session.cpp). Building would disturb it.
machine_free() {
  local lock status=0 pid='' command=''
  for lock in /sys/kernel/mm/ksm/run /proc/sys/vm/max_map_count; do [ ! -r "$lock" ] || break; done
  flock --nonblock "$lock" true 2>/dev/null || status=$?
  [ "$status" = 1 ] || return 0
  pid=$(awk -v inode=":$(stat -c %i "$lock")$" '$2 == "FLOCK" && $6 ~ inode {print $5; exit}' /proc/locks 2>/dev/null) || :
  command=$(cat "/proc/$pid/comm" 2>/dev/null) || :
  case $command in
    '' | zpbench*) cannot_run "another zpbench is measuring on this machine (${command:+PID $pid: }it holds the lock on $lock): wait for it, or stop it" ;;
    *) cannot_run "PID $pid ($command) holds the lock on $lock, which keeps two runs apart: wait for it, or stop it" ;;
  esac
}

# busy steal total: ticks of all CPUs since the boot. Nothing where /proc/stat is not there.
machine_ticks() {
  awk '$1 == "cpu" {print $2 + $3 + $4 + $7 + $8, $9, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9; exit}' \
    /proc/stat 2>/dev/null || :
}

# Of the whole machine, as the ticks are: nproc follows OMP_NUM_THREADS, and who may use fewer.
machine_cpus() { grep -c '^cpu[0-9]' /proc/stat 2>/dev/null || :; }

# Prints the quota of the control groups above this shell in CPUs, the least of all levels; nothing without one.
machine_quota() {
  local line controllers path directory root roots least='' quota period
  while IFS=: read -r _ controllers path; do
    case ,$controllers, in
      ,,) roots=(/sys/fs/cgroup /sys/fs/cgroup/unified) ;;
      *,cpu,*) roots=(/sys/fs/cgroup/cpu) ;;
      *) continue ;;
    esac
    for root in "${roots[@]}"; do
      directory=$path
      while :; do
        line=$(cat "$root$directory/cpu.max" 2>/dev/null) ||
          line=$(cat "$root$directory"/cpu.cfs_{quota,period}_us 2>/dev/null | tr '\n' ' ') || line=''
        read -r quota period <<<"$line" || :
        if [[ ${quota-} =~ ^[0-9]+$ && ${period-} =~ ^[1-9][0-9]*$ ]]; then
          least=$(awk -v q="$quota" -v p="$period" -v l="$least" 'BEGIN {v = q / p; print l == "" || v < l ? v : l}')
        fi
        case $directory in */?*) directory=${directory%/*} ;; *) break ;; esac
      done
    done
  done </proc/self/cgroup 2>/dev/null || :
  printf '%s' "$least"
}

# Before: says what will disturb, on stderr. The run goes on; rows say for themselves how they fared.
machine_look_before() {
  local before after quota
  before=$(machine_ticks)
  sleep 1
  after=$(machine_ticks)
  awk -v me="${0##*/}" -v a="$before" -v b="$after" -v cpus="$(machine_cpus)" 'BEGIN {
    if (split(a, x) < 3 || split(b, y) < 3 || y[3] <= x[3]) exit
    busy = (y[1] - x[1]) / (y[3] - x[3]); steal = (y[2] - x[2]) / (y[3] - x[3])
    if (busy > 0.1) printf "%s: warning: this machine is busy: %.1f of %d CPUs with other work; figures will be too slow\n", me, busy * cpus, cpus
    if (steal > 0.01) printf "%s: warning: a hypervisor takes %.0f %% of the CPU time (steal)\n", me, steal * 100
  }' >&2 || :
  quota=$(machine_quota)
  [ -z "$quota" ] ||
    note "warning: a control group lets this shell have $quota CPUs at most (cpu.max)"
  machine_begin=$(machine_ticks)
}

# After: what was taken meanwhile, and how many repetitions say that they were disturbed.
machine_look_after() {  # RUN
  local now rows disturbed
  now=$(machine_ticks)
  awk -v me="${0##*/}" -v a="${machine_begin-}" -v b="$now" 'BEGIN {
    if (split(a, x) < 3 || split(b, y) < 3 || y[3] <= x[3]) exit
    steal = (y[2] - x[2]) / (y[3] - x[3])
    if (steal > 0.01) printf "%s: warning: a hypervisor took %.1f %% of the CPU time while this ran (steal)\n", me, steal * 100
  }' >&2 || :
  read -r disturbed rows < <(jq -s '[.[].benchmarks[] | select(.error_occurred | not)]
    | "\(map(select((.label // "") | endswith("; disturbed"))) | length) \(length)"' -r "$1"/pass-*.json 2>/dev/null) || return 0
  [ "${disturbed:-0}" = 0 ] ||
    note "warning: $disturbed of $rows repetitions were disturbed (docs/method.md, \"Disturbance\")"
}
