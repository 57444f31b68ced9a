#!/bin/bash
# Rows as results of their own: results.yaml, which tmt reads where "result: custom" is said.
set -u
data=${TMT_TEST_DATA:?is set by tmt}

zpbench --matrix "${ZPBENCH_MATRIX:-quick}" --filter "${ZPBENCH_FILTER:-.}" --quiet --out "$data/zpbench.json" \
  >"$data/zpbench.log" 2>&1
status=$?
if [ ! -s "$data/zpbench.json" ]; then
  # 4: this machine can't; anything else is an error of the test.
  printf -- '- name: /\n  result: %s\n  note: "zpbench: exit status %d"\n  log: [zpbench.log]\n' \
    "$([ $status -eq 4 ] && echo skip || echo error)" $status >"$data/results.yaml"
  exit 0
fi
zpanalyze export "$data/zpbench.json" --format lava | awk '
  { result = $2 == "unknown" ? "info" : $2
    printf "- name: /%s\n  result: %s\n", $1, result
    if (NF > 2) printf "  note: \"%s %s\"\n", $3, $4 }' >"$data/results.yaml"
