#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# zpanalyze compare and plan: what a comparison takes as its unit, and what it keeps apart.

setup_file() { load ../lib/zpanalyze; make_runs; }
setup() { load ../lib/zpanalyze; }

@test "compare: one boot per side is marked in every format and gates nothing" {
  local format
  for format in commit pipe md fastpath lkp; do
    zpa -0 compare "$RUNS/a" "$RUNS/slow" --format $format
    [[ "$output" == *"[1] the files don't record their boot: "* ]]
  done
  zpa -0 compare "$RUNS/a" "$RUNS/slow" --format mmtests
  [[ "$output" == *"The files don't record their boot: "* && "$output" != *"[1]"* ]]
  zpa -0 compare "$RUNS/a" "$RUNS/slow"
  [[ "$output" == *"% [1]"* && "$output" == *"~ [1]"* && "$output" == *"n=3/3"*passes* ]]
  zpa -1 compare "$RUNS/a" "$RUNS/slow" --format ktap
  [[ "$output" == *"# [1] the files"* && "$output" != *"not ok "*slower* ]]
  zpa -1 compare "$RUNS/a" "$RUNS/slow" --format lava
  [[ "$output" == *"one-boot-per-side-nothing-is-concluded skip"* ]]
  zpa -0 compare "$RUNS/a" "$RUNS/slow" --format csv; [[ "$output" == *",undecided,pass,slower"* ]]
  zpa -0 compare "$RUNS/a" "$RUNS/slow" --format json
  [[ "$output" == *'"one_boot": "the files'* && "$output" == *'"sampling_unit": "pass"'* ]]
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

  # One host against another: shown, and no verdict.
  local apart=(fleet/6.1.0/node1 fleet/6.2.0/node2)
  for format in commit mmtests pipe fastpath lkp md; do
    zpa -0 compare "${apart[@]}" --format $format
    [[ "$(tr -s ' \n' ' ' <<<"$output")" == *"he sides are not of the same hosts: a change may be theirs"* ]]
    [[ $format == mmtests || $format == md || "$output" == *"% [h]"* ]]
  done
  zpa -1 compare "${apart[@]}" --format ktap  # there are error rows
  [[ "$output" == *"% [h]"*"# [h] the sides are not"* && "$output" != *"not ok "*slower* ]]
  zpa -1 compare "${apart[@]}" --format lava
  [[ "$output" == *" unknown "*"sides-of-different-hosts-nothing-is-concluded skip"* ]]
  zpa -0 compare "${apart[@]}" --format csv; [[ "$output" == *",undecided,pass,,other hosts"* ]]
  zpa -125 compare "${apart[@]}" --bisect --filter ksm_single
  zpa -0 compare "${apart[@]}" --force; [[ "$output" != *"[h]"* ]]

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
  local other
  for other in "--by placement" "--format json" "--boot-deviation boots.json" --one-boot --force "--better lower"; do
    zpa -2 compare --boots boots $other
    [[ "$said" == *"--boots excludes ${other% *}"* || "$said" == *"${other% *} excludes --boots"* ]]
  done
  zpa -125 compare --boots boots --bisect
  zpa -2 compare boots/1 new --noise-floor boots/2
  [[ "$output" == *"--noise-floor is gone"*"--boot-deviation"* ]]
  cp -r boots/1 boots/copy
  zpa -0 compare --boots boots; [[ "$output" == *"the same rows as"*"6 boots of"* ]]
}

@test "plan: passes, minutes and boots; a smaller effect needs more" {
  zpa -0 plan "$RUNS/a" --effect 5%
  [[ "${output//$'\n'/ }" == *"change of 5 %"*"half of the cells"*"all cells"*"('compare --by')"*"isn't known from this run"* ]]
  needed() { "$ZP_BIN/zpanalyze" plan "$RUNS/a" --effect "$1" | awk '/^ +all cells/ { print $3 }'; }
  [ "$(needed 1%)" -gt "$(needed 5%)" ]
  [[ "$output" != *--threshold* ]]
  zpa -0 plan "$RUNS/a" --effect 1%  # below what compare calls the same
  [[ "${output//$'\n'/ }" == *"stays within 2 %: give it a --threshold below 1."* ]]
  [[ "$output" != *"above 0"* ]]
  sed 's/"ns_per_read": [0-9.e+-]*/"ns_per_read": 0/' "$RUNS/a/pass-01.json" >"$RUNS/zeros.json"
  zpa -0 plan "$RUNS/zeros.json" "$RUNS/a/pass-02.json" "$RUNS/a/pass-03.json"
  [[ "${output//$'\n'/ }" == *" cells are not above 0 in some pass, of which no ratio"* ]]
  # What boots differ by is no deviation between passes.
  local boot between
  for boot in 1 2 3; do
    "$ZP_BIN/zp_make_results" run "$RUNS/apart/$boot" --boot p$boot --seed 6$boot --boot-noise 0.3 --noise 0.005
  done
  zpa -0 plan "$RUNS/apart"
  [[ "${output//$'\n'/ }" =~ "between passes of one boot "([0-9.]+)" % in the median" ]]
  between=${BASH_REMATCH[1]}
  awk -v between="$between" 'BEGIN { exit !(between > 0.1 && between < 2) }'
  zpa -2 plan "$RUNS"/apart/*/pass-01.json
  [[ "$said" == *"in two passes of two boots"* ]]
  zpa -0 plan "$RUNS/a/pass-01.json" "$RUNS/a2/pass-01.json"  # boots that nobody knows
  for run in 1 2; do
    echo '{"context":{},"benchmarks":[{"name":"BM","real_time":1'$run'},{"name":"BM","real_time":2}]}' >"$RUNS/foreign$run.json"
  done
  zpa -0 plan "$RUNS/foreign1.json" "$RUNS/foreign2.json"
  [[ "$output" == *"Runs of other programs record no boot"* && "$output" != *"--boots"* ]]
  zpa -2 plan "$RUNS/a" --effect 0
  zpa -2 plan "$RUNS/a/pass-01.json"
  zpa -3 plan "$RUNS/guest"
}

@test "compare: other machines and emulated times are exit 3 with the field" {
  zpa -3 compare "$RUNS/a" "$RUNS/other"
  [[ "$said" == *"cpu.model is 'Sample CPU 9000' and 'Another CPU'"* ]]
  zpa -0 compare "$RUNS/a" "$RUNS/other" --force
  [[ "$said" == *"[!] FORCED: cpu.model"* ]]
  zpa -3 compare "$RUNS/a" "$RUNS/guest"
  zpa -3 compare "$RUNS/guest" "$RUNS/guest" --metric ns_per_read
  zpa -3 compare "$RUNS/guest" "$RUNS/guest" --format json
}

@test "what was made on several machines, or kernels, is not taken together" {
  for command in table "report --md" attribute colours plot "history --metric frames"; do
    zpa -3 $command "$RUNS/a" "$RUNS/other"
    [[ "$said" == *"cpu.model is 'Sample CPU 9000' and 'Another CPU'"* ]]
  done
  zpa -3 table "$RUNS/a" "$RUNS/fast"
  zpa -3 compare --base "$RUNS/a" "$RUNS/fast" --new "$RUNS/slow"
  [[ "$said" == *"kernel.release of one side is "* ]]
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
  # A line of a history is a run, and both are one each, as those named one by one.
  zpa -0 history "$RUNS/heap"
  local heap=$output
  zpa -0 history "$RUNS/heap/a.json" "$RUNS/heap/b.json"
  [[ "$output" == *"6.1.0-test"*"6.2.0"* && "$output" == "$heap" ]]
}

@test "figures that depend on a clock are refused of emulated machines, whatever the key" {
  runs="$BATS_TEST_DIRNAME/../../results/reference/claims/qemu-s390x"
  for metric in seconds ksmd_utilisation ns_per_page cpu_ns_per_merged_page pages_per_second later_scans; do
    zpa -3 compare "$runs"/6.12* "$runs"/7.2* --metric $metric
    [[ "$said" == *"$metric of an emulated run says nothing"* ]]
    zpa -3 history "$runs" --metric $metric
  done
  zpa -0 compare "$runs"/6.12* "$runs"/7.2* --metric unmerged_share
}
