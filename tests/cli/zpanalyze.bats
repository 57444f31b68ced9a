#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command line of zpanalyze, as a user meets it. ZP_BIN is the directory of the programs.

bats_require_minimum_version 1.5.0

setup_file() {
  export RUNS="$BATS_FILE_TMPDIR" STRIDES=strides-read-64mib-random
  "$ZP_BIN/zp_make_results" run "$RUNS/a" --counters
  "$ZP_BIN/zp_make_results" run "$RUNS/a2" --seed 5
  "$ZP_BIN/zp_make_results" run "$RUNS/fast" --kernel 6.2.0 --seed 2 --single-frame-ns 0.6
  "$ZP_BIN/zp_make_results" run "$RUNS/slow" --kernel 6.3.0 --seed 3 --single-frame-ns 1.3
  "$ZP_BIN/zp_make_results" run "$RUNS/other" --cpu "Another CPU"
  "$ZP_BIN/zp_make_results" run "$RUNS/guest" --emulated
  "$ZP_BIN/zp_make_results" run "$RUNS/half" --state interrupted
  printf '{"context": {' > "$RUNS/broken.json"
}

# zpa -STATUS ARGUMENT...: zpanalyze must end with that status.
zpa() { run "$1" "$ZP_BIN/zpanalyze" "${@:2}"; }

@test "help has examples and exit codes, fits 75 columns and goes to stdout" {
  for command in "" table compare plot report atlas history export check attribute colours model plan; do
    zpa -0 $command --help
    run awk 'length > 75' <<<"$output"
    [ -z "$output" ]
  done
  zpa -0 --help
  [[ "$output" == *"Exit codes: 0 done"* ]]
  zpa -0 compare --help
  [[ "$output" == *"Examples:"* ]]
}

@test "wrong options are exit 2, and 125 under --bisect" {
  zpa -2
  zpa -2 nonsense
  zpa -2 compare --no-such-option
  zpa -2 compare "$RUNS/a"
  zpa -125 compare --bisect --no-such-option
}

@test "table shows placements, proven frames and error rows" {
  zpa -0 table "$RUNS/a"
  [[ "$output" == *"ksm_single             1 "* ]]
  [[ "$output" == *"private            16384 "* ]]
  [[ "$output" == *"ksm_zero_page (4 cells): census: 3 of 16384 pages"* ]]
  [ "$(printf '%s\n' "$output" | awk 'length > 75' | wc -l)" -eq 0 ]
}

@test "table shows families other than reads, each reason once" {
  cat >"$BATS_TEST_TMPDIR/families.json" <<'EOT'
{"context": {"schema": "zpbench-1"}, "benchmarks": [
 {"name": "unmerge/placement:ksm_single/way:run2/table:4096", "run_type": "iteration",
  "iterations": 1, "real_time": 1, "cpu_time": 1, "time_unit": "ms", "unmerged_share": 1},
 {"name": "unmerge/placement:ksm_zero_page/way:run2/table:4096", "run_type": "iteration",
  "iterations": 1, "real_time": 1, "cpu_time": 1, "time_unit": "ms", "unmerged_share": 0.5},
 {"name": "unmerge/placement:ksm_zero_page/way:madvise/table:4096", "run_type": "iteration",
  "error_occurred": true, "error_message": "skipped: no KSM"}]}
EOT
  zpa -0 table "$BATS_TEST_TMPDIR/families.json"
  [[ "$output" == *"unmerge: placement, way (table 4096)"* ]]
  [[ "$output" == *"ksm_zero_page run2"*"0.500"* ]]
  [ "$(grep -c 'skipped: no KSM' <<<"$output")" -eq 1 ]
}

@test "an emulated run shows no times" {
  zpa -0 table "$RUNS/guest"
  [[ "$output" == *"EMULATED"* && "$output" != *"ns per read"* && "$output" != *"+-"* ]]
  zpa -0 table "$RUNS/guest" --emulated-times
  [[ "$output" == *"ns per read"* ]]
  [[ "$output" == *"EMULATED"* ]]
}

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
    [[ "$output" == *"cells without a partner, not compared: 1 (first: BM_gone, only in gone_a.json)"* ]]
  done
  zpa -0 compare "$RUNS/gone_a.json" "$RUNS/gone_b.json" --format csv
  [[ "$output" == *"errors: 1 (first: BM_fails: no memory)"* ]]
  zpa -0 compare "$RUNS/gone_a.json" "$RUNS/gone_b.json"; [[ "$output" != *warning* ]]
}

@test "compare: one boot per side is marked in every format and gates nothing" {
  local format
  for format in commit pipe md mmtests lkp; do
    zpa -0 compare "$RUNS/a" "$RUNS/slow" --format $format
    [[ "$output" == *"[1] the files don't record their boot: "* ]]
  done
  zpa -0 compare "$RUNS/a" "$RUNS/slow"
  [[ "$output" == *"% [1]"* && "$output" == *"~ [1]"* && "$output" == *"n=3/3 passes"* ]]
  zpa -1 compare "$RUNS/a" "$RUNS/slow" --format ktap
  [[ "$output" == *"# [1] the files"* && "$output" != *"not ok "*slower* ]]
  zpa -1 compare "$RUNS/a" "$RUNS/slow" --format lava
  [[ "$output" == *"one-boot-per-side-nothing-is-concluded skip"* ]]
  zpa -0 compare "$RUNS/a" "$RUNS/slow" --format csv; [[ "$output" == *",undecided,pass,slower"* ]]
  zpa -0 compare "$RUNS/a" "$RUNS/slow" --format json
  [[ "$output" == *'"one_boot": "[1] the files'* && "$output" == *'"sampling_unit": "pass"'* ]]
  zpa -125 compare "$RUNS/a" "$RUNS/slow" --bisect --filter ksm_single
  zpa -1 compare "$RUNS/a" --by placement --base ksm_single; [[ "$output" != *"[1]"* ]]
  [[ "$output" == *"Within one boot."* ]]
}

@test "compare: hosts are the units of a fleet, in every format; CPUs stand side by side" {
  cd "$BATS_TEST_TMPDIR"
  local host kernel seed=10 format
  for host in 1 2 3; do
    for kernel in 6.1.0:1 6.2.0:1.3; do
      "$ZP_BIN/zp_make_results" run "fleet/${kernel%:*}/node$host" --kernel "${kernel%:*}" --host $host --host-noise 0.2 \
        --boot "b$((++seed))" --seed $seed --single-frame-ns "${kernel#*:}" --noise 0.005
    done
  done
  for format in commit mmtests pipe fastpath lkp md ktap; do
    zpa -1 compare fleet/6.1.0 fleet/6.2.0 --format $format
    [[ "$(tr -s ' \n' ' ' <<<"$output")" == *"Hosts are the units, each compared with itself: the change differs between"* ]]
  done
  zpa -1 compare fleet/6.1.0 fleet/6.2.0; [[ "$output" == *"n=3/3 hosts. Within each host."* ]]
  [[ "$output" == *"3 hosts"* ]]
  [[ "$output" != *"[#]"* ]]
  zpa -1 compare fleet/6.1.0 fleet/6.2.0 --format csv; [[ "$output" == *",slower,host,"* ]]
  zpa -1 compare fleet/6.1.0 fleet/6.2.0 --format json
  jq -e '.sampling_unit == "host" and .paired and .sides[0].hosts == 3 and .rows[0].changes[0].between_hosts > 0' <<<"$output"

  # Another CPU has no part in the figures of the first.
  zpa -1 compare fleet/6.1.0 fleet/6.2.0 --filter ksm_single; alone=$output
  for kernel in 6.1.0 6.2.0; do
    "$ZP_BIN/zp_make_results" run "fleet/$kernel/node9" --kernel $kernel --cpu "Another CPU" --host 9 --boot "b$((++seed))" --seed $seed
  done
  "$ZP_BIN/zp_make_results" run fleet/6.2.0/node8 --kernel 6.2.0 --cpu "Third CPU" --host 8 --boot b99
  zpa -1 compare fleet/6.1.0 fleet/6.2.0 --filter ksm_single
  [[ "$output" == "3 kinds of machine, never taken together; ns per read."* ]]
  [[ "$output" == *"A  Sample CPU 9000, 3/3 hosts"*"B  Another CPU, 3/3 passes"*"-  Third CPU: on side 2 alone"* ]]
  [[ "$output" == *"ksm_single "*"64  +"*"%  "*" [1]"* ]]
  [[ "$output" == *"$alone"* ]]
  zpa -3 compare fleet/6.1.0 fleet/6.2.0 --format json
  zpa -125 compare fleet/6.1.0 fleet/6.2.0 --bisect
  zpa -2 compare --boots fleet/6.1.0/node1 fleet/6.1.0/node2 fleet/6.1.0/node3
  [[ "$output" == *"these are of 3 hosts"* ]]
}

@test "compare: a boot deviation is measured once, stored and taken" {
  cd "$BATS_TEST_TMPDIR"
  local boot
  for boot in 1 2 3 4 5 6; do
    "$ZP_BIN/zp_make_results" run boots/$boot --boot b$boot --seed 4$boot --boot-noise 0.01
  done
  "$ZP_BIN/zp_make_results" run new --boot n --seed 50 --kernel 6.2.0 --single-frame-ns 1.3
  zpa -0 compare --boots boots --store boots.json
  [[ "$output" == "6 boots of 6.1.0-test, ns_per_read, 48 cells: standard deviation between"* ]]
  zpa -0 compare --boots boots --store boots.json
  local sums
  sums=$(cat boots/*/* new/* | sha256sum)
  for file in boots/1/pass-01.json boots/2/manifest.json new/pass-01.json; do
    zpa -2 compare --boots boots --store $file
    [[ "$output" == *"$file: not written: it "* ]]
  done
  [ "$(cat boots/*/* new/* | sha256sum)" = "$sums" ]
  if mknod null c 1 3 2>/dev/null; then
    zpa -0 compare --boots boots --store null
    [ -c null ]
  fi
  zpa -0 compare boots/1 new
  zpa -1 compare boots/1 new --boot-deviation boots.json
  [[ "$output" == *"hold what another boot changes"* && "$output" != *"[1]"* ]]
  zpa -3 compare boots/1 "$RUNS/other" --boot-deviation boots.json --force
  zpa -2 compare boots/1 new --boot-deviation boots.json --metric frames
  zpa -2 compare --boots boots/1 boots/2
  [[ "$output" == *"2 boots given; 3 are the least"* ]]
  zpa -2 compare --boots "$RUNS/a"
  zpa -2 compare boots/1 new --noise-floor boots/2
  [[ "$output" == *"--noise-floor is gone"*"--boot-deviation"* ]]
  cp -r boots/1 boots/copy
  zpa -0 compare --boots boots; [[ "$output" == *"the same rows as"*"6 boots of"* ]]
}

@test "plan: passes, minutes and boots; a smaller effect needs more" {
  zpa -0 plan "$RUNS/a" --effect 5%
  [[ "$output" == *"change of 5 %"*"half of the cells"*"all cells"*"isn't known from this run"* ]]
  needed() { "$ZP_BIN/zpanalyze" plan "$RUNS/a" --effect "$1" | awk '/all cells/ { print $3 }'; }
  [ "$(needed 1%)" -gt "$(needed 5%)" ]
  zpa -2 plan "$RUNS/a" --effect 0
  zpa -2 plan "$RUNS/a/pass-01.json"
  zpa -3 plan "$RUNS/guest"
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

@test "compare: other machines and emulated times are exit 3 with the field" {
  zpa -3 compare "$RUNS/a" "$RUNS/other"
  [[ "$output" == *"cpu.model is 'Sample CPU 9000' and 'Another CPU'"* ]]
  zpa -0 compare "$RUNS/a" "$RUNS/other" --force
  [[ "$output" == *"[!] FORCED: cpu.model"* ]]
  zpa -3 compare "$RUNS/a" "$RUNS/guest"
  zpa -3 compare "$RUNS/guest" "$RUNS/guest" --metric ns_per_read
  zpa -3 compare "$RUNS/guest" "$RUNS/guest" --format json
}

@test "emulated runs: frames, colours and modelled misses, and no time" {
  runs="$BATS_TEST_DIRNAME/../../results/reference"
  zpa -0 table "$runs"/qemu-mips64el/*vce/*
  [[ "$output" == *"EMULATED (QEMU 7.2"*"time not shown"* ]]
  [[ "$output" == *"read_fault             8        8        all  none"* ]]
  [[ "$output" == *"Model of r4000sc, per read, at stride (bytes):"*"ksm_single       1.000 1.000 1.000 1.000 0.500 1.000"* ]]
  [ "$(printf '%s\n' "$output" | awk 'length > 75' | wc -l)" -eq 0 ]
  zpa -0 compare "$runs"/qemu-s390x/*
  [[ "$output" == "Time not compared: emulated."* ]]
  [[ "$output" == *"read_fault         128   128   128  128  128  128  same"* ]]
  [[ "$output" == *"(z13, z196): 112 of 112 figures"* ]]
  [ "$(printf '%s\n' "$output" | awk 'length > 75' | wc -l)" -eq 0 ]
  # More than four: tables of four columns, the base in each.
  zpa -0 compare "$runs"/qemu-s390x/* "$runs"/qemu-s390x/*
  [[ "$output" == *"F  s390x"*"A    B    C    D"*"A    E    F"*"(z13, z196): 112 of 112 figures"* ]]
  [ "$(printf '%s\n' "$output" | awk 'length > 75' | wc -l)" -eq 0 ]
  zpa -3 compare "$runs"/qemu-mips64el/*
  [[ "$output" == *"page_size_bytes is '4096' and '16384'"* ]]
  zpa -0 compare "$runs"/qemu-mips64el/* --force
  [[ "$output" == *"read_fault           1     8     1  8  DIFFERS"* ]]
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
  zpa -0 compare "$plain" "$plain" "${counts[@]}"
  counts[2]=colours_seen
  zpa -1 compare "$plain" "$coloured" "${counts[@]}"
  cd "$BATS_TEST_TMPDIR"
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

@test "bad input: file, byte and reason on stderr, exit 2" {
  zpa -2 table "$RUNS/broken.json"
  [[ "$output" == "zpanalyze: $RUNS/broken.json: byte 13: "* ]]
  [ "${#lines[@]}" -eq 1 ]
  zpa -2 table "$RUNS/absent"
  zpa -2 table "$RUNS/a" "$RUNS/broken.json"
  zpa -0 table "$RUNS/a" "$RUNS/broken.json" --keep-going
  [[ "$output" == *"warning: left out: "*"byte 13"* ]]
}

@test "what comes through a pipe is known by its first bytes; what can't be read is said" {
  local pass="$RUNS/a/pass-01.json"
  zpa -0 table <(printf '\xef\xbb\xbf'; cat "$pass")
  zpa -2 table <(gzip -c "$pass")
  [[ "$output" == *"compressed with gzip"* ]]
  zpa -2 table <(iconv -t UTF-16 "$pass")
  [[ "$output" == *"UTF-16"* ]]
  zpa -2 table /proc/self/mem
  [[ "$output" == *"/proc/self/mem: can't be read: Input/output error" ]]
}

@test "stdout that can't be written is an error, and to git bisect no answer" {
  for arguments in "table $RUNS/a" "export $RUNS/a" --help; do  # little, more than a buffer, no run
    run -2 bash -c "'$ZP_BIN/zpanalyze' $arguments > /dev/full"
    [[ "$output" == "zpanalyze: cannot write to standard output: "* ]]
  done
  run -125 bash -c "'$ZP_BIN/zpanalyze' compare '$RUNS/a' '$RUNS/fast' --bisect > /dev/full"
  # Nor is what nobody can be told a crash.
  for to in '2>/dev/full' '>&- 2>&-' '<&- >&- 2>&-'; do
    run -2 bash -c "'$ZP_BIN/zpanalyze' table nosuch $to"
    run -2 bash -c "'$ZP_BIN/zpanalyze' nosuch $to"
  done
}

@test "what was made on several machines, or kernels, is not taken together" {
  for command in table "report --md" attribute colours plot "history --metric frames"; do
    zpa -3 $command "$RUNS/a" "$RUNS/other"
    [[ "$output" == *"cpu.model is 'Sample CPU 9000' and 'Another CPU'"* ]]
  done
  zpa -3 table "$RUNS/a" "$RUNS/fast"
  zpa -3 compare --base "$RUNS/a" "$RUNS/fast" --new "$RUNS/slow"
  [[ "$output" == *"kernel.release of one side is "* ]]
  zpa -3 table "$RUNS/a" "$RUNS/guest" --metric real_time
  # Nor as files of one directory, which no manifest makes a run.
  mkdir "$RUNS/heap"
  cp "$RUNS/a/pass-01.json" "$RUNS/heap/a.json"
  for other in other fast guest; do
    cp "$RUNS/$other/pass-01.json" "$RUNS/heap/b.json"
    for command in table "report --claims" "report --debates"; do
      zpa -3 $command "$RUNS/heap"
    done
  done
  cp "$RUNS/fast/pass-01.json" "$RUNS/heap/b.json"
  zpa -3 history "$RUNS/heap"
  zpa -0 history "$RUNS/heap/a.json" "$RUNS/heap/b.json"
}

@test "a file that is named twice counts once" {
  zpa -0 table "$RUNS/a" "$RUNS/../${RUNS##*/}/a/" "$RUNS/a/pass-01.json"
  [[ "$output" == *"named twice, taken once"*" 9 repetitions in 3 passes:"* ]]
  mkdir "$RUNS/mixed"
  cp -r "$RUNS/a" "$RUNS/a/pass-01.json" "$RUNS/mixed"
  zpa -2 table "$RUNS/mixed"
  [[ "$output" == *"holds runs ("*"/mixed/a, ...) and files next to them ("*"name one"* ]]
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
  zpa -2 compare "$RUNS/few.json" "$RUNS/many.json" --alpha nan
  jq -s '.[0] * {benchmarks: (.[0].benchmarks + .[1].benchmarks)}' "$RUNS/a/pass-01.json" \
    "$RUNS/few.json" >"$RUNS/both.json"
  zpa -0 compare "$RUNS/both.json" "$RUNS/both.json"
  [[ "$output" == *"1 cell without ns_per_read: not compared (BM_a); --metric takes another"* ]]
}

@test "plots: scripts lie beside the pictures and draw them again" {
  command -v gnuplot > /dev/null || skip "no gnuplot"
  zpa -0 plot "$RUNS/fast" --base "$RUNS/a" --out "$RUNS/plots" --formats svg,txt
  for path in "${lines[@]}"; do [ -s "$path" ]; done
  # Named by what they show.
  cp "$RUNS/plots/$STRIDES.svg" "$RUNS/first.svg"
  (cd "$RUNS/plots" && rm "$STRIDES.svg" && gnuplot -d "$STRIDES.gp")
  cmp "$RUNS/first.svg" "$RUNS/plots/$STRIDES.svg"
  [ "$(awk 'length > 75' "$RUNS"/plots/*.txt | wc -l)" -eq 0 ]
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

@test "report: a page without script or network, a mail, Markdown" {
  zpa -0 report "$RUNS/fast" --base "$RUNS/a" --out "$RUNS/report.html"
  run grep -ciE '<script|https?://|src="[^d]' "$RUNS/report.html"
  [ "$output" -eq 0 ]
  zpa -0 report "$RUNS/fast" --base "$RUNS/a" --cover
  [ "$(printf '%s\n' "$output" | awk 'length > 75' | wc -l)" -eq 0 ]
  sum=$(sha256sum "$RUNS/a/pass-01.json" | cut -d' ' -f1)
  [[ "$output" == *"$sum"* ]]
  zpa -0 report "$RUNS/fast" --md
  zpa -2 report "$RUNS/fast" --out /nonexistent/report.html
  zpa -2 report "$RUNS/fast" --md --out x.html
}

@test "report --cover: of many files a few sums and one of all" {
  for seed in 1 2 3 4; do "$ZP_BIN/zp_make_results" run "$RUNS/many/$seed" --passes 8 --repetitions 1 --seed "$seed"; done
  zpa -0 report "$RUNS/many" --cover
  [ "$(printf '%s\n' "$output" | awk 'length > 75' | wc -l)" -eq 0 ]
  [ "$(printf '%s\n' "$output" | grep -cE '^  [0-9a-f]{64}$')" -eq 4 ]
  [[ "$output" == *"$(sha256sum "$RUNS"/many/*/pass-*.json | cut -c1-64 | LC_ALL=C sort | sha256sum | cut -c1-64)"* ]]
  [[ "$output" == *"of these and 29 more, 32 files in all"* ]]
}

@test "report: what a link points at is replaced, a pipe is written to" {
  ln -s target.html "$RUNS/link.html"
  echo mine >"$RUNS/target.html"
  zpa -2 report "$RUNS/fast" --out "$RUNS/link.html"
  [[ "$output" == *"it exists and is not a page of zpanalyze"* ]]
  [ "$(cat "$RUNS/target.html")" = mine ]
  : >"$RUNS/target.html"
  zpa -0 report "$RUNS/fast" --out "$RUNS/link.html"
  [ -L "$RUNS/link.html" ]
  grep -q '<html' "$RUNS/target.html"
  mkfifo "$RUNS/pipe.html"
  timeout 60 cat "$RUNS/pipe.html" >"$RUNS/piped.html" &
  zpa -0 report "$RUNS/fast" --out "$RUNS/pipe.html"
  wait $!
  [ -p "$RUNS/pipe.html" ]
  cmp "$RUNS/piped.html" "$RUNS/target.html"
}

@test "export: tidy CSV and SQLite, which takes a file once" {
  run --separate-stderr "$ZP_BIN/zpanalyze" export "$RUNS/a"
  [ "${#lines[@]}" -eq 433 ]   # 48 cells x 3 repetitions x 3 passes and a head
  "$ZP_BIN/zpanalyze" export "$RUNS/a" "$RUNS/fast" --sqlite "$RUNS/fleet.db"
  "$ZP_BIN/zpanalyze" export "$RUNS/../${RUNS##*/}/a" --sqlite "$RUNS/fleet.db"
  zpa -2 export "$RUNS/a" --filter private --sqlite "$RUNS/fleet.db"
  command -v sqlite3 > /dev/null || skip "no sqlite3"
  [ "$(sqlite3 "$RUNS/fleet.db" 'select count(*) from repetition')" -eq 864 ]
  [ "$(sqlite3 "$RUNS/fleet.db" "select count(distinct kernel) from tidy")" -eq 2 ]
}

@test "export tells apart what differs in any part of a name" {
  run=$(dirname "$(grep -l '"matrix": "full"' "$BATS_TEST_DIRNAME"/../../results/reference/vm/*/*/manifest.json | head -n 1)")
  "$ZP_BIN/zpanalyze" export "$run" > "$RUNS/full.csv"
  head -n 1 "$RUNS/full.csv" | grep -q ',stride_bytes,walk,offset,share,node,registered_by,threads,'
  command -v sqlite3 > /dev/null || skip "no sqlite3"
  "$ZP_BIN/zpanalyze" export "$run" --sqlite "$RUNS/full.db"
  columns=$(sqlite3 "$RUNS/full.db" "select group_concat(name) from pragma_table_info('cell') where name not in ('id', 'name')")
  [ "$(sqlite3 "$RUNS/full.db" "select count(*) from cell")" -eq \
    "$(sqlite3 "$RUNS/full.db" "select count(*) from (select distinct $columns from cell)")" ]
  # One that lacks columns is not added to.
  sqlite3 "$RUNS/old.db" "create table cell (id integer primary key, name text, family text, placement text)"
  zpa -2 export "$run" --sqlite "$RUNS/old.db"
  [[ "$output" == *"made by another version of zpanalyze"* ]]
}

@test "export: a test format refuses a time of an emulated machine, and says of links what they are" {
  zpa -3 export "$RUNS/guest" --format lava --metric ns_per_read
  [[ "$output" == *"ns_per_read of an emulated run says nothing"* ]]
  zpa -1 export "$RUNS/guest" --format lava --metric frames
  cd "$BATS_TEST_TMPDIR"
  mkdir links; ln -s "$RUNS/a" links/run; ln -s ring links/ring
  zpa -2 table links
  [[ "$output" == *"links are not followed: name links/run itself"* ]]
  zpa -2 table links/ring
  [[ "$output" == *"links/ring: Too many levels of symbolic links"* ]]
}

@test "figures that depend on a clock are refused of emulated machines, whatever the key" {
  runs="$BATS_TEST_DIRNAME/../../results/reference/claims/qemu-s390x"
  for metric in seconds ksmd_utilisation ns_per_page cpu_ns_per_merged_page pages_per_second later_scans; do
    zpa -3 compare "$runs"/6.12* "$runs"/7.2* --metric $metric
    [[ "$output" == *"$metric of an emulated run says nothing"* ]]
    zpa -3 history "$runs" --metric $metric
  done
  zpa -0 compare "$runs"/6.12* "$runs"/7.2* --metric unmerged_share
}

@test "history shows one cell over kernels" {
  zpa -0 history "$RUNS/a" "$RUNS/fast" "$RUNS/slow" --filter 'ksm_single/.*stride:1024/'
  [[ "$output" == *"6.1.0-test"*"6.2.0"*"6.3.0"* ]]
  # A pass is one value, however often it repeats.
  [[ "$output" == *"%  3  #"* && "$output" != *"%  9  #"* ]]
  # One value has no interval.
  echo '{"context":{},"benchmarks":[{"name":"BM","real_time":1}]}' > "$RUNS/single.json"
  zpa -0 history "$RUNS/single.json"
  [[ "$output" != *"+-0%"* ]]
  # Bars have the room that the figures leave.
  for n in 0 5; do
    echo '{"context":{"date":"2026-11-26T10:00:00+00:00","kernel.release":"6.18.0-rc1-of-a-long-name"},
      "benchmarks":[{"name":"BM","real_time":50},{"name":"BM","real_time":10'$n'},
      {"name":"BM","real_time":900}]}' > "$RUNS/history-$n.json"
  done
  zpa -0 history "$RUNS"/history-?.json
  [[ "$output" == *"-50+800%  3  ####"* ]]
  echo "$output" | awk 'length($0) > 75 { print; exit 1 }'
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

@test "no output overwrites an input, whatever it is called" {
  cp -r "$RUNS/a" "$RUNS/raw"
  sum=$(cat "$RUNS"/raw/*.json | sha256sum)
  ln -s raw/pass-01.json "$RUNS/soft.html"
  ln "$RUNS/raw/pass-01.json" "$RUNS/hard.html"
  for out in raw/pass-01.json raw/manifest.json soft.html hard.html; do
    zpa -2 report "$RUNS/raw" --out "$RUNS/$out"
    [[ "$output" == *"not written: it is what was read"* ]]
  done
  zpa -2 export "$RUNS/raw" --sqlite "$RUNS/raw/pass-01.json"
  cp "$RUNS/raw/pass-01.json" "$RUNS/x.db-journal"
  zpa -2 export "$RUNS/x.db-journal" --sqlite "$RUNS/x.db"
  cmp "$RUNS/raw/pass-01.json" "$RUNS/x.db-journal"
  run -2 bash -c "'$ZP_BIN/zpanalyze' export '$RUNS/raw' >>'$RUNS/raw/pass-02.json'"
  [[ "$output" == *"standard output would be written over it"* ]]
  for name in "$STRIDES.gp" "$STRIDES.svg"; do
    mkdir "$RUNS/$name.out"
    ln -s ../raw/pass-01.json "$RUNS/$name.out/$name"
    zpa -2 plot "$RUNS/raw" --kinds strides --formats svg --out "$RUNS/$name.out"
    [[ "$output" == *"not written: it "* ]]
  done
  [ "$(cat "$RUNS"/raw/*.json | sha256sum)" = "$sum" ]
}

@test "an output is where it was asked for, or refused" {
  cd "$BATS_TEST_TMPDIR"
  zpa -0 export "$RUNS/a" --sqlite :memory:
  [ -s :memory: ]
  mkdir plots
  mkfifo "plots/$STRIDES.gp"  # nobody reads it
  run -2 timeout 20 "$ZP_BIN/zpanalyze" plot "$RUNS/a" --kinds strides --formats txt --out plots
  [[ "$output" == *"$STRIDES.gp: not written: it exists "* ]]
  # Standard output closed: no file takes its place.
  run -2 --separate-stderr bash -c "'$ZP_BIN/zpanalyze' report '$RUNS/a' --out page.html <&- >&-"
  [[ "$stderr" == *"cannot write to standard output"* ]]
  [ "$(tail -n 1 page.html)" = "</html>" ]
}

@test "a database with another program's tables or views is left alone" {
  command -v sqlite3 >/dev/null || skip "no sqlite3"
  local what
  for what in "table context(x)" "view figure as select 1 as one" "table Tidy(a)" "view file as select 1"; do
    rm -f "$RUNS/other.db"
    sqlite3 "$RUNS/other.db" "create $what"
    before=$(sqlite3 "$RUNS/other.db" .dump)
    zpa -2 export "$RUNS/a" --sqlite "$RUNS/other.db"
    [[ "$output" == *"of another program (columns "* ]]
    [ "$(sqlite3 "$RUNS/other.db" .dump)" = "$before" ]
  done
}

@test "what was meant by a word that is none of ours; no byte of it acts on the terminal" {
  zpa -2 tabel "$RUNS/a"
  [[ "$output" == "zpanalyze: "*"did you mean table?"* ]]
  zpa -2 model --cpu zen4 --placement private
  [[ "$output" == *"did you mean --placements"* ]]
  zpa -2 table $'a\e[31m\ab' --nosuch
  [[ "$output" != *$'\e'* && "$output" != *$'\a'* ]]
}

@test "a gnuplot that fails is not one that is missing" {
  mkdir "$RUNS/bin"
  printf '#!/bin/sh\necho "no fonts here" >&2\nexit 3\n' >"$RUNS/bin/gnuplot"
  chmod +x "$RUNS/bin/gnuplot"
  PATH="$RUNS/bin:$PATH" zpa -0 report "$RUNS/a" --out "$RUNS/page.html"
  [[ "$output" == *"no pictures: gnuplot failed on "*"(exit code 3): no fonts here"* ]]
  printf '#!/bin/sh\nexit 0\n' >"$RUNS/bin/gnuplot"
  PATH="$RUNS/bin:$PATH" zpa -4 plot "$RUNS/a" --out "$RUNS/none"
  [[ "$output" == *"gnuplot made no "* ]]
  rm "$RUNS/bin/gnuplot"
  # Its posix_spawn does not say that there is no such program.
  ! head -c 2 "$ZP_BIN/zpanalyze" | grep -q '#!' || skip "user-mode QEMU"
  PATH="$RUNS/bin" run -4 "$ZP_BIN/zpanalyze" plot "$RUNS/a" --out "$RUNS/none"
  [[ "$output" == *"gnuplot is not installed"* ]]
}

@test "what table and export leave out is said" {
  python3 - "$RUNS" <<'PY'
import json, sys
row = lambda name, **more: {"name": name, "run_type": "iteration", "real_time": 1, "cpu_time": 1, "time_unit": "ns", **more}
skipped = row("BM_skip", skipped=True, skip_message="no AVX-512", real_time=0)
of_us = row("read/placement:private/table:1048576/stride:4096")
for name, rows in ("others", [row("BM_a"), skipped]), ("both", [row("BM_a"), of_us, skipped]), ("errors", [skipped]):
    json.dump({"context": {}, "benchmarks": rows}, open(f"{sys.argv[1]}/{name}.json", "w"))
PY
  zpa -2 table "$RUNS/others.json"
  [[ "$output" == *"no name has placement: and stride: parts"*"'zpanalyze report'"* ]]
  zpa -0 table "$RUNS/both.json"
  [[ "$output" == *"not shown, as their names have no placement: and stride: parts: 1 (first: BM_a)"* ]]
  [[ "$output" == *"BM_skip: skipped: no AVX-512"* ]]
  zpa -0 table "$RUNS/errors.json"
  [[ "$output" == *"BM_skip: skipped: no AVX-512"* ]]
  zpa -0 export "$RUNS/both.json"
  [[ "$output" == *"not in it, as they have a reason and no figures: rows of 1 cells (first: BM_skip)"* ]]
}

@test "a signal leaves neither a temporary directory nor half a picture or database" {
  mkdir -p "$RUNS/bin" "$RUNS/tmp"
  # Draws for a minute, and begins with half a picture. A signal of batch systems comes to zpanalyze alone.
  printf '#!/bin/sh\nprintf half >"${2%%.gp}.svg"; : >%s; sleep 60 & p=$!; trap "kill $p; exit 9" TERM; wait $p\n' "$RUNS/drawing" >"$RUNS/bin/gnuplot"
  chmod +x "$RUNS/bin/gnuplot"
  for what in "report $RUNS/a --out $RUNS/stopped.html" "plot $RUNS/a --formats svg --out $RUNS/stopped"; do
    for signal in USR1 INT TERM; do
      rm -f "$RUNS/drawing"
      # shellcheck disable=SC2086
      PATH="$RUNS/bin:$PATH" TMPDIR="$RUNS/tmp" "$ZP_BIN/zpanalyze" $what >/dev/null 2>"$RUNS/said" 3>&- &
      pid=$!
      until [ -e "$RUNS/drawing" ]; do sleep 0.02; done
      kill -$signal "$pid"
      pkill -TERM -P "$pid" -x gnuplot
      status=0
      wait "$pid" || status=$?
      [ "$status" = $((128 + $(kill -l $signal))) ]
      grep -q 'zpanalyze: interrupted: ' "$RUNS/said"
      [ -z "$(ls -A "$RUNS/tmp")" ]
      [ ! -e "$RUNS/stopped.html" ]
      [ -z "$(find "$RUNS" -path '*/stopped/*.svg')" ]
    done
  done
  command -v sqlite3 > /dev/null || skip "no sqlite3"
  # Held up by somebody else's transaction, which ends after the signal has come.
  sqlite3 "$RUNS/held.db" 'create table of_others(x)'
  mkfifo "$RUNS/transaction"
  sqlite3 "$RUNS/held.db" <"$RUNS/transaction" 3>&- &
  exec 9>"$RUNS/transaction"
  echo 'begin immediate; insert into of_others values (1);' >&9
  until [ -e "$RUNS/held.db-journal" ]; do sleep 0.02; done
  "$ZP_BIN/zpanalyze" export "$RUNS/a" --sqlite "$RUNS/held.db" 2>"$RUNS/said" 3>&- 9>&- &
  pid=$!
  until grep -qs SigCgt:.*[1-9a-f] "/proc/$pid/status"; do sleep 0.02; done
  sleep 0.3
  kill -USR1 "$pid"
  echo 'commit;' >&9
  exec 9>&-
  status=0
  wait "$pid" || status=$?
  [ "$status" = $((128 + $(kill -l USR1))) ]
  grep -q 'interrupted: .*held.db is as before' "$RUNS/said"
  [ "$(sqlite3 "$RUNS/held.db" 'select group_concat(name) from sqlite_master')" = of_others ]
  [ ! -e "$RUNS/held.db-journal" ]
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
  # The host line above the table names the new side's huge pages only.
  sed -i 's/"zero_page.colours"/"thp.enabled": "madvise", &/' "$RUNS"/moved_a/*.json
  sed -i 's/"zero_page.colours"/"thp.enabled": "never", &/' "$RUNS"/moved_b/*.json
  zpa -0 compare "$RUNS/moved_a" "$RUNS/moved_b"
  [[ "$output" == *"[#] thp.enabled is 'madvise' and 'never'"* ]]
  # What a run before these facts did not say is no change.
  zpa -0 compare "$RUNS/a" "$RUNS/moved_b"
  [[ "$output" != *"[#] zero_page"* ]]
}
