#!/bin/bash
# Rows as results of their own: results.yaml, which tmt reads where "result: custom" is said.
set -u
data=${TMT_TEST_DATA:?is set by tmt}
# In the place of results: the reason why there are none.
no_results() {  # RESULT NOTE
  printf -- '- name: /\n  result: %s\n  note: "%s"\n  log: [zpbench.log]\n' "$1" "$2" >"$data/results.yaml"
  exit 0
}

# Of an earlier try in the same directory: they would pass for this one's.
rm -f "$data"/{zpbench.json,zpbench.lava,results.yaml}
zpbench --matrix "${ZPBENCH_MATRIX:-quick}" --filter "${ZPBENCH_FILTER:-.}" --quiet --out "$data/zpbench.json" \
  >"$data/zpbench.log" 2>&1
status=$?
# 1: a row failed verification, and says how; 4: this machine can't; anything else is an error of the test.
case $status in
  0 | 1) ;;
  4) no_results skip "zpbench: exit status 4" ;;
  *) no_results error "zpbench: exit status $status" ;;
esac
zpanalyze export "$data/zpbench.json" --format lava >"$data/zpbench.lava" 2>>"$data/zpbench.log"
status=$?
# 1: a row failed; 4: all were skipped. Both stand in what was written.
case $status in 0 | 1 | 4) ;; *) no_results error "zpanalyze: exit status $status" ;; esac
awk '
  { result = $2 == "unknown" ? "info" : $2
    printf "- name: /%s\n  result: %s\n", $1, result
    if (NF > 2) printf "  note: \"%s %s\"\n", $3, $4 }' "$data/zpbench.lava" >"$data/results.yaml"
