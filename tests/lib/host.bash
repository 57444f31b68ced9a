# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the bats files: the programs under test, and the host they run on. Other runs of zpbench on this
# machine hold its lock for a while; nothing here is done to the host without that lock.

bats_require_minimum_version 1.5.0
: "${ZPBENCH:?the zpbench program, as ctest sets it}"
: "${TOP:?the source tree, as ctest sets it}"
KSM=/sys/kernel/mm/ksm
THP=/sys/kernel/mm/transparent_hugepage
LOCKED=$KSM/run
[ -e "$LOCKED" ] || LOCKED=/proc/sys/vm/max_map_count

# wait_until COMMAND...: for ten seconds at most.
wait_until() {
  local _
  for _ in {1..1000}; do
    ! "$@" || return 0
    sleep 0.01
  done
  return 1
}

# Who holds the host's lock: PIDs of processes that have the file open.
lock_holders() {
  local inode
  inode=$(stat -c %i "$LOCKED")
  awk -v inode="$inode" '$2 == "FLOCK" && $6 ~ ":" inode "$" {print $5}' /proc/locks | sort -u | tr '\n' ' '
}

# Another program may measure for hours. That is found out once: every test after it is skipped at once, with
# the reason, until the lock is free again. What a run that was killed has left is not how the host was found: put
# back after the test, it would stay.
free_lock() {
  local mark=${BATS_RUN_TMPDIR:-/tmp}/zpbench-lock-held seconds=60
  [ ! -e "$mark" ] || seconds=0
  if flock -w "$seconds" "$LOCKED" true; then
    rm -f "$mark"
    [ ! -e /run/zpbench/journal ] || "$ZPBENCH" --restore >/dev/null
    return 0
  fi
  : >"$mark"
  skip "host lock held by PID $(lock_holders)"
}

host_locked() { flock -w 60 "$LOCKED" "$@"; }

# Every knob, byte for byte, and which swap areas, zram devices and control groups of zpbench's there are.
knobs() {
  awk '{print $1}' /proc/swaps
  find /sys/block -name 'zram*'
  find /sys/fs/cgroup -type d -name 'zpbench-[0-9]*'
  host_locked grep -s '' $KSM/{run,pages_to_scan,sleep_millisecs,use_zero_pages,max_page_sharing} \
    $KSM/{merge_across_nodes,smart_scan,advisor_mode} $THP/{enabled,use_zero_page,shrink_underused,shmem_enabled} $THP/hugepages-*/enabled \
    $KSM/redhat_only_zero_pages $THP/khugepaged/{max_ptes_none,pages_to_scan,scan_sleep_millisecs} /proc/sys/vm/max_map_count || :
}

# What starts a run says --no-probe: the probe at its start takes longer than all else of a short run, and has
# tests of its own (cli/probe.bats).
is_run() { [[ ! " $* " =~ " --"(doctor|restore|probe|list|counters list)" " ]]; }

# zpbench, again while somebody else measures.
zpbench() {
  ! is_run "$@" || set -- "$@" --no-probe
  local status=0 _
  for _ in {1..60}; do
    status=0
    "$ZPBENCH" "$@" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    grep -qs 'holds the lock on' "$BATS_TEST_TMPDIR/stderr" || break
    sleep 1
  done
  cat "$BATS_TEST_TMPDIR/stderr" >&2
  return "$status"
}

# zpbench in the background, measuring or about to; its PID in $pid, its stderr in $BATS_TEST_TMPDIR/background.
start_zpbench() {
  local _
  set -- "$@" --no-probe
  for _ in {1..60}; do
    "$ZPBENCH" "$@" >/dev/null 2>"$BATS_TEST_TMPDIR/background" 3>&- &
    pid=$!
    # It catches signals from when it has the lock; somebody else's is none of its own.
    while kill -0 "$pid" 2>/dev/null && ! grep -q "FLOCK .* $pid " /proc/locks; do sleep 0.02; done
    sleep 0.05
    kill -0 "$pid" 2>/dev/null && return 0
    wait "$pid" || :
    grep -q 'holds the lock on' "$BATS_TEST_TMPDIR/background" || { cat "$BATS_TEST_TMPDIR/background"; return 1; }
    sleep 1
  done
  return 1
}

# In a directory of its own, with the knobs as they are in $before.
knobs_setup() {
  needs_root_and_ksm
  free_lock
  cd "$BATS_TEST_TMPDIR" || return
  before=$(knobs)
  keep_knobs
}

# Ends what start_zpbench left, and waits until the knobs are as they were found.
knobs_teardown() {
  local _
  [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || :
  [ -n "${kept-}" ] || return 0
  exec {kept}>&-
  for _ in {1..3000}; do
    [ -e "$BATS_TEST_TMPDIR/kept" ] || return 0
    sleep 0.02
  done
}

# What a test writes to knobs itself stands in no journal, and a test that is killed puts nothing back. So somebody
# else does, nobody's child and in a session of its own, when the test and all that it started have ended: they hold
# the pipe open.
keep_knobs() {
  mkfifo "$BATS_TEST_TMPDIR/kept"
  (setsid bash -c '
    cat >/dev/null
    [ ! -e /run/zpbench/journal ] || "$1" --restore
    exec 9<"$2"
    flock -w 60 9
    while IFS=: read -r knob value; do
      [ "$(cat "$knob")" = "$value" ] && continue
      value=${value#*[}
      echo "${value%]*}" >"$knob"
    done <<<"$3"
    rm -f "$4"' keeper "$ZPBENCH" "$LOCKED" "$before" "$BATS_TEST_TMPDIR/kept" \
    <"$BATS_TEST_TMPDIR/kept" >/dev/null 2>&1 3>&- &)
  exec {kept}>"$BATS_TEST_TMPDIR/kept"
}

needs_root_and_ksm() {
  [ "$(id -u)" = 0 ] || skip "needs root"
  [ -w $KSM/run ] || skip "needs KSM"
}

as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

can_be_nobody() { as_nobody true 2>/dev/null; }

# A copy that nobody may execute, wherever this tree lies; where a user without privileges can run
# nothing at all (a chroot whose / is closed to others), the test says so.
public_directory() {
  can_be_nobody || skip "nobody (uid 65534) can run no program here: ls -ld / shows $(stat -c %A /)"
  public=$(mktemp -d)
  chmod 755 "$public"
  cp "$ZPBENCH" "$public/zpbench"
}

# refuses STATUS COMMAND...: it ends so, with one line on stderr and nothing on stdout.
refuses() {
  echo "${*:2}"
  run "-$1" --separate-stderr "${@:2}"
  # shellcheck disable=SC2154 # of run
  [ "${#stderr_lines[@]}" = 1 ]
  [ -z "$output" ]
}

fits_75_columns() { awk 'length($0) > 75 {print "too long: " $0; bad = 1} /[^ -~]/ {print "not ASCII: " $0; bad = 1} END {exit bad}'; }

# For tests that look at all that is left: in an empty directory.
work_setup() { mkdir "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return; }

# A leading ! would hide a failure from bats.
not() { ! "$@"; }

# took_us COMMAND...: how long it took, on stdout; what it printed is in the file printed.
took_us() {
  local start=${EPOCHREALTIME/./}
  "$@" >printed
  echo $((${EPOCHREALTIME/./} - start))
}
