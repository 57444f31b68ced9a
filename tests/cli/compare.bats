#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# zpanalyze compare: verdicts, exit statuses, bisecting.

setup_file() { load ../lib/zpanalyze; make_runs; }
setup() { load ../lib/zpanalyze; }

@test "compare: 0 without, 1 with a regression" {
  zpa -0 compare "$RUNS/a" "$RUNS/a2"
  zpa -0 compare "$RUNS/a" "$RUNS/fast"
  zpa -1 compare "$RUNS/a" "$RUNS/slow" --one-boot
  [[ "$output" == *"Lower is better."* ]]
}

@test "compare: formats without a line for cells that were not compared name them on stderr" {
  local format row='{"name":"BM_%s","real_time":5%s}'
  printf '{"context":{},"benchmarks":['"$row,$row,$row"']}' both '' gone '' \
    fails ',"error_occurred":true,"error_message":"no memory"' > "$RUNS/gone_a.json"
  printf '{"context":{},"benchmarks":['"$row"']}' both '' > "$RUNS/gone_b.json"
  for format in csv:0 ktap:1 lava:1; do  # formats of tests: BM_fails is "not ok"
    zpa -${format#*:} compare "$RUNS/gone_a.json" "$RUNS/gone_b.json" --format ${format%:*}
    [[ "$said" == *"cells without a partner, not compared: 1 (first: BM_gone, only in gone_a.json)"* ]]
  done
  zpa -0 compare "$RUNS/gone_a.json" "$RUNS/gone_b.json" --format csv
  [[ "$said" == *"errors: 1 (first: BM_fails: no memory)"* ]]
  zpa -0 compare "$RUNS/gone_a.json" "$RUNS/gone_b.json"; [[ "$said" != *warning* ]]
}

@test "compare: placements against one inside a run, which stands before --base or after" {
  zpa -1 compare "$RUNS/a" --by placement --base ksm_single   # others are slower
  [[ "$output" == *"this placement"* ]]
  local before=$output
  zpa -1 compare --by placement --base ksm_single "$RUNS/a"; [ "$output" = "$before" ]
  zpa -2 compare "$RUNS/a" --by placement
  [[ "$output" == *"--by needs --base"* ]]
  zpa -2 compare "$RUNS/a" --by placement --base nowhere
  [[ "$output" == *"--base nowhere: no cell has placement:nowhere"* ]]
}

@test "emulated runs: counts are equal or not, one boot each; and have pictures, a model each" {
  runs="$BATS_TEST_DIRNAME/../../results/reference"
  coloured=$(echo "$runs"/qemu-mips64el/*vce)
  plain=$(echo "$runs"/qemu-mips64el/*malta)
  counts=(--force --metric model_r4000sc_synonym_miss)
  zpa -1 compare "$coloured" "$plain" "${counts[@]}" --filter placement:ksm_zero_page/
  [[ "${output//$'\n'/ }" == *"synonym misses per read (model of r4000sc)"* ]]
  [[ "${output//  / }" =~ ksm_zero_page\ +256\ +0\.000?\ +1\.000?\ +more ]]
  [[ "$output" == *"exact: they differ or they"* && "$output" != *geomean* ]]
  counts+=(--bisect --filter 'stride:(64|256|1024)/')
  zpa -1 compare "$coloured" "$plain" "${counts[@]}"
  zpa -0 compare "$plain" "$coloured" "${counts[@]}"
  counts[2]=colours_seen
  zpa -1 compare "$plain" "$coloured" "${counts[@]}"
  cd "$BATS_TEST_TMPDIR"
  zpa -0 compare "$plain" "$coloured" --force
  [[ "$output" == *"[!] FORCED: page_size_bytes is '4096' and '16384'"*"[#] zero_page.colours is '1' and '8'"* ]]
  [[ "$said" == *"Cells without a partner, not compared:"*"A: 7 cells (first:"*"B: 7 cells (first:"* ]]
  [[ "$output" != *" random walk"* ]]
  # Of two walks each row says which.
  for side in plain coloured; do
    mkdir $side
    cp "${!side}"/*/pass-01.json $side
    sed 's/walk:sequential/walk:random/; s/"family_index": /&9/' $side/pass-01.json >$side/random.json
  done
  zpa -0 compare plain coloured --force
  for walk in sequential random; do
    [[ "$output" == *" read, 16 MiB table, $walk walk, 1 thread:"$'\n'" placement         stride  misses"* ]]
  done
  # What nobody saw isn't proven.
  zpa -0 compare plain plain
  [[ "${output//$'\n'/ }" == *"proven before and after each walk"* ]]
  cp -r plain weak
  sed -i 's/census: strong/census: weak/' weak/*.json
  zpa -0 compare weak weak
  [[ "${output//$'\n'/ }" == *"Not all frames of A, B were seen (census: weak)"* && "$output" != *proven* ]]
  zpa -3 compare plain weak
  [[ "$said" == *"census of "*" is 'strong' and 'weak'; --force compares anyway" ]]
  zpa -0 table weak
  [[ "$output" == *"4096 [w] "*"[w] census: weak: the frames themselves were not seen."* && "$output" != *"is real"* ]]
  # Nor is what has no census.
  cp -r plain missing
  sed -i 's/census: strong//' missing/*.json
  zpa -0 compare missing missing
  [[ "${output//$'\n'/ }" == *"Not all frames of A, B were counted (no census)"* && "$output" != *"each walk"* ]]
  zpa -0 table missing
  [[ "$output" == *"4096 [m] "*"[m] no census: the placement was not proven."* && "$output" != *"is real"* ]]
  zpa -4 export missing --format ktap
  [[ "$output" == *"# SKIP not proven: no census"* ]]
  zpa -0 plot "$coloured" --kinds counters --formats txt
  grep -q "Synonym misses per read (model of 74k)" plots/counter-model_74k_synonym_miss-*.txt
  grep -q "Synonym misses per read (model of r4000sc)" plots/counter-model_r4000sc_synonym_miss-*.txt
}

@test "bisect: good, bad, and skip for anything doubtful" {
  f="placement:(ksm_single|private)/"
  zpa -1 compare "$RUNS/a" "$RUNS/slow" --bisect --one-boot --filter "$f"
  zpa -0 compare "$RUNS/a" "$RUNS/fast" --bisect --one-boot --filter "placement:ksm_single/"
  zpa -125 compare "$RUNS/a" "$RUNS/half" --bisect
  zpa -125 compare "$RUNS/a" "$RUNS/other" --bisect
  zpa -125 compare "$RUNS/a" "$RUNS/broken.json" --bisect
  zpa -125 compare "$RUNS/a" "$RUNS/absent" --bisect
  zpa -125 compare "$RUNS/a" "$RUNS/slow" --bisect --filter nothing
  zpa -125 compare "$RUNS/a" "$RUNS/a" --bisect --filter "placement:ksm_single/"
  [[ "$output" == *"both sides are the same run"* ]]
}

@test "bisect: skip where more than the kernel differs, unless forced" {
  local other
  cd "$BATS_TEST_TMPDIR"
  local says='s/"context": {/&"host_name": "lab7", "library_build_type": "release", "mhz_per_cpu": 3000/'
  count BM_a silent.json 1 1 1 1 1 1
  count BM_a base.json 1 1 1 1 1
  sed -i "$says" base.json
  for other in lab7/lab8 release/debug 3000/1500; do
    sed "$says; s/$other/" silent.json >new.json
    zpa -0 compare base.json new.json
    [[ "$output" == *"[#] "*" is '${other%/*}' and '${other#*/}'"* ]]
    zpa -125 compare base.json new.json --bisect
    [[ "$said" == *" is '${other%/*}' and '${other#*/}'; --force answers anyway" ]]
    zpa -0 compare base.json new.json --bisect --force
  done
  zpa -0 compare base.json silent.json --bisect  # what one side doesn't say is no difference
}

@test "git bisect run finds the first slow kernel, and skips what cannot be told" {
  command -v git >/dev/null || skip "needs git"
  mkdir "$BATS_TEST_TMPDIR/linux" && cd "$BATS_TEST_TMPDIR/linux" || return
  git init -q . && git config user.name t && git config user.email t@example.org
  # The third "kernel" does not boot, the fifth and those after it are slow.
  for kernel in 1 2 3 4 5 6 7 8; do
    echo "$kernel" >kernel && git add kernel && git commit -qm "kernel $kernel"
  done
  "$ZP_BIN/zp_make_results" run ../good
  cat >../bisect.sh <<EOF
kernel=\$(cat kernel)
[ "\$kernel" != 3 ] || exit 125
ns=1.0; [ "\$kernel" -lt 5 ] || ns=1.3
rm -rf ../bad
"$ZP_BIN/zp_make_results" run ../bad --kernel "6.\$kernel.0" --seed "\$kernel" --single-frame-ns "\$ns" || exit 125
"$ZP_BIN/zpanalyze" compare ../good ../bad --bisect --one-boot --threshold 5 --filter 'placement:ksm_single/.*stride:1024/'
EOF
  git bisect start HEAD HEAD~7 >start
  run git bisect run sh ../bisect.sh
  echo "$output"
  [[ "$output" == *"is the first bad commit"* ]]
  [ "$(git show -s --format=%s refs/bisect/bad)" = "kernel 5" ]
}

# count NAME FILE VALUE...: rows of a foreign counter
count() {
  local name=$1 file=$2 rows='' value
  shift 2
  for value; do
    rows+="${rows:+,}{\"name\": \"$name\", \"run_type\": \"iteration\", \"iterations\": 1,
      \"real_time\": 1, \"cpu_time\": 1, \"time_unit\": \"ns\", \"hits\": $value}"
  done
  echo "{\"context\": {}, \"benchmarks\": [$rows]}" >"$file"
}

@test "compare: a counter of which nobody says what is better gates nothing; cells without it are said" {
  count BM_a "$RUNS/few.json" 10 10.1 10.2 10.3 10.4 10.5
  count BM_a "$RUNS/many.json" 20 20.1 20.2 20.3 20.4 20.5
  zpa -0 compare "$RUNS/few.json" "$RUNS/many.json" --metric hits
  [[ "$output" == *"Neither direction is better."*"repetitions taken as independent"* ]]
  zpa -1 compare "$RUNS/few.json" "$RUNS/many.json" --metric hits --better lower
  zpa -0 compare "$RUNS/few.json" "$RUNS/many.json" --metric hits --better higher
  zpa -2 compare "$RUNS/few.json" "$RUNS/many.json" --metric real_time --better higher
  zpa -2 compare "$RUNS/few.json" "$RUNS/many.json" --alpha nan
  jq -s '.[0] * {benchmarks: (.[0].benchmarks + .[1].benchmarks)}' "$RUNS/a/pass-01.json" \
    "$RUNS/few.json" >"$RUNS/both.json"
  zpa -0 compare "$RUNS/both.json" "$RUNS/both.json"
  [[ "$output" == *"1 cell without ns_per_read: not compared (BM_a); --metric takes another"* ]]
}

@test "compare and table have colours on a terminal, unless refused, and nowhere else" {
  command -v script >/dev/null || skip "needs script(1)"
  local compare="'$ZP_BIN/zpanalyze' compare '$RUNS/a' '$RUNS/fast' --one-boot" escape=$'\033['
  on_terminal() { TERM=xterm script -qec "$1" /dev/null </dev/null | tr -d '\r' || :; }
  plain=$(bash -c "$compare" || :)
  [[ $plain != *"$escape"* && $plain == *"Lower is better"* ]]
  coloured=$(on_terminal "$compare")
  [[ $coloured == *"${escape}32m-"*%"${escape}0m"* && $coloured != *"${escape}31m"* ]]
  [ "$(sed 's/\x1b\[[0-9]*m//g' <<<"$coloured")" = "$plain" ]  # laid out without them
  [[ $(on_terminal "'$ZP_BIN/zpanalyze' compare '$RUNS/fast' '$RUNS/a' --one-boot") == *"${escape}31m+"* ]]
  for refused in "NO_COLOR=1 $compare" "TERM=dumb $compare" "$compare | cat" "$compare --format md"; do
    [[ $(on_terminal "$refused") != *"$escape"* ]]
  done
}

@test "Google Benchmark's compare.py reads what zpbench writes" {
  tool=/usr/share/benchmark/compare.py
  [ -r "$tool" ] && /usr/bin/python3 -c 'import scipy' 2> /dev/null || skip "no compare.py or scipy"
  run -0 /usr/bin/python3 "$tool" --no-color benchmarks "$RUNS/a/pass-01.json" "$RUNS/fast/pass-01.json"
  [[ "$output" == *"ksm_single"* ]]
}

@test "p-values of other programs' files are scipy's" {
  /usr/bin/python3 -c 'import scipy' 2> /dev/null || skip "no scipy"
  cd "$BATS_TEST_TMPDIR"
  /usr/bin/python3 - "$RUNS" << 'PY'
import glob, json, sys
for run in "a", "a2":
    rows = []
    for path in sorted(glob.glob(f"{sys.argv[1]}/{run}/pass-*.json")):
        for row in json.load(open(path))["benchmarks"]:
            if not row.get("error_occurred"):
                rows.append({k: row[k] for k in ("name", "run_type", "real_time", "ns_per_read")})
    json.dump({"context": {"num_cpus": 2}, "benchmarks": rows}, open(f"{run}.json", "w"))
PY
  "$ZP_BIN/zpanalyze" compare a.json a2.json --metric ns_per_read --format json > p.json
  /usr/bin/python3 << 'PY'
import json
from scipy.stats import mannwhitneyu
def values(run):
    cells = {}
    for row in json.load(open(f"{run}.json"))["benchmarks"]:
        cells.setdefault(row["name"], []).append(row["ns_per_read"])
    return cells
a, b = values("a"), values("a2")
rows = json.load(open("p.json"))["rows"]
assert len(rows) == 48
for row in rows:
    p = mannwhitneyu(a[row["name"]], b[row["name"]], alternative="two-sided", method="exact").pvalue
    assert abs(p - row["changes"][0]["p"]) < 1e-12, (row["name"], p)
PY
}

@test "compare says where the zero page moved, and nothing of its frame alone" {
  cp -r "$RUNS/a" "$RUNS/moved_a"
  cp -r "$RUNS/fast" "$RUNS/moved_b"
  sed -i 's/"zero_page.colours": "1",/&"zero_page.frame": "0x1", "zero_page.alignment_bytes": "4096", "zero_page.iomem": "Kernel bss",/' "$RUNS"/moved_a/*.json
  sed -i 's/"zero_page.colours": "1",/&"zero_page.frame": "0x2", "zero_page.alignment_bytes": "65536", "zero_page.iomem": "Kernel rodata",/' "$RUNS"/moved_b/*.json
  zpa -0 compare "$RUNS/moved_a" "$RUNS/moved_b"
  [[ "$output" == *"[#] zero_page.iomem is 'Kernel bss' and 'Kernel rodata'"* ]]
  [[ "$output" == *"[#] zero_page.alignment_bytes is '4096' and '65536'"* ]]
  [[ "$output" != *"zero_page.frame"* ]]
  local bisect=(--bisect --one-boot --filter placement:ksm_single/)
  zpa -0 compare "$RUNS/moved_a" "$RUNS/moved_b" "${bisect[@]}"  # it is the kernel's own
  # The host line above the table names the new side's huge pages only.
  sed -i 's/"zero_page.colours"/"thp.enabled": "madvise", &/' "$RUNS"/moved_a/*.json
  sed -i 's/"zero_page.colours"/"thp.enabled": "never", &/' "$RUNS"/moved_b/*.json
  zpa -0 compare "$RUNS/moved_a" "$RUNS/moved_b"
  [[ "$output" == *"[#] thp.enabled is 'madvise' and 'never'"* ]]
  zpa -125 compare "$RUNS/moved_a" "$RUNS/moved_b" "${bisect[@]}"
  # What a run before these facts did not say is no change.
  zpa -0 compare "$RUNS/a" "$RUNS/moved_b"
  [[ "$output" != *"[#] zero_page"* ]]
}
