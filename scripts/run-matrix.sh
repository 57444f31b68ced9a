#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing, builds, measures a matrix of cells in several passes, and prints the table.
# The last line on stdout is the run directory.
#
#   run-matrix.sh [--quick | --full | --matrix FILE] [options] [-- zpbench options]
#
#   --quick          about two minutes (default)
#   --full           every placement, throughput and latency
#   --matrix FILE    a matrix file (bench/matrices/ has examples)
#   --passes N       processes that each measure every cell, in another order (default 3)
#   --seed N         of the orders (default: from the clock; the manifest keeps it)
#   --out DIR        where results go (default: results/ of this checkout)
#   --resume DIR     go on with a run that was interrupted
#   --bin DIR        use the programs in DIR, build nothing
#   --dry-run        say what would be done; change nothing
#
# Exit status: 0 done; 1 some row failed its proof; 2 usage; 4 can't run here; 130/143 interrupted
# (go on with --resume).
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$top/scripts/lib/run-directory.sh"

die() { echo "run-matrix.sh: $2" >&2; exit "$1"; }

matrix=quick passes=3 seed='' out=$top/results resume='' bin='' dry_run='' extra=()
while [ $# -gt 0 ]; do
  case $1 in
    --quick) matrix=quick; shift ;;
    --full) matrix=full; shift ;;
    --matrix | --passes | --seed | --out | --resume | --bin)
      [ $# -ge 2 ] || die 2 "$1 needs a value"
      case $1 in
        --matrix) matrix=$2 ;;
        --passes) passes=$2 ;;
        --seed) seed=$2 ;;
        --out) out=$2 ;;
        --resume) resume=$2 ;;
        --bin) bin=$2 ;;
      esac
      shift 2 ;;
    --dry-run) dry_run=1; shift ;;
    -h | --help) sed -n '3,20s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --) shift; extra=("$@"); break ;;
    *) die 2 "unknown option '$1'; see --help" ;;
  esac
done
[[ $passes =~ ^[1-9][0-9]{0,3}$ ]] || die 2 "--passes '$passes': must be 1 to 9999"
[[ $seed =~ ^[0-9]{0,15}$ ]] || die 2 "--seed '$seed': must be a number"
[ -z "$seed" ] || seed=$((10#$seed))
case $matrix in quick | full) ;; *) [ -f "$matrix" ] || die 2 "--matrix '$matrix': no such file"; matrix=$(realpath "$matrix") ;; esac

if [ -n "$dry_run" ]; then
  if [ -z "$bin" ]; then
    missing=$("$top/scripts/install-deps.sh" --print)
    [ -z "$missing" ] || echo "would install ${missing//$'\n'/ }"
    echo "would build $top/build/release"
    bin=$top/build/release/bin
  fi
  echo "would measure $passes passes, each:"
  [ -x "$bin/zpbench" ] || { echo "(zpbench --dry-run tells, once it is built)"; exit 0; }
  exec "$bin/zpbench" --matrix "$matrix" "${extra[@]}" --dry-run
fi
if [ -z "$bin" ]; then
  "$top/scripts/install-deps.sh"
  "$top/scripts/build.sh" release
  bin=$top/build/release/bin
fi
zpbench=$bin/zpbench zpanalyze=$bin/zpanalyze
[ -x "$zpbench" ] || die 2 "--bin: $zpbench is no program"

# What is wrong with the matrix is said before anything is made.
"$zpbench" --matrix "$matrix" "${extra[@]}" --list >/dev/null || exit $?

if [ -n "$resume" ]; then
  run=$(realpath -m "$resume")
  run_open "$run"
  matrix=$(run_get matrix) passes=$(run_get passes_planned) seed=$(run_get seed)
  mapfile -t extra < <(jq -r '.options[]?' "$run/manifest.json")
else
  seed=${seed:-$(date +%s)}
  run=$(run_create "$out" "$matrix" "$passes" "$seed" "${extra[@]}") || exit $?
fi
status=0
run_measure "$run" "$zpbench" "$matrix" "$passes" "$seed" "${extra[@]}" || status=$?
if [ -x "$zpanalyze" ]; then
  "$zpanalyze" table "$run" || status=$?
fi
echo "$run"
exit "$status"
