#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the peers that Debian has and prints, in one run, what the suite
# costs and how it compares: merging against ksmd's own CPU time, the census
# against a bare read, the walk, the read roofs and STREAM's triad against
# likwid-bench, the triad against STREAM too. Nothing here passes or fails:
# machines are noisy, people look.
#
#   peers.sh [RUN]      RUN: also the share of a run's wall time that was
#                       timed walking

[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@" # started by another shell: sh SCRIPT
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"
top=$(dirname "$(dirname "$(readlink -f "$0")")")
case ${1-} in -h | --help) usage; exit 0 ;; esac
[ $# -le 1 ] || bad_usage "one run directory at most; see --help"
[ $# = 0 ] || [ -f "$1/manifest.json" ] || bad_usage "$1 is not a run directory (no manifest.json)"
"$top/scripts/install-deps.sh" --for build --for measure --for analysis --for peers
"$top/scripts/build.sh" release all zp_make_results

echo "== the suite itself"
ours=$("$top/build/release/bin/zpspeed")
echo "$ours"

# One that does not run here has no figure; the others have.
likwid() { likwid-bench "$@" 2>/dev/null || :; }

echo "== L1-resident lines, against likwid-bench -t clload"
peer=$(likwid -t clload -w S0:16kB:1 | awk '/^Data volume/ {bytes = $NF} /^Time:/ {time = $2} END {if (bytes) printf "%.4f", time * 1e9 / (bytes / 64)}')
if [ -n "$peer" ]; then
  awk -v peer="$peer" '/^L1-resident/ {ours = $(NF - 3); printf "ours %s, likwid-bench %s ns a line: %.2f times as fast (at least 1.3)\n", ours, peer, peer / ours}' <<<"$ours"
else
  echo "likwid-bench does not run here"
fi

echo "== read roofs, against likwid-bench (load, with the widest loads it has here)"
case $(grep -m 1 '^flags' /proc/cpuinfo) in
  *' avx512f '*) loads=load_avx512 ;;
  *' avx '*) loads=load_avx ;;
  *' sse2 '*) loads=load_sse ;;
  *) loads=load ;;
esac
while read -r _ _ level bytes _ roof _; do
  peer=$(likwid -t "$loads" -w "S0:$((bytes / 1000))kB:1" | awk '/^MByte\/s:/ {printf "%.1f", $2 / 1000}')
  echo "$level: ours $roof, likwid-bench -t $loads ${peer:-does not run here} GB/s"
done < <(grep '^read roof' <<<"$ours")

echo "== STREAM's triad, one thread, private memory, against likwid-bench (the same loop without vectors, and with them)"
while read -r _ _ bytes _ _ _ triad _; do
  for kernel in stream stream_sse stream_avx; do
    peer=$(likwid -t "$kernel" -w "S0:$((3 * bytes / 1000))kB:1" | awk '/^MByte\/s:/ {printf "%.1f", $2 / 1000}')
    echo "ours $triad, likwid-bench -t $kernel ${peer:-does not run here} GB/s"
  done
done < <(grep '^triad of' <<<"$ours")

# STREAM itself is in no package of its own: Debian's hpcc holds it, among tests that all run (a minute of CPU time).
# It takes the size of its arrays from a matrix: N x N doubles are three arrays.
echo "== the same against STREAM itself (Debian's hpcc), one process, arrays of the same size"
work=$(scratch peers)
trap 'rm -rf "$work"' EXIT
end_on_signals
while read -r _ _ bytes _ _ _ triad _; do
  n=$(awk -v bytes="$bytes" 'BEGIN {printf "%d", sqrt(3 * bytes / 8)}')
  # 1 problem size, 1 block size, a grid of 1 x 1 processes; then how the matrix is solved, which is nobody's question.
  printf '%s\n' - - HPL.out 8 1 "$n" 1 80 0 1 1 1 16.0 1 2 1 4 1 2 1 1 1 1 1 1 2 64 0 0 1 8 - 0 0 0 0 >"$work/hpccinf.txt"
  (cd "$work" && OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
    hpcc >/dev/null 2>&1) || true
  peer=$(sed -n 's/^SingleSTREAM_Triad=\([0-9]*\.[0-9]\).*/\1/p' "$work/hpccoutf.txt" 2>/dev/null) || true
  echo "ours $triad, STREAM ${peer:-does not run here} GB/s"
done < <(grep '^triad of' <<<"$ours")

if [ $# -gt 0 ]; then
  say "== timed share of $1"
  wall=$(jq '[.passes[].seconds] | add' "$1/manifest.json")
  jq -s --argjson wall "$wall" '[.[].benchmarks[] | select(.error_occurred | not) | .real_time * .iterations] | add
    | . / 1e6 | "timed \(. * 10 | round / 10) s of \($wall) s: \(. / $wall * 100 | round) % (at least 60 %)"' -r "$1"/pass-*.json
fi
"$top/scripts/peers-compare.sh" "$top/build/release/bin"
