#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command line of zpanalyze, as a user meets it. ZP_BIN is the directory of the programs.

setup_file() { load ../lib/zpanalyze; make_runs; }
setup() { load ../lib/zpanalyze; }

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
  # What would be passed over in silence.
  for arguments in "table RUN --base nowhere" "compare RUN RUN --ignore plaecment" "report RUN --claims --metric frames" \
    "compare RUN --by placement --base private --base-filter x" "compare RUN --by placement --base private --labels x" \
    "export RUN --format ktap --commit 1234" "colours --cpu zen5 --filter x" "plot RUN --ghz 3" \
    "colours --cpu zen5 --threshold 3" "attribute RUN --ghz 3" "report RUN --force" "report RUN --claims --width 80" \
    "report RUN --width 80" "report RUN --debates --emulated-times" "compare RUN RUN --seed 3" "compare RUN RUN --format csv --width 80" \
    "compare RUN --by placement --base private --one-boot" "plot RUN --kinds knob --cpu zen5 --ghz 4" "plot RUN --kinds knob --base RUN" \
    "plot RUN --formats txt --dark" "atlas RUN --filter x"; do
    # shellcheck disable=SC2086
    zpa -2 ${arguments//RUN/$RUNS/a}
  done
}

@test "an empty value, or the next option in its place, is refused and nothing is written" {
  cd "$BATS_TEST_TMPDIR"
  for arguments in "table RUN --width= --help" "export RUN --sqlite ''" "check RUN --anonymous ''" "compare RUN --by '' --base x" \
    "compare RUN --by placement --base=" "table RUN --filter ''" "table ''"; do
    eval "zpa -2 ${arguments/RUN/$RUNS/a}"
    [[ "$said" == *": the value is empty "* ]]
  done
  zpa -2 check "$RUNS/a" --anonymous --help
  [[ "$said" == *"--anonymous: a value is missing before --help"* ]]
  for number in -1 18446744073709551616 0x10 1e3; do
    zpa -2 compare "$RUNS/a" "$RUNS/a" --seed $number
    [[ "$said" == *"--seed: $number is not a whole number"* ]]
  done
  [ -z "$(ls -A)" ]
  echo '{"context":{},"benchmarks":[{"name":"BM","real_time":1},{"name":"BM","real_time":2}]}' >one.json
  zpa -0 compare one.json one.json --bootstrap --seed 010
  [[ "$said" == *"bootstrap with seed 10;"* ]]
  zpa -0 table "$RUNS/a" --filter -private
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
  zpa -2 table "$RUNS/guest" --base private
  zpa -0 table "$RUNS/guest" --emulated-times
  [[ "$output" == *"ns per read"* ]]
  [[ "$output" == *"EMULATED"* ]]
}

@test "emulated runs: frames, colours and modelled misses, and no time" {
  runs="$BATS_TEST_DIRNAME/../../results/reference"
  zpa -0 table "$runs"/qemu-mips64el/*vce/*
  [[ "$output" == *"EMULATED (QEMU 7.2"*"time not shown"* ]]
  [[ "$output" == *"read_fault             8        8        all  none"* ]]
  [[ "$output" == *"Model of r4000sc, per read, at stride (bytes):"*"ksm_single       1.000 1.000 1.000 1.000 0.500 1.000"* ]]
  [ "$(printf '%s\n' "$output" | awk 'length > 75' | wc -l)" -eq 0 ]
  zpa -2 compare "$runs"/qemu-s390x/* --threshold 3
  [[ "$said" == *"--threshold: emulated runs are compared by counts"* ]]
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

@test "bad input: file, byte and reason on stderr, exit 2" {
  zpa -2 table "$RUNS/broken.json"
  [[ "$said" == "zpanalyze: $RUNS/broken.json: byte 13: "* ]]
  [ "$(wc -l <<<"$said")" -eq 1 ]
  # All but paths fits a terminal.
  zpa -3 compare "$RUNS/a" "$RUNS/other"
  [ "${#lines[@]}" -gt 1 ]
  awk 'length > 75 && NF > 1 { exit 1 }' <<<"$output"
  zpa -2 table "$RUNS/absent"
  zpa -2 table "$RUNS/a" "$RUNS/broken.json"
  zpa -0 table "$RUNS/a" "$RUNS/broken.json" --keep-going
  [[ "$said" == *"warning: left out: "*"byte 13"* ]]
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

@test "what may not be read is named, with what the kernel said" {
  cd "$BATS_TEST_TMPDIR"
  local nobody=(setpriv --reuid 65534 --clear-groups "$ZP_BIN/zpanalyze")
  chmod 755 .
  mkdir -p top/one
  cp -r "$RUNS/a" locked && cp -r "$RUNS/a" listed && cp -r "$RUNS/a" hidden && cp -r "$RUNS/a" top/two
  "${nobody[@]}" table locked >/dev/null || skip "nobody else can be asked to look here"
  chmod 000 locked/manifest.json hidden top/two
  chmod 444 listed
  for path in locked:locked/manifest.json listed:listed/manifest.json top:top/two; do
    run -2 "${nobody[@]}" table "${path%:*}"
    [[ "$output" == *"${path#*:}: Permission denied"* ]]
  done
  run -2 "${nobody[@]}" report "$RUNS/a" --out hidden/page.html
  [[ "$output" == *"cannot write hidden/page.html: Permission denied"* || "$output" == *"$RUNS"* ]]
  chmod 755 hidden listed top/two
}

@test "a file that is named twice counts once" {
  zpa -0 table "$RUNS/a" "$RUNS/../${RUNS##*/}/a/" "$RUNS/a/pass-01.json"
  [[ "$said" == *"named twice, taken once"*" 9 repetitions in 3 passes:"* ]]
  mkdir "$RUNS/mixed"
  cp -r "$RUNS/a" "$RUNS/a/pass-01.json" "$RUNS/mixed"
  zpa -2 table "$RUNS/mixed"
  [[ "$said" == *"holds runs ("*"/mixed/a, ...) and files next to them ("*"name one"* ]]
}

@test "history shows one cell over kernels" {
  zpa -0 history "$RUNS/a" "$RUNS/fast" "$RUNS/slow" --filter 'ksm_single/.*stride:1024/'
  [[ "$output" == *"6.1.0-test"*"6.2.0"*"6.3.0"* ]]
  # A pass is one value, however often it repeats.
  [[ "$output" == *"  3  #"* && "$output" != *"  9  #"* ]]
  # Less than six values have no interval of 95 %.
  row='{"name":"BM","real_time":1},{"name":"BM","real_time":2}'
  echo '{"context":{},"benchmarks":['"$row,$row"']}' > "$RUNS/single.json"
  # In the order of time, though the clock went back between them.
  echo '{"context":{"date":"2026-10-25T02:40:00+02:00"},"benchmarks":['"$row"']}' > "$RUNS/first.json"
  echo '{"context":{"date":"2026-10-25T02:10:00+01:00"},"benchmarks":['"$row,$row"']}' > "$RUNS/second.json"
  zpa -0 history "$RUNS/second.json" "$RUNS/first.json"
  [[ "$output" == *first*second* ]]
  # A fraction of a second, a zone without a colon, and as versions before 1.5 wrote dates.
  for dates in 2026-11-26T20:00:00+00:00,2026-11-27T01:00:00.123+00:00 2026-11-27T01:00:00+0530,2026-11-26T19:45:00Z \
    2026-11-26T20:00:00.1Z,2026-11-26T20:00:00.25Z "2026/11/26-19:59:00,2026-11-26 20:00:00"; do
    echo '{"context":{"date":"'"${dates%,*}"'"},"benchmarks":['"$row"']}' > "$RUNS/first.json"
    echo '{"context":{"date":"'"${dates#*,}"'"},"benchmarks":['"$row,$row"']}' > "$RUNS/second.json"
    zpa -0 history "$RUNS/second.json" "$RUNS/first.json"
    [[ "$output" == *first*second* ]]
  done
  zpa -0 history "$RUNS/single.json"
  [[ "$output" != *"%  4"* && "$output" == *"fewer than 6"* ]]
  echo '{"context":{},"benchmarks":['"$row,$row,$row"']}' > "$RUNS/single.json"
  zpa -0 history "$RUNS/single.json"
  [[ "$output" == *"+-33%  6"* ]]
  # Bars have the room that the figures leave.
  for n in 0 5; do
    echo '{"context":{"date":"2026-11-26T10:00:00+00:00","kernel.release":"6.18.0-rc1-of-a-long-name"},
      "benchmarks":[{"name":"BM","real_time":50},'"$(printf '{"name":"BM","real_time":10%s},' $n $n $n $n)"'
      {"name":"BM","real_time":900}]}' > "$RUNS/history-$n.json"
  done
  zpa -0 history "$RUNS"/history-?.json
  [[ "$output" == *"-50+800%  6  ####"* ]]
  echo "$output" | awk 'length($0) > 75 { print; exit 1 }'
  # Built anew, a kernel keeps its release.
  for n in 1 2; do
    printf '{"context":{"schema":"zpbench-1","kernel.release":"6.1.0","kernel.version":"#%s","boot.id":"%s"},
      "benchmarks":[{"name":"BM","real_time":%s}]}' $n $n $n > "$RUNS/build-$n.json"
  done
  zpa -0 history "$RUNS"/build-?.json --metric real_time
  [[ "$output" == *"6.1.0 #1"*"6.1.0 #2"* && "$output" != *"[#]"* ]]
  # What differs beside the kernel may be what a step is of.
  sed -i 's/"schema"/"cpu.governor":"powersave","schema"/' "$RUNS/build-1.json"
  sed -i 's/"schema"/"cpu.governor":"performance","schema"/' "$RUNS/build-2.json"
  zpa -0 history "$RUNS"/build-?.json --metric real_time
  [[ "$output" == *"[#] cpu.governor is 'powersave' and 'performance'"* ]]
  mkdir "$RUNS/builds" && cp "$RUNS"/build-?.json "$RUNS/builds"
  sed -i 's/"boot.id":"2"/"boot.id":"1"/' "$RUNS/builds/build-2.json"
  zpa -3 history "$RUNS/builds" --metric real_time
  [[ "$said" == *"holds files of '#1' and '#2'"* ]]
}

@test "history of several hosts says so" {
  local host
  for host in 1 2; do
    "$ZP_BIN/zp_make_results" run "$RUNS/hosts/$host" --kernel 6.$host.0 --host $host --boot "b$host"
  done
  zpa -0 history "$RUNS/hosts" --filter 'ksm_single/.*stride:1024/'
  [[ "$said" == *"warning: runs of 2 hosts: a step between lines may be another host's"* ]]
  zpa -0 history "$RUNS/hosts/1" --filter 'ksm_single/.*stride:1024/'
  [[ "$said" != *hosts:* ]]
}

@test "what was meant by a word that is none of ours; no byte of it acts on the terminal" {
  zpa -2 tabel "$RUNS/a"
  [[ "$output" == "zpanalyze: "*"did you mean table?"* ]]
  zpa -2 model --cpu zen4 --placement private
  [[ "$output" == *"did you mean --placements"* ]]
  zpa -2 table $'a\e[31m\ab' --nosuch
  [[ "$output" != *$'\e'* && "$output" != *$'\a'* ]]
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
  for name in others both; do
    zpa -2 table "$RUNS/$name.json"
    [[ "$said" == *"not of zpbench"*"'zpanalyze report'"* ]]
  done
  zpa -0 table "$RUNS/errors.json"
  [[ "$said" == *"BM_skip: skipped: no AVX-512"* ]]
  # A part of its names is no column of ours.
  zpa -0 export "$RUNS/both.json"
  [[ "$output" == *",read/placement:private/table:1048576/stride:4096,read,,,"* ]]
  [[ "$said" == *"not in it, as they have a reason and no figures: rows of 1 cells (first: BM_skip)"* ]]
}
