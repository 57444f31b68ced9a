#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The scripts themselves, on copies: what is wrong is said before anything is installed or built.

setup() { load ../lib/scripts; scripts_setup; }

@test "wrong input is refused before anything is installed or built" {
  printf 'tables = 1m\nplacements = private, nosuch' >bad.matrix
  printf 'passes = 3\npasses = 5\n' >passes.matrix
  printf '[a]\nwalks = random\nwalks = random\n' >twice.matrix
  echo 'walks random' >shapeless.matrix
  echo 'placments = private' >misspelt.matrix
  echo 'placements =' >empty.matrix
  printf '[a]\npasses = 3\n' >late.matrix
  printf '[a]\nfamilies = cow\n' >block.matrix
  echo 'out = x' >out.matrix
  echo 'repetitions = 0' >none.matrix
  mkdir none
  for arguments in "--matrix nosuch" "--matrix bad.matrix" "--resume /nonexistent" "-- --placements nosuch" "-- --nosuch 3" \
      "-- --placements=private,nosuch:8" "-- --walks nosuch" "-- --walks=random,nosuch" \
      "-- --offsets nosuch" "-- --shares nosuch" "-- --families nosuch" "-- --families=cow,nosuch" "-- --tables nosuch" \
      "-- --strides 64,x" "-- --threads many" "-- --repetitions x" "--out /dev/null/x" "--out /proc/x" "--matrix ./nosuch" \
      "-- --seed 3" "-- --pass=2" "-- --out x" "-- --benchmark_out=x" "-- --matrix quick" "-- --json" "-- --counters list" \
      "-- --probe" "-- word" "-- --long word" "-- --tables 1m --tables 2m" "-- --tables 64MiBx" "--matrix passes.matrix" \
      "--matrix twice.matrix" "--matrix shapeless.matrix" "--matrix misspelt.matrix" "--matrix empty.matrix" "--matrix late.matrix" \
      "--matrix block.matrix" "--matrix out.matrix" "--matrix none.matrix" "-- --repetitions 0" "-- --repetitions=100001" \
      "-- --repetitions 1,2" "-- --threads 2,0" "-- --threads 4097" "-- --nodes 99999999999" "-- --tables 0k" "-- --tables 1m,100" \
      "-- --strides 0" "-- --strides 4" "-- --family-table 1" "-- --min-time 0" "-- --min-time=-1" "-- --min-time 1,5" \
      "-- --min-time 3601s" "-- --filter (" "-- --walks ," "-- --counters=," "-- --once=[" "-- --benchmark_filter=(" "-- --benchmark_repetitions=0" \
      "-- --benchmark_min_time=x" "-- --benchmark_nosuch=1" "-- --placements private:3" "-- --placements ksm_coloured:3" \
      "-- --placements ksm_shared:1" "-- --colours 0" "-- --sharers 1" "-- --walks random:2" "-- --model z13,nosuch" \
      "-- --counter-source nosuch" "-- --threads" "-- --threads --long" "-- --filter= --long" "-- --simulate zen3" \
      "-- --model ./nosuch" "-- --guest-kernel /nosuch" "--target s390x -- --model ./none.matrix" "--target ssh:there -- --guest-kernel=none.matrix" "-- --noise=5%" \
      "--bin none --dry-run" "--dry-run --out out.matrix" "--dry-run --target s390x --out out.matrix/x" "--quick --full" "--full --matrix quick" "--seed 1 --seed 2" \
      "--target native --target s390x" "-- --tables 1m --strides 2m" "-- --strides=64,2048k --tables=4m,1m" \
      "-- --tables 64k --strides 4096 --threads 1,17" "-- --long=maybe" "-- --benchmark_context=a" "-- --benchmark_context=a=1,b" \
      "--target s390x --swap 1g" "--target s390x --swap 300m --memory 256m" "--nothing" "--passes" "--passes 0" "--passes many" \
      "--passes 10000" "--seed x" "--dry-run --resume results" "--target ssh:nowhere --out /proc/results" "-- --list" \
      "--resume ." "--resume . --passes 9" "--resume . --quick" "--resume . --out results" "--resume . -- --min-time 7"; do
    # shellcheck disable=SC2086
    matrix_said -2 $arguments
    [ "${#stderr_lines[@]}" = 1 ]
    [ -z "$output" ]
    [ ! -e called ]
  done
  [ ! -e copy/build ]
}

@test "a long matrix is looked at without a program for each of its words" {
  printf '#!/bin/sh\necho grep >>"%s/called"\nexec %s "$@"\n' "$PWD" "$(command -v grep)" >fake/grep
  chmod +x fake/grep
  { for i in {1..200}; do printf '[%s]\nplacements = private,read_fault\nwalks = random\n' "$i"; done; echo '[last]'; echo 'walks = nosuch'; } >long.matrix
  matrix_said -2 --matrix ./long.matrix
  [[ $stderr == "run-matrix.sh: unknown walk 'nosuch'; there are sequential random dependent" ]]
  [ "$(wc -l <called)" -lt 50 ]
}

@test "another run is said before anything is installed or built" {
  printf '#!/bin/sh\nexit 1\n' >fake/flock
  matrix_said -4 --out results
  [[ $stderr == "run-matrix.sh: "*"holds the lock on /"*": wait for it, or stop it" ]]  # whoever may hold it now
  [ ! -e called ] && [ ! -e results ]
}

@test "a forged fleet is refused before a file is removed or a number computed" {
  printf '#!/bin/sh\ntouch "%s/asked"\n' "$PWD" | tee fake/sbatch >fake/sinfo
  chmod +x fake/*
  mkdir -p forged/jobs
  forge() {  # JQ-FILTER
    jq -n '{schema: "zpbench-fleet-1", partition: "debug", constraint: "", nodes: ["node1"], target: "native", kernels: [],
      guest_options: [], trace: "", matrix: "quick", passes: 2, seed: 1, options: [], started: "x"} | '"$1" >forged/jobs/fleet.json
    run --separate-stderr copy/scripts/run-matrix.sh --bin fake --resume forged
    echo "$1: $status $stderr"
  }
  for filter in '.seed = "a[$(touch pwned)]"' '.seed = 1e300' '.seed = -1' '.passes = 0' '.passes = 10000' '.passes = "2"' \
      '.nodes = ["../../victim"]' '.nodes = ["-x"]' '.nodes = ["a b"]' '.nodes = [1]' '.options = [1]' 'del(.target)'; do
    forge "$filter"
    [ "$status" = 2 ]
    [ "$stderr" = "run-matrix.sh: $PWD/forged/jobs/fleet.json is not a zpbench-fleet-1 description" ]
  done
  [ ! -e asked ] && [ ! -e pwned ]
  forge .
  [ -e asked ]
  # What is not forged is taken up word by word.
  forge '.kernels = ["a\nb", "c\n"] | .options = ["--filter", "x\n"]'
  top=$PWD/copy
  . copy/scripts/lib/common.sh
  . copy/scripts/lib/run-directory.sh
  . copy/scripts/lib/fleet.sh
  fleet_open forged
  [ "${#kernels[@]}:${kernels[1]}:${extra[1]}" = $'2:c\n:x\n' ]
}

@test "an option without its value, or with an empty one, is refused" {
  local option
  for option in --matrix --passes --seed --out --resume --bin --target --kernel --memory --swap --cpu --nodes --constraint; do
    for value in '' --no-install; do
      matrix_said -2 "$option" "$value"
      [ "$stderr" = "run-matrix.sh: $option needs a value" ]
    done
  done
  [ ! -e called ]
}

@test "a matrix says its passes, wherever its lines were written and whatever it is called" {
  printf 'placements = private\r\ntables = 1m\r\npasses = 9\r\n' >-windows.matrix
  printf '#!/bin/sh\necho "zpbench $*"\n' >fake/zpbench
  chmod +x fake/zpbench
  matrix_said -0 --matrix -windows.matrix --bin fake --dry-run
  [[ $output == *"would measure 9 passes"* ]]
  # A word is zpbench's own matrix, whatever file has its name.
  echo hello >quick
  matrix_said -0 --bin fake --dry-run
  [[ $output == *"would measure 9 passes"* ]]
  # Installed, or copied over ssh, there are no sources to ask.
  rm -r copy/bench copy/harness
  echo 'passes = 7' >quick
  matrix_said -0 --bin fake --dry-run
  [[ $output == *"would measure 3 passes"*"zpbench --matrix quick "* ]]
  echo 'families = cow' >>-windows.matrix
  matrix_said -0 --matrix -windows.matrix --bin fake --dry-run
}

@test "what is not there is said before anything is built" {
  run -2 --separate-stderr copy/scripts/build.sh nosuch
  [[ $stderr == "build.sh: no preset 'nosuch'; there are "*" debug "*" release "* ]]
  run -2 --separate-stderr copy/scripts/peers.sh nosuch
  [ "$stderr" = "peers.sh: nosuch is not a run directory (no manifest.json)" ]
  for command in "peers.sh ." "peers.sh . ." "build.sh debug ''" "env PEERS_NAMES=-1 peers-compare.sh" "env XDG_CACHE_HOME=/proc/x sysroot.sh arm64"; do
    eval "run --separate-stderr env PATH=\$PWD/copy/scripts:\$PATH $command"
    echo "$command: $status $stderr"
    [[ $status == [24] && ${#stderr_lines[@]} == 1 ]]
  done
  run -0 copy/scripts/peers-compare.sh --help
  [[ $output == *"peers-compare.sh [BIN_DIR]"* ]]
  [ ! -e called ] && [ ! -e copy/build ]
}

@test "a cluster and a guest are two targets" {
  matrix_said -2 --target slurm --target ssh:there
  [[ $stderr == *"its nodes are reached by Slurm, not by ssh" ]]
  matrix_said -2 --target slurm --target s390x --target slurm:debug
  [ "$stderr" = "run-matrix.sh: --target slurm is there twice" ]
}

@test "--dry-run lists the knobs before there is a program" {
  matrix_said -0 --dry-run
  # Every one that the sources name, wherever their lines break.
  mapfile -t knobs < <(grep -o '"/\(kernel/mm\|sys/vm\)/[^"]*"' "$TOP/harness/ksm/knobs.cpp" | tr -d '"')
  [ "${#knobs[@]}" -ge 15 ]
  for knob in "${knobs[@]}"; do
    case $knob in /sys/*) knob=/proc$knob ;; *) knob=/sys$knob ;; esac
    [ ! -e "$knob" ] || [[ $output == *"may write   $knob (now "* ]]
  done
  not grep -q '^cmake' called
}

@test "a kernel or a program that is none is refused before anything is installed or built, by a dry run too" {
  { head -c 65544 /dev/zero; printf S390EP; } >image
  ln -s image link
  for dry_run in '' --dry-run; do
    for kernel in debian: debian:../x debian:a/b/c vce /nonexistent /etc/passwd 'image --kernel ./image' 'image --kernel link' \
        'debian:sid --kernel debian:sid/s390x'; do
      # shellcheck disable=SC2086
      matrix_said -2 --target s390x --kernel $kernel --out results $dry_run
      [ "${#stderr_lines[@]}" = 1 ]
      [[ $kernel != *--kernel* || $stderr == *" is there twice" ]]
    done
    mkdir -p empty
    # shellcheck disable=SC2086
    matrix_said -2 --target s390x --kernel image --bin empty $dry_run
    [ "$stderr" = "run-matrix.sh: --bin: empty/zpanalyze is not a program" ]
  done
  [ ! -e called ]
  matrix_said -0 --target s390x --kernel image --dry-run
  [[ $output == *"would boot each once, with the matrix guest: image" ]]
}
