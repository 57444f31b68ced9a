#!/bin/sh
# SPDX-License-Identifier: MIT
# Usage: cachegrind_test.sh REPLAY_TRACE
# The model against an independent simulator: the data references of one small program, recorded
# by valgrind's lackey and put through the model, must miss as often as valgrind's cachegrind says
# for the same program and cache. Exit 4: no valgrind here.
set -eu
replay_trace=$1
command -v valgrind >/dev/null || { echo "skipped: no valgrind" >&2; exit 4; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Without randomised addresses, and in one environment, both tools see the same addresses.
# shellcheck disable=SC2016
run() {
  env -i PATH=/usr/bin:/bin setarch -R valgrind "$@" \
    /bin/sh -c 'i=0; while [ $i -lt 60 ]; do i=$((i + 1)); done' ||
    { echo "valgrind $* failed:" >&2; cat "$work"/* >&2; exit 1; }
}

run --tool=lackey --trace-mem=yes --log-file="$work/trace"
# Lines below 32 bytes are refused by cachegrind.
failed=0
for shape in 1024,1,32 4096,2,32 32768,8,64 49152,12,64 131072,8,256; do
  run --tool=cachegrind --cache-sim=yes --cachegrind-out-file=/dev/null \
    --D1="$shape" --LL=4194304,16,256 --log-file="$work/cachegrind"
  expected=$(sed -n -e 's/,//g' -e 's/.*D  *refs: *\([0-9]*\).*/\1/p' \
    -e 's/.*D1 *misses: *\([0-9]*\).*/\1/p' "$work/cachegrind" | tr '\n' ' ')
  # shellcheck disable=SC2046
  counted=$("$replay_trace" $(echo "$shape" | tr , ' ') <"$work/trace")
  if [ "${expected% }" = "$counted" ]; then
    echo "$shape: references, misses: $counted in both"
  else
    echo "$shape: references, misses: cachegrind ${expected% }, model $counted" >&2
    failed=1
  fi
done
exit $failed
