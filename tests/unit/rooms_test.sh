#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# rooms_test.sh [TREE]: every #include between folders must be an arrow of docs/architecture.md, and
# arrows there go to rooms listed above.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)

# Wrong arrows of a tree, one per line.
wrong_arrows() {
  local tree=$1
  {
    sed -n 's/^    \(\(harness\|bench\|analysis\)[a-z_\/]*\):\(.*\)$/room \1\3/p' "$tree/docs/architecture.md"
    (cd "$tree" && grep -rHo --include='*.cpp' --include='*.hpp' '^#include "[a-z][a-z_0-9/]*/[a-z_0-9]*\.hpp"' harness bench analysis) |
      sed 's/^\(.*\)\/[^\/]*:#include "\(.*\)\/[^\/]*"$/include \1 \2/'
  } | awk '
    $1 == "room" {
      for (i = 3; i <= NF; i++) {
        if (!($i in listed)) print "docs/architecture.md: " $2 " sees " $i ", which is not above it"
        may[$2, $i] = 1
      }
      listed[$2] = 1
    }
    $1 == "include" && $2 != $3 && !(($2, $3) in may) && !(($2, $3) in said) {
      said[$2, $3] = 1
      print $2 " includes " $3 ", which docs/architecture.md does not let it see"
    }'
}

# The check itself, on a toy house with one wrong arrow of each kind.
toy=$(mktemp -d)
trap 'rm -rf "$toy"' EXIT
mkdir -p "$toy"/{docs,bench,harness/{low,high},analysis/load}
printf '    harness/low:\n    harness/mid: harness/high\n    harness/high: harness/low\n' >"$toy/docs/architecture.md"
echo '#include "harness/low/a.hpp"' >"$toy/harness/high/a.cpp"
echo '#include "harness/high/a.hpp"' | tee "$toy/harness/low/a.cpp" >"$toy/bench/a.cpp"
found=$(wrong_arrows "$toy" | sort)
expected='bench includes harness/high, which docs/architecture.md does not let it see
docs/architecture.md: harness/mid sees harness/high, which is not above it
harness/low includes harness/high, which docs/architecture.md does not let it see'
[ "$found" = "$expected" ] || { echo "the check is broken: $found" >&2; exit 1; }

wrong=$(wrong_arrows "${1:-$top}")
[ -z "$wrong" ] || { echo "$wrong" >&2; exit 1; }
