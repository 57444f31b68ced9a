#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What zpbench writes: rows, JSON, stdout.

setup() { load ../lib/host; work_setup; }

# Small enough to take no time.
small=(--placements private,read_fault,memfd_coloured:8 --tables 1m --strides 64,4096
       --walks sequential,dependent --repetitions 2 --min-time 0.002)

# bats test_tags=measures
@test "a run is valid JSON with the fields of results/README.md" {
  zpbench "${small[@]}" --out run.json >lines
  jq -e '.context.executable == "zpbench"' run.json
  not grep -qi 'nan\|inf[^o]' run.json
  # Every name that --list promises, twice, and none else.
  jq -r '.benchmarks[].name' run.json | sort | uniq -c | awk '{print $2, $1}' >measured
  "$ZPBENCH" "${small[@]}" --list | sort | sed 's/$/ 2/' | diff - measured
  jq -e '.benchmarks | all(.run_type == "iteration" and .ns_per_read > 0 and .items_per_second > 0
    and (.bytes_per_second / .items_per_second | . > 7.999 and . < 8.001) and .start_s >= 0
    and (.label | test("^census: (strong|weak)(; disturbed)?$")) and (has("error_occurred") | not))' run.json
  for key in schema zpbench.version zpbench.git build.compiler build.flags build.type benchmark.version host arch \
      byte_order kernel.release kernel.version cpu.governor machine.virtualisation machine.emulated \
      page_size_bytes memory_bytes numa.nodes census matrix boot.id host.id pass pass.seed; do
    jq -e --arg key "$key" '.context[$key] | type == "string"' run.json >/dev/null || { echo "no $key"; false; }
  done
  jq -e '.context.schema == "zpbench-1" and (.context.page_size_bytes | tonumber) >= 4096' run.json
  # Each key begins with a word that --benchmark_context does not take.
  for key in $(jq -r '.context | keys[]' run.json); do
    run "$ZPBENCH" --benchmark_context="$key=1" --list
    [ "$status" = 2 ]
    [[ $output == *"the key '$key' is zpbench's own"* ]]
  done
  if jq -e '.context.census == "strong"' run.json; then
    jq -e '.benchmarks | all(.frames >= 1 and has("ksm_share") and has("zero_page_share") and has("huge_share"))' run.json
    jq -e '[.benchmarks[] | select(.name | test("memfd_coloured:8/")) | .frames, .colours_seen] | all(. == 8)' run.json
    jq -e '[.benchmarks[] | select(.name | test("private/")) | has("colours_seen")] | any | not' run.json
    jq -e '[.benchmarks[] | select(.name | test("read_fault/")) | .zero_page_share] | all(. == 1)' run.json
  fi
  # For people: a name and a line under it for each cell.
  [ "$(grep -c '^    .* ns/read (' lines)" = "$("$ZPBENCH" "${small[@]}" --list | wc -l)" ]
}

# bats test_tags=measures
@test "threads: split and whole, times per thread" {
  zpbench --placements memfd_coloured:8 --tables 1m --strides 64 --walks sequential --threads 1,2 \
    --shares split,whole --repetitions 1 --min-time 0.002 --out threads.json >/dev/null
  jq -r '.benchmarks[].name' threads.json | sed 's/.*sequential//' | sort | tr '\n' ' ' >names
  [ "$(cat names)" = "/share:split/threads:2 /share:whole/threads:2 /threads:1 " ]
  jq -e '.benchmarks | all(.ns_per_read > 0 and .items_per_second > 0)' threads.json
}

# bats test_tags=measures
@test "--out keeps what exists" {
  echo mine >mine.json
  run -2 --separate-stderr zpbench "${small[@]}" --out mine.json
  [ "$(cat mine.json)" = mine ]
  echo older >new.json.interrupted
  zpbench "${small[@]}" --filter private --out new.json >/dev/null
  [ "$(cat new.json.interrupted)" = older ]
}

# bats test_tags=measures
@test "JSON on stdout is all there is on stdout" {
  zpbench "${small[@]}" --filter private --json | jq -e '.benchmarks | length > 0'
  zpbench "${small[@]}" --benchmark_filter=private --benchmark_format=json -q | jq -e '.benchmarks | length > 0'
}

@test "nor does a library log there" {
  LIBPFM_DEBUG=1 LIBPFM_DEBUG_STDOUT=1 "$ZPBENCH" --list --json 2>said | jq -e 'length > 1'
  grep -q '^zpbench: LIBPFM_DEBUG_STDOUT in the environment: ignored' said
}

# bats test_tags=measures
@test "what stdout does not take is an error" {
  for arguments in --help --list --doctor "--placements private --tables 1m --strides 64 --min-time 0.001 --repetitions 1"; do
    status=0
    # shellcheck disable=SC2086
    zpbench $arguments >/dev/full 2>errors || status=$?
    [ "$status" = 2 ]
    grep -q 'cannot write to standard output: ' errors
  done
}

# bats test_tags=measures
@test "a run by hand ends with the table that run-matrix prints; with -q it does not" {
  local measure=("$ZPBENCH" --placements read_fault,private --tables 1m --strides 4096,64 --repetitions 1 --min-time 0.01 --no-probe)
  "${measure[@]}" --out rows.json >out 2>/dev/null
  "${ZPBENCH%/*}/zpanalyze" table rows.json >table 2>/dev/null
  [ "$(wc -l <table)" -gt 10 ]
  tail -n "$(wc -l <table)" out | cmp - table
  "${measure[@]}" -q >out
  not grep -q '^ *placement ' out
  ZP_WHOLE_PASSES=1 "${measure[@]}" >out 2>/dev/null
  not grep -q '^ *placement ' out
}

# bats test_tags=measures
@test "JSON is valid whatever the host, a matrix file and an argument are called" {
  valid() { python3 -c 'import json, sys; json.load(open(sys.argv[1], encoding="utf-8"))' "$1"; }
  odd=$'m\xff\x01"\\'
  printf 'placements = private\ntables = 1m\nstrides = 4096\nwalks = sequential\n' >"$odd"
  options=(--repetitions 1 --min-time 0.001 --filter $'private|\xff' -q)
  zpbench --matrix "./$odd" "${options[@]}" --out odd.json >/dev/null
  valid odd.json
  jq -e '.context.matrix | contains("m\ufffd\u0001\"\\")' odd.json
  unshare -u true || skip "no namespace of names to be had"
  # shellcheck disable=SC2016
  named() { unshare -u bash -c 'printf "h\xffst\x1b" >/proc/sys/kernel/hostname; exec "$@"' - "$ZPBENCH" "$@"; }
  named --matrix "./$odd" "${options[@]}" --out named.json >/dev/null
  valid named.json
  jq -e '[.context.host, .context.host_name] | all(. == "h\ufffdst\u001b")' named.json
  named --doctor --json >doctor.json || true
  valid doctor.json
}

# bats test_tags=measures
@test "loops of programs are measured on a table that a census proves, or say why not" {
  options=(--families kernels,readers,mixed --placements read_fault --min-time 0.001 --repetitions 1 -q)
  zpbench "${options[@]}" --family-table 1m --filter 'loop:(sum|triad|memcmp|gemv|loads)$|level:L1|cpus:' --out rows.json >/dev/null
  jq -e '[.benchmarks[] | select(.name | endswith("/loop:sum"))][0]
    | .ns_per_element > 0 and .bytes_per_second > 0 and .frames >= 1 and .label != null' rows.json
  jq -e '[.benchmarks[] | select(.name | endswith("/loop:triad"))][0] | has("roof_share") | not' rows.json
  jq -e '.benchmarks | all(has("ns_per_element") or has("slowdown") or has("read_bytes")
    or (.error_message | startswith("skipped: ")))' rows.json
  jq -e '.benchmarks | any(.name | endswith("readers:16/cpus:cores"))' rows.json
  jq -e '.benchmarks | all((has("slowdown") or has("ns_per_element")) == has("cpu_share"))' rows.json
  zpbench "${options[@]}" --family-table "$((8 * $(getconf PAGESIZE)))" --filter 'loop:(column|sum)$|^mixed/' --out small.json >/dev/null
  jq -e '.benchmarks | map(select(.name | endswith("loop:column")))[0].error_message | test("^skipped: .*has 8 row\\(s\\) of a page; it takes 16")' small.json
  jq -e '[.benchmarks[] | select(.name | startswith("mixed/"))] | length > 5
    and all(.error_message == "skipped: a table of 8 page(s) is too small for shares in percent; it takes 200")' small.json
}
