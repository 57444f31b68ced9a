#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# integration/: the shell parts run for real against a zpbench that writes an invented run, the YAML is read by a
# parser. The systems themselves are not here.

bats_require_minimum_version 1.5.0  # run -STATUS

setup_file() {
  export RUNS="$BATS_FILE_TMPDIR" FILES="$BATS_TEST_DIRNAME/../../integration"
  "$ZP_BIN/zp_make_results" run "$RUNS/a" --passes 3
  mkdir "$RUNS/bin"
  ln -s "$ZP_BIN/zpanalyze" "$RUNS/bin/zpanalyze"
  # What zpbench does as far as the scripts see: a file for --out, the exit status it is told; 139: it broke after that.
  cat >"$RUNS/bin/zpbench" <<'SH'
#!/bin/bash
echo "zpbench $*" >>"$RUNS/called"
pass=1
while [ $# -gt 0 ]; do case $1 in --out) out=$2; shift ;; --pass) pass=$2; shift ;; esac; shift; done
case ${ZPBENCH_STATUS:-1} in 0 | 1 | 139) cp "$RUNS/a/pass-0$pass.json" "$out" ;; esac
echo "read.forged.ns_per_read: not a number"
exit "${ZPBENCH_STATUS:-1}"
SH
  chmod +x "$RUNS/bin/zpbench"
  export PATH="$RUNS/bin:$PATH"
  # python3-yaml is of Debian's own Python.
  PYTHON=/usr/bin/python3; [ -x $PYTHON ] || PYTHON=python3
  export PYTHON
}

setup() { rm -f "$RUNS/called"; }

# A directory with a zpanalyze that breaks.
broken_export() {
  mkdir -p "$RUNS/broken"
  printf '#!/bin/sh\nexit 2\n' >"$RUNS/broken/zpanalyze"
  chmod +x "$RUNS/broken/zpanalyze"
  echo "$RUNS/broken"
}

@test "every YAML file is one, and names what the scripts ask for" {
  "$PYTHON" -c 'import yaml' 2>/dev/null || skip "no python3-yaml"
  "$PYTHON" - "$FILES" <<'PY'
import pathlib, re, sys, yaml
top = pathlib.Path(sys.argv[1])
files = [f for f in top.rglob("*") if f.suffix in (".yaml", ".fmf")]
assert len(files) == 5, files
data = {str(f.relative_to(top)): yaml.safe_load(f.read_text()) for f in files}
lkp = data["lkp-tests/programs/zpbench/meta.yaml"]
asked = re.findall(r"^# - (\w+)$", (top / "lkp-tests/programs/zpbench/run").read_text(), re.M)
assert list(lkp["parameters"]) == asked, asked
assert set(data["lkp-tests/jobs/zpbench.yaml"]["zpbench"]) <= set(asked)
lava = data["lava/zpbench.yaml"]
assert lava["metadata"]["format"] == "Lava-Test Test Definition 1.0"
assert set(lava["metadata"]) >= {"name", "format", "description", "os", "scope", "devices"}
assert set(re.findall(r"\$\{([A-Z]+)\}", " ".join(lava["run"]["steps"]))) == set(lava["params"])
assert data["tmt/main.fmf"]["result"] == "custom"
PY
}

@test "lkp-tests: run prints the results and what else is said, parse keeps the results" {
  mkdir -p "$RUNS/lkp/lib"
  printf 'die() { echo "$*" >&2; exit 99; }\n' >"$RUNS/lkp/lib/debug.sh"
  printf 'log_cmd() { echo "$(date) $*"; "$@"; }\n' >"$RUNS/lkp/lib/reproduce-log.sh"
  mkdir -p "$RUNS/result"
  LKP_SRC="$RUNS/lkp" TMP_RESULT_ROOT="$RUNS/result" matrix=quick passes=3 filter=private \
    "$FILES/lkp-tests/programs/zpbench/run" >"$RUNS/stdout"
  [ "$(wc -l <"$RUNS/called")" -eq 3 ]
  grep -q -- '--matrix quick --pass 3 .*--filter private' "$RUNS/called"
  "$FILES/lkp-tests/programs/zpbench/parse" <"$RUNS/stdout" >"$RUNS/parsed"
  [ "$(cat "$RUNS/parsed")" = "$(zpanalyze export "$RUNS"/a/pass-0*.json --format lkp || true)" ]
  grep -q '^read.placement-private.table-67108864.stride-64.*\.ns_per_read: 1\.8' "$RUNS/parsed"
  [ "$(grep -c '\.fail: 1$' "$RUNS/parsed")" -eq 4 ]
  # What can't run fails the job, and says so.
  LKP_SRC="$RUNS/lkp" TMP_RESULT_ROOT="$RUNS/result" ZPBENCH_STATUS=4 \
    run -99 "$FILES/lkp-tests/programs/zpbench/run"
  [[ "$output" == *"zpbench: exit status 4"* ]]
  PATH=$(broken_export):$PATH LKP_SRC="$RUNS/lkp" TMP_RESULT_ROOT="$RUNS/result" run "$FILES/lkp-tests/programs/zpbench/run"
  [ "$status" -eq 99 ]
  PATH=/usr/bin:/bin LKP_SRC="$RUNS/lkp" TMP_RESULT_ROOT="$RUNS/result" run "$FILES/lkp-tests/programs/zpbench/run"
  [ "$status" -eq 99 ]
  [[ "$output" == *"must be in the PATH"* ]]
  printf '%s\n' 'a.b: 1' 'a: -1.5e-07' 'a: 2e+10' 'a: nan' 'a b: 1' 'a: 1 x' >"$RUNS/lines"
  [ "$("$FILES/lkp-tests/programs/zpbench/parse" <"$RUNS/lines")" = "$(head -n 3 "$RUNS/lines")" ]
}

@test "LAVA: the steps end in lines that send-to-lava.sh takes" {
  "$PYTHON" -c 'import yaml' 2>/dev/null || skip "no python3-yaml"
  mkdir -p "$RUNS/definitions/automated/linux/zpbench" "$RUNS/definitions/automated/utils"
  printf '#!/bin/sh\ncp "$1" "$RUNS/sent"\n' >"$RUNS/definitions/automated/utils/send-to-lava.sh"
  chmod +x "$RUNS/definitions/automated/utils/send-to-lava.sh"
  "$PYTHON" - "$FILES/lava/zpbench.yaml" >"$RUNS/steps.sh" <<'PY'
import shlex, sys, yaml
test = yaml.safe_load(open(sys.argv[1]))
for key, value in test["params"].items():
    print(f"{key}={shlex.quote(value)}")
print("\n".join(test["run"]["steps"]))
PY
  (cd "$RUNS/definitions" && sh -e "$RUNS/steps.sh")
  [ "$(wc -l <"$RUNS/called")" -eq 3 ]
  [ "$(grep -cE '^[A-Za-z0-9._-]+ pass [0-9.]+ ns$' "$RUNS/sent")" -eq 48 ]
  [ "$(grep -cE '^[A-Za-z0-9._-]+ fail$' "$RUNS/sent")" -eq 4 ]
  [ "$(wc -l <"$RUNS/sent")" -eq 52 ]
  # A pass that can't run here is a skip, and one that breaks a failure; nobody's rows are its own, those of an
  # earlier try as little.
  printf '#!/bin/sh\necho "$*" >>"$RUNS/cases"\n' >"$RUNS/bin/lava-test-case"
  chmod +x "$RUNS/bin/lava-test-case"
  for ZPBENCH_STATUS in 4 2 139; do
    (cd "$RUNS/definitions" && export ZPBENCH_STATUS && sh -e "$RUNS/steps.sh" 2>/dev/null)
    [ ! -s "$RUNS/sent" ]
  done
  unset ZPBENCH_STATUS
  [ "$(sort "$RUNS/cases" | uniq -c | tr -s ' \n' ' ')" = "$(printf ' 2 zpbench-pass-%s --result fail 1 zpbench-pass-%s --result skip' 1 1 2 2 3 3) " ]
  # So is an export that breaks: no result at all would be a pass.
  rm "$RUNS/cases"
  (cd "$RUNS/definitions" && PATH=$(broken_export):$PATH sh -e "$RUNS/steps.sh" 2>/dev/null)
  [ "$(cat "$RUNS/cases")" = "zpbench-export --result fail" ]
}

@test "tmt: results.yaml has a result for each row, or the reason for none" {
  "$PYTHON" -c 'import yaml' 2>/dev/null || skip "no python3-yaml"
  cat >"$RUNS/tmt.py" <<'PY'
import sys, yaml
results = yaml.safe_load(open(sys.argv[1] + "/results.yaml"))
assert all(r["name"].startswith("/") and r["result"] in ("pass", "fail", "info", "warn", "error", "skip")
           for r in results), results
print(len(results), *sorted({r["result"] for r in results}))
PY
  mkdir "$RUNS/tmt"
  TMT_TEST_DATA="$RUNS/tmt" bash "$FILES/tmt/test.sh"
  [ "$("$PYTHON" "$RUNS/tmt.py" "$RUNS/tmt")" = "52 fail pass" ]
  [ "$(grep -cE '^  note: "[0-9.]+ ns"$' "$RUNS/tmt/results.yaml")" = 48 ]
  mkdir "$RUNS/unknown"
  printf '#!/bin/sh\necho a unknown; echo b pass 1.5 ns\n' >"$RUNS/unknown/zpanalyze"
  chmod +x "$RUNS/unknown/zpanalyze"
  PATH=$RUNS/unknown:$PATH TMT_TEST_DATA="$RUNS/tmt" bash "$FILES/tmt/test.sh"
  [ "$("$PYTHON" "$RUNS/tmt.py" "$RUNS/tmt")" = "2 info pass" ]
  PATH=$(broken_export):$PATH TMT_TEST_DATA="$RUNS/tmt" bash "$FILES/tmt/test.sh"
  [ "$("$PYTHON" "$RUNS/tmt.py" "$RUNS/tmt")" = "1 error" ]
  # Of one that measured nothing there is none, whatever an earlier try has left.
  for outcome in 4:skip 2:error 139:error; do
    TMT_TEST_DATA="$RUNS/tmt" ZPBENCH_STATUS=${outcome%:*} bash "$FILES/tmt/test.sh"
    [ "$("$PYTHON" "$RUNS/tmt.py" "$RUNS/tmt")" = "1 ${outcome#*:}" ]
    grep -q "exit status ${outcome%:*}\"" "$RUNS/tmt/results.yaml"
  done
}

@test "mmtests: parse-results gives six columns for each row and iteration" {
  mkdir "$RUNS/logs"
  for i in 1 2 3; do
    zpanalyze export "$RUNS/a/pass-0$i.json" --format lkp >"$RUNS/logs/zpbench-$i.lkp" || true
  done
  bash "$FILES/mmtests/shellpack_src/src/zpbench/parse-results" "$RUNS/logs" >"$RUNS/columns"
  [ "$(wc -l <"$RUNS/columns")" -eq $((3 * 48)) ]
  [ -z "$(awk -F'\t' 'NF != 6 || $5 + 0 <= 0' "$RUNS/columns")" ]
  cp "$RUNS/logs/zpbench-3.lkp" "$RUNS/logs/zpbench-10.lkp"
  bash "$FILES/mmtests/shellpack_src/src/zpbench/parse-results" "$RUNS/logs" >"$RUNS/columns"
  [ "$(cut -f4 "$RUNS/columns" | uniq | tr '\n' ' ')" = "1 2 3 10 " ]
  [ -z "$(cut -f1 "$RUNS/columns" | grep -E 'ns_per_read|:')" ]
}

# Of what shellpack puts in place of its lines, the loop; mmtests' die.
mmtests_bench() {
  sed -e 's/^###SHELLPACK iteration_begin .*/for ITERATION in 1 2 3; do/; s/^###SHELLPACK iteration_end/done/' \
    -e '1a die() { echo "$*" >\&2; exit 99; }; monitor_pre_hook() { :; }; monitor_post_hook() { :; }; SHELLPACK_SUCCESS=0' \
    "$FILES/mmtests/shellpack_src/src/zpbench/zpbench-bench" >"$RUNS/bench.sh"
  mkdir -p "$RUNS/mmtests"
  LOGDIR_RESULTS="$RUNS/mmtests" bash "$RUNS/bench.sh"
}

@test "mmtests: an iteration each, and what breaks fails the test" {
  run mmtests_bench
  [ "$status" = 0 ]
  grep -q -- '--matrix quick --pass 3 ' "$RUNS/called"
  [ "$(grep -c '\.ns_per_read: ' "$RUNS/mmtests/zpbench-3.lkp")" = 48 ]
  ZPBENCH_STATUS=4 run mmtests_bench
  [ "$status" = 99 ]
  PATH=$(broken_export):$PATH run mmtests_bench
  [ "$status" = 99 ]
  [[ $output == *"Failed to export"* ]]
  # What the configuration says reaches it.
  mkdir "$RUNS/shellpacks"
  printf '#!/bin/sh\necho "$*"\n' >"$RUNS/shellpacks/shellpack-bench-zpbench"
  chmod +x "$RUNS/shellpacks/shellpack-bench-zpbench"
  . "$FILES/mmtests/configs/config-zpbench"
  . "$FILES/mmtests/drivers/driver-zpbench.sh"
  [ "$(SCRIPTDIR=$RUNS ZPBENCH_MATRIX=full ZPBENCH_ITERATIONS=7 run_bench)" = "--matrix full --iterations 7" ]
  [ "$(SCRIPTDIR=$RUNS run_bench)" = "--matrix quick --iterations 3" ]
}

@test "shell parts are clean" {
  command -v shellcheck >/dev/null || skip "no shellcheck"
  shellcheck -s bash -e SC1091,SC2154 "$FILES/lkp-tests/programs/zpbench/run" "$FILES/tmt/test.sh"
  for file in "$FILES"/mmtests/drivers/*.sh "$FILES"/mmtests/shellpack_src/src/zpbench/{zpbench-bench,parse-results}; do
    bash -n "$file"
  done
}
