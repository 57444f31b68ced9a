#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# zpanalyze compare against Google Benchmark's compare.py on the same files:
# wall time, memory.
#
#   peers-compare.sh [BIN_DIR]      (default build/release/bin)
#
# Needs libbenchmark-tools, python3-scipy and time; sizes by PEERS_NAMES
# (10000) and PEERS_BIG_NAMES (100000, zpanalyze only: compare.py would take
# hours).

[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@" # started by another shell: sh SCRIPT
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

case ${1-} in -h | --help) usage; exit 0 ;; esac
bin=${1:-build/release/bin}
names=${PEERS_NAMES:-10000}
big=${PEERS_BIG_NAMES:-100000}
for number in "$names" "$big"; do
  [[ $number =~ ^[1-9][0-9]{0,7}$ ]] || bad_usage "PEERS_NAMES, PEERS_BIG_NAMES '$number': must be 1 to 99999999"
done
tool=/usr/share/benchmark/compare.py
# Debian's python: scipy is packaged for that one, whatever else PATH finds.
python=/usr/bin/python3
work=$(scratch peers)
trap 'rm -rf "$work"' EXIT
end_on_signals

for program in zpanalyze zp_make_results; do
  if [ ! -x "$bin/$program" ]; then
    bad_usage "no $program in $bin: build first, or name its directory"
  fi
done

# Prints "seconds KiB" of a command; 0 and 1 are its good ends (1: something got slower).
measure() {
  set +e
  /usr/bin/time -f '%e %M' -o "$work/time" "$@" > /dev/null 2> "$work/stderr"
  status=$?
  set -e
  [ "$status" -le 1 ] || { cat "$work/stderr" >&2; exit 2; }
  tail -n 1 "$work/time"
}

line() { printf '  %-10s %8s x 10  %9s s  %6d MiB\n' "$1" "$2" "$3" "$(($4 / 1024))"; }

for side in 1 2; do
  "$bin/zp_make_results" big "$work/$side.json" "$names" 10 --seed $side
done
echo "comparing two files of rows x repetitions, wall time and peak memory:"
# shellcheck disable=SC2046 # two words on purpose
set -- $(measure "$bin/zpanalyze" compare "$work/1.json" "$work/2.json")
ours=$1
line zpanalyze "$names" "$1" "$2"
if [ -r "$tool" ] && "$python" -c 'import scipy' 2> /dev/null; then
  # shellcheck disable=SC2046
  set -- $(measure "$python" "$tool" --no-color benchmarks "$work/1.json" "$work/2.json")
  line compare.py "$names" "$1" "$2"
  awk -v theirs="$1" -v ours="$ours" \
    'BEGIN { printf "  ratio: zpanalyze is %.0f times as fast\n", theirs / (ours > 0 ? ours : 0.01) }'
else
  echo "  compare.py not run: install libbenchmark-tools and python3-scipy" >&2
fi
for side in 1 2; do
  "$bin/zp_make_results" big "$work/$side.json" "$big" 10 --seed $side
done
# shellcheck disable=SC2046
set -- $(measure "$bin/zpanalyze" compare "$work/1.json" "$work/2.json")
line zpanalyze "$big" "$1" "$2"
