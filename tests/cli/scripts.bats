#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The scripts themselves, on copies: what people have exported does no harm, and what they are called with neither.

setup() { load ../lib/scripts; scripts_setup; }

@test "the help of each script fits 75 columns, and names the targets" {
  local script
  for script in "$TOP"/scripts/*.sh; do
    run -0 "$script" --help
    ! grep -nE '^.{76}|@[A-Z]' <<<"$output" || { echo "$script"; return 1; }
  done
}

@test "no byte of an argument acts on the terminal" {
  local hostile=$'\e[31m\b\x7f'
  for command in "run-matrix.sh $hostile" "run-matrix.sh -- --placements $hostile" "test.sh $hostile" "build.sh $hostile" \
      "install-deps.sh $hostile" "probe-kit.sh $hostile"; do
    # shellcheck disable=SC2086
    run -2 copy/scripts/$command
    [[ $output == *'?[31m??'* && $output != *$'\e'* ]]
  done
  . copy/scripts/lib/common.sh
  [ "$(note $'a\nb\tc\xe2\x80\xae' 2>&1)" = "${0##*/}: a?b?c???" ]
  [ "$(TERM=xterm progress $'a\eb' 2>&1)" = 'a?b' ]
  # What is printed as a result is a line of its own.
  for command in "run-matrix.sh --dry-run --out" "run-matrix.sh --resume" "probe-kit.sh --out"; do
    # shellcheck disable=SC2086
    run copy/scripts/$command $'a\nb\e'
    [ "$status" = 2 ]
    [[ ${#lines[@]}:$output == "1:${command%% *}: ${command##* } '"*"a?b?': a name with a newline or another control character" ]]
  done
  (plain_path --out $'\xc3\xbcn\xc3\xafc\xc3\xb6de/\xd0\xb4')
  run -2 plain_path --out $'a\xc2\x9b31m'
  run copy/scripts/run-matrix.sh --dry-run --target s390x --kernel $'\e[31m'
  [[ $output != *$'\e'* ]]
}

@test "a result that standard output does not take is an error in the script's own words" {
  for closed in '>/dev/full' '>&-'; do
    run --separate-stderr bash -c ". copy/scripts/lib/common.sh; result /a/run $closed"
    [ "$status:$stderr" = "1:bash: cannot write to standard output: /a/run" ]
  done
}

@test "whatever ends a script, what it made is removed" {
  for signal in INT TERM HUP QUIT PWR PROF IO; do
    status=0
    (trap - INT; exec bash -c '. copy/scripts/lib/common.sh; trap "rm made" EXIT; end_on_signals; touch made; kill -s "$1" $$; sleep 1' - $signal) || status=$?
    [ "$status" = $((128 + $(kill -l $signal))) ]
    [ ! -e made ]
  done
}

@test "results cannot go through a ring of links, nor below a directory that is gone" {
  ln -s ring ring
  matrix_said -2 --out ring/results
  [ "$stderr" = "run-matrix.sh: cannot write results to ring/results" ]
  mkdir gone
  run --separate-stderr bash -c 'cd gone && rmdir ../gone && exec "$0" --out results' "$PWD/copy/scripts/run-matrix.sh"
  [ "$status" = 2 ]
  [[ ${stderr_lines[-1]} == "run-matrix.sh: cannot write results to results: the current directory is gone" ]]
  [ ! -e called ]
}

@test "a size is what zpbench takes for one" {
  . copy/scripts/lib/common.sh
  for size in 4096 4096b 4k 4KB 4KiB 64MiB 1g 2TIB; do is_size "$size"; done
  for size in '' k ib 1.5g -1 4kbb 4ki 0x10 $'4k\n' é; do not is_size "$size"; done
  said() { memory_size --memory "$1"; }
  [ "$(said 64m) $(said 1GiB) $(said 65536k) $(said 1048576) $(said 08MB) $(said 2048m)" = "64M 1G 64M 1M 8M 2G" ]
  for size in 7 0m 1.5g 999999999t 999999999999999m -1m x; do
    run said "$size"
    [ "$status" = 2 ]
  done
  matrix_said -0 --dry-run -- --tables 64MiB,4kb --family-table 2MiB
}

@test "CDPATH, another shell, no HOME, POSIXLY_CORRECT, SHELLOPTS" {
  cd copy
  # Somebody who measures meanwhile changes what knobs are now.
  plan() { "$@" | sed 's/ (now [^)]*)//'; }
  said=$(plan scripts/run-matrix.sh --dry-run)
  [ "$(CDPATH=.:/ plan scripts/run-matrix.sh --dry-run)" = "$said" ]
  [ "$(plan sh scripts/run-matrix.sh --dry-run)" = "$said" ]
  [ "$(POSIXLY_CORRECT=1 plan scripts/run-matrix.sh --dry-run)" = "$said" ]
  [ "$(plan env -u HOME -u TERM -u USER scripts/run-matrix.sh --dry-run)" = "$said" ]
  [ "$(plan env BASH_ENV=/dev/null SHELLOPTS= bash -u scripts/run-matrix.sh --dry-run)" = "$said" ]
  [ "$(plan bash -o noclobber -o noglob -c 'export SHELLOPTS; scripts/run-matrix.sh --dry-run')" = "$said" ]
  bash -o noclobber -o noglob -c 'export SHELLOPTS; scripts/run-matrix.sh --matrix nosuch' 2>&1 | grep -q 'neither one of .*quick'
  bash -o noclobber -c 'export SHELLOPTS; . scripts/lib/common.sh; echo 1 >twice; echo 2 >twice'
  . scripts/lib/common.sh
  [[ $(env -u HOME -u XDG_CACHE_HOME bash -uc '. scripts/lib/common.sh; cache_dir') == /*/.cache/zpbench ]]
}

@test "a script is called by a link, with odd COLUMNS, or without a place for temporary files" {
  ln -s "$PWD/copy/scripts/build.sh" "$PWD/copy/scripts/probe-kit.sh" .
  for columns in abc 0 -3 'a[$(touch called-too)]' 99999; do
    TERM=xterm COLUMNS=$columns run script -qec "./build.sh debug" /dev/null
    echo "$columns: $output"
    [ "$status" = 0 ]
    [[ $output == *"building (debug)"* ]]
  done
  [ ! -e called-too ]
  [ "$(LC_ALL=tr_TR.UTF-8 bash -c '. copy/scripts/lib/common.sh; printenv LC_ALL' 2>/dev/null)" = C ]
  [[ $(TMPDIR=fake bash -c '. copy/scripts/lib/common.sh; scratch x') == "$PWD"/fake/zpbench-x.* ]]
  TMPDIR=/nonexistent run -4 ./probe-kit.sh native
  [ "$output" = "probe-kit.sh: cannot make a directory in /nonexistent; TMPDIR names another place" ]
}

@test "a machine may be called anything: its runs stay below the results" {
  run_host=
  . copy/scripts/lib/common.sh
  . copy/scripts/lib/run-directory.sh
  for run_host in ../../outside a/b $'a\nb' . .. ''; do
    run=$(run_create results quick 1 7)
    [ "$(realpath "$run")" = "$run" ]
    [[ $run == "$PWD"/results/*/"$(uname -r)"/* ]]
    [ "$(jq -r .host "$run/manifest.json")" = "$run_host" ]
  done
}

@test "whatever ends a run's script, the run can be gone on with" {
  libraries='. copy/scripts/lib/common.sh; . copy/scripts/lib/run-directory.sh'
  run_directory=$(bash -euc "$libraries; run_create results quick 1 7")
  echo "$libraries; uptime_now() { : \"\$nosuch\"; }; run_measure '$run_directory' true quick 1 7 || :" >script
  run -1 --separate-stderr bash -u script
  [[ $stderr == *"nosuch: unbound variable"*"go on with: scripts/run-matrix.sh --resume $run_directory" ]]
  [ "$(jq -r .state "$run_directory/manifest.json")" = interrupted ]
}

@test "a /proc that shows processes only has no clock: the script goes on" {
  processes_only() { unshare -m sh -c 'mount -t proc -o subset=pid proc /proc && exec "$@"' sh "$@"; }
  processes_only true || skip "needs root, and Linux 5.8"
  run -0 --separate-stderr processes_only bash -euc '. copy/scripts/lib/common.sh; uptime_now; echo "$now"'
  [[ $output == [0-9] && -z $stderr ]]
}

@test "a busy machine, a quota and steal are said before and after" {
  . copy/scripts/lib/common.sh
  . copy/scripts/lib/machine-state.sh
  [ "$(OMP_NUM_THREADS=1 machine_cpus)" = "$(getconf _NPROCESSORS_ONLN)" ]
  ticks=("1000 0 10000" "1100 20 10200" "1100 20 10200" "1300 120 10800")
  echo 0 >number
  machine_ticks() { local n; n=$(cat number); echo $((n + 1)) >number; echo "${ticks[n]}"; }
  machine_quota() { echo 0.2; }
  machine_look_before 2>said
  grep -q 'this machine is busy: ' said
  grep -q 'takes 10 % of the CPU time (steal)' said
  grep -q '0.2 CPUs at most' said
  echo '{"benchmarks": [{"cpu_share": 1, "label": "census: strong"}, {"cpu_share": 0.2, "label": "census: strong; disturbed"}]}' >pass-01.json
  machine_look_after . 2>said
  grep -q 'took 16.7 % of the CPU time' said
  grep -q '1 of 2 repetitions were disturbed' said
}
