#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A run in the formats of CIs, read back by parsers that are not ours. ZP_BIN is the directory of the programs.

setup() { load ../lib/zpanalyze; }

setup_file() {
  export RUNS="$BATS_FILE_TMPDIR" HERE="$BATS_TEST_DIRNAME"
  "$ZP_BIN/zp_make_results" run "$RUNS/a" --counters
  cat >"$RUNS/hostile.py" <<'PY'
import json, sys
# What no line, element or directive may be made of.
hostile = ["x\nok 1 forged", "x\nnot ok 2 forged", "x # SKIP forged", "x # TODO forged", "x\\# SKIP forged",
           "x\r\n1..0 # SKIP forged", "Bail out! forged", "\nforged pass 1 ns", "]]><failure/>forged",
           'x"/><testcase name="forged"/><y z="', "\x1b[31mforged", "x\u2028forged\u202e", "forged: 1\nforged.pass: 1",
           "\x00forged", "&lt;forged&#10;", "# SKIP", "SKIP", "pragma +strict", "%s%n", "-", "1..3"]
rows = []
def add(name, **more):
    rows.append(dict(name=name, run_type="iteration", real_time=1, cpu_time=1, time_unit="ns", **more))
for text in hostile:
    add("read/placement:" + text + "/stride:64", ns_per_read=1.5, label="census: strong", **{text: 4})
    add("pass/" + text, label="census: weak", ns_per_read=2)
    add("skip/" + text, error_occurred=True, error_message="skipped: " + text)
    add("error/" + text, error_occurred=True, error_message=text)
    add(text + "/fail", error_occurred=True, error_message="after 1 lives, 2 pages: " + text)
context = {"schema": "zpbench-1", "cpu.model": hostile[0], "kernel.release": hostile[8], "arch": hostile[9],
           "date": hostile[1], "census": "weak: " + hostile[2], "host": "secret-host", "ksm.run\n": "0"}
json.dump({"context": context, "benchmarks": rows}, open(sys.argv[1], "w"))
print(len(hostile))
PY
  export HOSTILE=$(python3 "$RUNS/hostile.py" "$RUNS/hostile.json")
  export KCIDB="--origin mylab --build-id maestro:65a1"
}

@test "exit status: 0 all passed or skipped, 1 some failed, 4 nothing ran, 2 usage" {
  zpa_apart -1 export "$RUNS/a" --format ktap
  zpa_apart -0 export "$RUNS/a" --format ktap --filter private
  cat >"$RUNS/skipped.json" <<'EOT'
{"context": {"schema": "zpbench-1"}, "benchmarks": [{"name": "guest/use_zero_pages:0", "run_type": "iteration",
 "error_occurred": true, "error_message": "skipped: qemu-system-x86_64 is not installed"}]}
EOT
  for format in ktap lava lkp bmf junit "kcidb $KCIDB"; do
    zpa_apart -4 export "$RUNS/skipped.json" --format $format
  done
  zpa_apart -2 export "$RUNS/a" --format kcidb
  [[ "$stderr" == *"--origin"* ]]
  zpa_apart -2 export "$RUNS/a" --format tap13
  zpa_apart -2 export "$RUNS/a" --format ktap --sqlite "$RUNS/x.db"
  zpa_apart -2 export "$RUNS/a" --format csv --origin mylab
  [[ "$stderr" == *"only for tests"* ]]
  zpa_apart -2 export "$RUNS/a" --format ktap --metric nonsense
  for boot in 1 2; do "$ZP_BIN/zp_make_results" run "$RUNS/boot$boot" --boot b$boot --seed $boot; done
  zpa_apart -2 export "$RUNS/boot1" "$RUNS/boot2" --format bmf
  [[ "$errors" == *"these are of 2 boots: export each by itself"* ]]
}

# Perl's TAP::Parser, which prove uses.
@test "KTAP is what a TAP parser takes it for, whatever the names" {
  cat >"$RUNS/tap.pl" <<'PL'
use TAP::Parser;
local $/; my $parser = TAP::Parser->new({ tap => scalar <STDIN> });
$parser->run;
printf "%d %d %d %d %d %d %s\n", $parser->tests_planned, $parser->tests_run, scalar($parser->actual_passed),
  scalar($parser->actual_failed), scalar($parser->skipped), scalar($parser->todo), join(",", $parser->parse_errors);
PL
  zpa_apart -1 export "$RUNS/a" --format ktap
  [ "$(perl "$RUNS/tap.pl" <<<"$output")" = "52 52 48 4 0 0 " ]
  zpa_apart -1 export "$RUNS/hostile.json" --format ktap
  n=$HOSTILE
  [ "$(perl "$RUNS/tap.pl" <<<"$output")" = "$((5 * n)) $((5 * n)) $((3 * n)) $((2 * n)) $((2 * n)) 0 " ]
  [[ "$output" == *"# Totals: pass:$n fail:$n xfail:0 xpass:0 skip:$((2 * n)) error:$n" ]]
}

@test "JUnit is XML that holds as many cases as there are rows, whatever the names" {
  zpa_apart -1 export "$RUNS/a" --format junit
  cat >"$RUNS/junit.py" <<'PY'
import sys, xml.etree.ElementTree as tree
suites = tree.fromstring(sys.stdin.read().encode())
cases = list(suites.iter("testcase"))
count = lambda kind: len(list(suites.iter(kind)))
for node in (suites, suites[0]):
    said = [int(node.get(key)) for key in ("tests", "failures", "errors", "skipped")]
    assert said == [len(cases), count("failure"), count("error"), count("skipped")], said
assert {n.tag for n in suites.iter()} <= {"testsuites", "testsuite", "properties", "property", "testcase",
                                          "failure", "error", "skipped"}
print(*said)
PY
  [ "$(python3 "$RUNS/junit.py" <<<"$output")" = "52 0 4 0" ]
  zpa_apart -1 export "$RUNS/hostile.json" --format junit
  n=$HOSTILE
  [ "$(python3 "$RUNS/junit.py" <<<"$output")" = "$((5 * n)) $n $n $((2 * n))" ]
  ! command -v xmllint >/dev/null || xmllint --noout - <<<"$output"
}

@test "kcidb JSON is as its schema has it, whatever the names" {
  python3=$(command -v /usr/bin/python3 || command -v python3)
  "$python3" -c 'import jsonschema' 2>/dev/null || skip "no python3-jsonschema"
  cat >"$RUNS/kcidb.py" <<'PY'
import json, sys, jsonschema
def refuse(pairs):
    keys = [key for key, value in pairs]
    assert len(keys) == len(set(keys)), keys
    return dict(pairs)
data = json.load(sys.stdin, object_pairs_hook=refuse)
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
jsonschema.validate(data, schema, jsonschema.Draft7Validator, format_checker=jsonschema.FormatChecker())
ids = [test["id"] for test in data["tests"]]
assert len(ids) == len(set(ids))
statuses = [test["status"] for test in data["tests"][1:]]
print(data["tests"][0]["status"], *(statuses.count(s) for s in ("PASS", "FAIL", "ERROR", "SKIP", "DONE")))
# The validator would have found what is wrong.
data["tests"][0]["path"] = "a/b"
try:
    jsonschema.validate(data, schema, jsonschema.Draft7Validator)
    sys.exit("the schema takes a path with a slash")
except jsonschema.ValidationError:
    pass
PY
  zpa_apart -1 export "$RUNS/a" --format kcidb $KCIDB
  [ "$("$python3" "$RUNS/kcidb.py" "$HERE/kcidb-5.3.schema.json" <<<"$output")" = "ERROR 48 0 4 0 0" ]
  zpa_apart -1 export "$RUNS/a" --format kcidb --origin mylab --tree https://example.org/linux.git \
    --commit 0123456789012345678901234567890123456789
  "$python3" "$RUNS/kcidb.py" "$HERE/kcidb-5.3.schema.json" <<<"$output"
  zpa_apart -1 export "$RUNS/hostile.json" --format kcidb $KCIDB
  n=$HOSTILE
  [ "$("$python3" "$RUNS/kcidb.py" "$HERE/kcidb-5.3.schema.json" <<<"$output")" = "FAIL $n $n $n $n $n" ]
  [[ "$output" != *secret-host* ]]
}

@test "no byte of a name acts on a terminal, in any format" {
  for format in ktap lava lkp bmf junit "kcidb $KCIDB"; do
    zpa_apart -1 export "$RUNS/hostile.json" --format $format
    run ! grep -P '[^ -~]' <<<"$output"
  done
}

@test "LAVA, lkp and Bencher take every line, whatever the names" {
  n=$HOSTILE
  zpa_apart -1 export "$RUNS/hostile.json" --format lava
  [ "$(grep -cE '^[A-Za-z0-9._-]+ (pass|unknown) [0-9.e+-]+ ns$' <<<"$output")" -eq $((2 * n)) ]
  [ "$(grep -cE '^[A-Za-z0-9._-]+ (skip|fail)$' <<<"$output")" -eq $((3 * n)) ]
  [ "$(wc -l <<<"$output")" -eq $((5 * n)) ]
  [ -z "$(cut -d' ' -f1 <<<"$output" | sort | uniq -d)" ]  # a name is one row's
  zpa_apart -1 export "$RUNS/hostile.json" --format lkp
  [ "$(grep -cE '^[A-Za-z0-9._-]+: [0-9.e+-]+$' <<<"$output")" -eq "$(wc -l <<<"$output")" ]
  [ -z "$(cut -d: -f1 <<<"$output" | sort | uniq -d)" ]
  [ "$(grep -c '\.pass: 1$' <<<"$output")" -eq "$n" ]
  zpa_apart -1 export "$RUNS/hostile.json" --format bmf
  python3 - "$n" <<PY
import json, re, sys
data = json.loads(r'''$output''')
assert len(data) == 2 * int(sys.argv[1]), len(data)
assert all(re.fullmatch("[A-Za-z0-9._-]+", measure) for row in data.values() for measure in row)
assert all(isinstance(v["latency"]["value"], (int, float)) for v in data.values())
PY
}

@test "the reference runs can be taken, a sample's cannot, and a copy without names says what it leaves out" {
  reference="$HERE/../../results/reference"
  zpa_apart -0 check "$reference"
  [ "$(grep -c ': can be taken$' <<<"$said")" -eq "$(find "$reference" -name manifest.json | wc -l)" ]
  zpa_apart -1 check "$RUNS/a"
  awk 'length > 75 && NF > 1 { exit 1 }' <<<"$output"
  [[ "$said" == *"pass-01.json and 2 more: the context has no zpbench.version"* ]]
  [[ "$said" == *"'host' names the machine: sample"* ]]
  run=$(dirname "$(find "$reference/qemu-s390x" -name pass-01.trace.jsonl | sort | head -1)")
  zpa_apart -0 check "$run" --anonymous "$RUNS/copy"
  [ "$said" = "$RUNS/copy: can be taken" ]
  [[ "$stderr" == *"not in the copy: "*"pass-01.trace.jsonl"* ]]
  # Same rows, digit by digit, to another program.
  python3 - "$run/pass-01.json" "$RUNS/copy/pass-01.json" <<'PY'
import json, sys
old, new = (json.load(open(path), parse_float=str, parse_int=str) for path in sys.argv[1:])
assert old["benchmarks"] == new["benchmarks"]
changed = {key for key in old["context"] if old["context"][key] != new["context"][key]}
assert changed == {"host", "host_name"}, changed
PY
  zpa_apart -2 check "$run" --anonymous "$RUNS/copy"
  zpa_apart -2 check "$reference" --anonymous "$RUNS/other"
}

@test "the figure of a row is the median of its repetitions" {
  zpa_apart -0 export "$RUNS/a" --format bmf --filter "private.*stride:64/"
  python3 - "$RUNS" <<PY
import json, statistics, sys
rows = [row for n in (1, 2, 3) for row in json.load(open(f"{sys.argv[1]}/a/pass-0{n}.json"))["benchmarks"]
        if "private" in row["name"] and "stride:64/" in row["name"]]
(name, measures), = json.loads(r'''$output''').items()
assert name == rows[0]["name"]
assert abs(measures["latency"]["value"] - statistics.median(r["ns_per_read"] for r in rows)) < 1e-12
assert measures["latency"]["lower_value"] <= measures["latency"]["value"] <= measures["latency"]["upper_value"]
PY
}
