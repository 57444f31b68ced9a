#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The scripts themselves, on copies: what fails is not green, what is wrong is said before anything is built, and
# what people have exported does no harm.

setup() {
  bats_require_minimum_version 1.5.0
  : "${TOP:?the source tree, as ctest sets it}"
  cd "$BATS_TEST_TMPDIR" || return
  mkdir copy
  cp -r "$TOP"/{scripts,bench,harness,CMakePresets.json} copy/
  mkdir fake
  for program in cmake ctest dpkg-query; do
    printf '#!/bin/sh\necho "%s $*" >>"%s/called"\n' "$program" "$PWD" >"fake/$program"
  done
  # Every package is there: nothing is installed.
  echo 'echo "install ok installed"' >>fake/dpkg-query
  # Nobody else measures.
  printf '#!/bin/sh\nexit 0\n' >fake/flock
  chmod +x fake/*
  PATH=$PWD/fake:$PATH
}

not() { ! "$@"; }

# matrix_said -STATUS ARGUMENT...: run-matrix.sh must end with that status.
matrix_said() { echo "${*:2}"; run "$1" --separate-stderr copy/scripts/run-matrix.sh "${@:2}"; }

@test "a build that fails is not a success, whatever binaries are there" {
  echo 'case $* in *--build*) exit 1 ;; esac' >>fake/cmake
  run -1 copy/scripts/test.sh --fast
  not grep -q '^ctest' called
}

@test "what could not be tested is the last word" {
  printf '#!/bin/sh\necho "$1: out of step" >&2\nexit 4\n' >copy/scripts/sysroot.sh
  printf '#!/bin/sh\necho /analysis/rows/\n' >fake/run-clang-tidy-14
  chmod +x fake/run-clang-tidy-14
  run -0 copy/scripts/test.sh
  [ "$(tail -n 2 <<<"$output")" = "test.sh: no tests for s390x: s390x: out of step
test.sh: no tests for mips64el: mips64el: out of step" ]
}

@test "tests that fail, and tests that are not there, are not a success" {
  echo 'exit 8' >>fake/ctest
  run -1 copy/scripts/test.sh --fast
  grep -q '^ctest .*--no-tests=error' called
}

@test "a build log that can't be written ends it" {
  mkdir -p copy/build/debug/build.log
  run -2 --separate-stderr copy/scripts/build.sh debug
  [[ $stderr == *"cannot write "*"build.log" ]]
  [ ! -e called ] || not grep -q '^cmake' called
}

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
      "-- --min-time 3601s" "-- --filter (" "-- --walks ," "-- --once=[" "-- --benchmark_filter=(" "-- --benchmark_repetitions=0" \
      "-- --benchmark_min_time=x" "-- --benchmark_nosuch=1" "-- --placements private:3" "-- --placements ksm_coloured:3" \
      "-- --placements ksm_shared:1" "-- --colours 0" "-- --sharers 1" "-- --walks random:2" "-- --model z13,nosuch" \
      "-- --counter-source nosuch" "-- --threads" "-- --threads --long" "-- --filter= --long" "-- --simulate zen3" \
      "-- --model ./nosuch" "-- --guest-kernel /nosuch" "--target s390x -- --model ./none.matrix" "--target ssh:there -- --guest-kernel=none.matrix" "-- --noise=5%" \
      "--bin none --dry-run" "--dry-run --out out.matrix" "--dry-run --target s390x --out out.matrix/x" "--quick --full" "--full --matrix quick" "--seed 1 --seed 2" \
      "--target native --target s390x" "-- --tables 1m --strides 2m" "-- --strides=64,2048k --tables=4m,1m" \
      "-- --tables 64k --strides 4096 --threads 1,17" "-- --long=maybe" "-- --benchmark_context=a" "-- --benchmark_context=a=1,b" \
      "--target s390x --swap 1g" "--target s390x --swap 300m --memory 256m"; do
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

@test "groups that share packages name each once, in their order" {
  echo 'exit 1' >fake/dpkg-query
  copy/scripts/install-deps.sh --print --for measure --for test --target s390x --target mips64el >packages
  cat packages
  [ "$(head -n 3 packages | tr '\n' ' ')" = "jq util-linux clang-14 " ]
  grep -qx g++-mips64el-linux-gnuabi64 packages
  [ -z "$(sort packages | uniq -d)" ]
}

@test "--target and --for name what they are for; where there is no dpkg, that is said" {
  run copy/scripts/install-deps.sh --print --target build
  [ "$status" = 2 ]
  [[ $output == "install-deps.sh: unknown target 'build'; there are s390x "* ]]
  run copy/scripts/install-deps.sh --print --target ''
  [ "$output" = "install-deps.sh: --target needs a value; see --help" ]
  mkdir other
  for command in bash dirname readlink tr; do ln -s "$(command -v $command)" other/; done
  PATH=$PWD/other run copy/scripts/install-deps.sh
  [ "$status" = 4 ]
  [[ $output == "install-deps.sh: this is not Debian (no dpkg-query): "*"--no-install" ]]
  PATH=$PWD/other ZP_NO_INSTALL=1 copy/scripts/install-deps.sh
}

@test "probe-kit.sh takes a compiler with words before it, as CMake does" {
  [ -d /usr/include/tl ] || skip "no libexpected-dev"
  printf '#!/bin/sh\necho "$*" >>"%s/compiled"\n' "$PWD" >fake/wrapper
  chmod +x fake/wrapper
  mkdir tmp
  TMPDIR=tmp CXX='wrapper g++ -m64' run copy/scripts/probe-kit.sh --out "$PWD/kit" native
  [ "$output" = "$PWD/kit/zpprobe-native" ]
  grep -qF -e " -o $PWD/tmp/" compiled
  [ -z "$(ls tmp)" ]
  [ "$(grep -c '^g++ -m64 -std=c++20 ' compiled)" = 2 ]
  CXX='nosuch g++' run copy/scripts/probe-kit.sh --out "$PWD/kit" native
  [ "$status" = 4 ]
  [ "$output" = "probe-kit.sh: no nosuch" ]
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

@test "the help of each script fits 75 columns" {
  local script
  for script in "$TOP"/scripts/*.sh; do
    run -0 "$script" --help
    ! grep -nE '^.{76}' <<<"$output" || { echo "$script"; return 1; }
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

@test "a cluster and a guest are two targets" {
  matrix_said -2 --target slurm --target ssh:there
  [[ $stderr == *"its nodes are reached by Slurm, not by ssh" ]]
  matrix_said -2 --target slurm --target s390x --target slurm:debug
  [ "$stderr" = "run-matrix.sh: --target slurm is there twice" ]
}

@test "the help of package.sh names every architecture that it takes, and an option is given once" {
  . copy/scripts/lib/common.sh
  copy/scripts/package.sh --help | grep -qF "native (default) ${CROSS_TARGETS[*]}"
  for option in --arch --kernel --memory --timeout; do
    run copy/scripts/emulate.sh "$option" 1 "$option" 2
    [ "$status" = 2 ]
    [ "$output" = "emulate.sh: $option is there twice" ]
  done
}

@test "--dry-run lists the knobs before there is a program" {
  matrix_said -0 --dry-run
  for knob in /sys/kernel/mm/ksm/run /proc/sys/vm/max_map_count; do
    [ ! -e "$knob" ] || [[ $output == *"may write   $knob (now "* ]]
  done
  not grep -q '^cmake' called
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

@test "over ssh: a shell that prints is said before anything is copied, and /tmp may be noexec" {
  printf '#!/bin/sh\n[ "$1" != -O ] || exit 0\necho Welcome\nfor command; do :; done\nexec sh -c "$command"\n' >fake/ssh
  chmod +x fake/ssh
  matrix_said -4 --target ssh:there --bin fake --dry-run
  [[ $stderr == "run-matrix.sh: there prints 'Welcome' before a command runs: "* ]]
  [ -z "$(ls copy/results 2>/dev/null)" ]
  unshare -m true || skip "needs mount namespaces"
  . copy/scripts/lib/common.sh
  top=$PWD/copy host=there
  . copy/scripts/lib/ssh-run.sh
  ssh_there() { unshare -m sh -c 'mount -t tmpfs -o noexec none /tmp && exec sh -c "$1"' sh "$1"; }
  place=$(ssh_place)
  rmdir "$place"
  [[ $place == /var/tmp/zpbench.* ]]
  ssh_there() { unshare -m sh -c 'for d in /tmp /var/tmp /mnt; do mount -t tmpfs -o noexec none $d; done; HOME=/mnt exec sh -c "$1"' sh "$1"; }
  run -4 ssh_place
}

@test "over ssh: what was copied goes once the run there has ended, and nobody is told to go on with it" {
  top=$PWD/copy
  . copy/scripts/lib/common.sh
  . copy/scripts/lib/run-directory.sh
  . copy/scripts/lib/ssh-run.sh
  mkdir far work bin
  # An ssh that Control-C has ended already.
  host=box there=$PWD/far work=$PWD/work running=1
  ssh_there() { [ "$1" = -O ] || sh -c "$1"; }
  printf '#!/bin/sh\nexec /bin/sleep 0.02\n' >bin/sleep
  chmod +x bin/sleep
  { /bin/sleep 0.2; [ ! -d far ] || touch in_peace; } 3>&- &
  echo $! >far/pid
  PATH=$PWD/bin:$PATH run -0 ssh_leave
  [[ $output == *"what was measured on box until now is not kept"* ]]
  [ -e in_peace ]
  [ ! -e far ]
  run_update_manifest() { :; }
  run=far
  ZP_NOT_KEPT=1 run -143 run_interrupted 143
  [ -z "$output" ]
  run -143 run_interrupted 143
  [[ $output == *"--resume far" ]]
}

@test "over ssh: TMPDIR may hold blanks and %, and be too long for a socket" {
  . copy/scripts/lib/common.sh
  top=$PWD/copy host=there ZP_SSH='printf <%s>'
  . copy/scripts/lib/ssh-run.sh
  work='/tmp/a b/100%'
  [[ $(ssh_there true) == *'<-o><ControlPath="/tmp/a b/100%%/control"><-o>'*'<there><true>' ]]
  ssh -o 'ControlPath="/tmp/a b/100%%/control"' -G there 2>/dev/null | grep -qix 'controlpath /tmp/a b/100%%\?/control' || ! command -v ssh
  printf -v work '/%090d' 0
  [ "$(ssh_there true)" = '<-o><ConnectTimeout=20><there><true>' ]
}

@test "emulate.sh: an empty value, / as --out, and what is refused leaves nothing" {
  for option in --arch --kernel --out --console --add; do
    run copy/scripts/emulate.sh "$option" ''
    [ "$status:$output" = "2:emulate.sh: $option needs a value (--help)" ]
  done
  emulate() { run copy/scripts/emulate.sh --arch x86_64 --kernel x "$@" -- true; }
  emulate --out /
  [ "$status:$output" = "2:emulate.sh: / is there already" ]
  # The last is refused after all that is tried.
  for refused in "--console /proc/x: cannot be written" "--console none/x: cannot be written" \
      "--trace none/x: cannot be written" "--add x: no such file: x" "--console log --qemu no-qemu: no-qemu is not installed"; do
    # shellcheck disable=SC2086
    emulate --out new/below/ ${refused%%: *}
    [[ $output == "emulate.sh: "*"${refused#*: }"* && $status == [24] ]]
    [ -z "$(compgen -G 'new*')" ]
    [ ! -e log ]
  done
  # What the guest mounts over or writes itself would be gone without a word.
  touch f out
  for place in / job init/x bin bin/busybox proc/x /dev/x sys tmp work work/stdout; do
    emulate --add "f:$place"
    [ "$status:$output" = "2:emulate.sh: --add f:$place: /${place#/} is taken in the guest; give it another one (FILE:PATH)" ]
  done
  emulate --add out
  [[ $status:$output == "2:emulate.sh: --add out: /work/out is taken in the guest; "* ]]
  for place in job.txt processes work/out/x bin/x tmp/x; do
    emulate --add "f:$place" --qemu no-qemu
    [ "$status" = 4 ]
  done
  emulate --timeout 99999999999999999999
  [ "$status" = 2 ]
  . copy/scripts/lib/common.sh
  . copy/scripts/lib/initramfs.sh
  mkdir root
  elf_machine() { :; }
  add_program x86_64 root f /a
  run -2 add_program x86_64 root f /a/b
  [[ $output == *"f: /a/b is below a file of the guest" ]]
  [ "$(guest_place ../a/b) $(guest_place b:c/../d) $(guest_place b:../../../etc/b)" = "/work/b /d /etc/b" ]
  mkdir c:d
  [ "$(guest_place c:d) $(added_file c:d) $(added_file c:d:/e) $(guest_place c:d:/e)" = "/work/c:d c:d c:d /e" ]
}

@test "a kernel that is none is refused before anything is installed or built" {
  touch image
  ln -s image link
  for kernel in debian: debian:../x debian:a/b/c vce /nonexistent 'image --kernel ./image' 'image --kernel link' \
      'debian:sid --kernel debian:sid/s390x'; do
    # shellcheck disable=SC2086
    matrix_said -2 --target s390x --kernel $kernel --out results
    [ "${#stderr_lines[@]}" = 1 ]
    [[ $kernel != *--kernel* || $stderr == *" is there twice" ]]
  done
  [ ! -e called ]
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

@test "a comma in TMPDIR reaches QEMU doubled" {
  . copy/scripts/lib/common.sh
  . copy/scripts/lib/guest.sh
  [ "$(qemu_value '/tmp/a,b,,c')" = '/tmp/a,,b,,,,c' ]
  printf '#!/bin/sh\nprintf "%%s\\n" "$@" >"%s/arguments"\n' "$PWD" >fake/qemu
  chmod +x fake/qemu
  QEMU=qemu MACHINE=m ACCELERATOR=tcg CPU=max MEMORY=1G KERNEL=k CONSOLE_TTY=t APPEND='' SWAP_KIB='' TIMEOUT=9 BOOT_TIMEOUT=9
  SERIAL_DEVICES=() QEMU_ARGS=()
  mkdir 'with,comma'
  guest_run "$PWD/with,comma"
  grep -qx "file,id=console,path=$PWD/with,,comma/console.log" arguments
}

@test "one kernel of several that can't be had is named, and the others measured" {
  kernels=(debian:one debian:two debian:three) images=() result=0
  . copy/scripts/lib/common.sh
  eval "$(sed -n '/^guest_images() {/,/^}/p' copy/scripts/lib/guest-runs.sh)"
  guest_image() { [ "$1" != debian:two ] || { note "cannot fetch"; return 4; }; echo "/image/$1"; }
  guest_images 2>said
  grep -q 'going on without the kernel debian:two' said
  [ "${kernels[*]}" = "debian:one debian:three" ]
  [ "${images[*]}" = "/image/debian:one /image/debian:three" ]
  [ "$result" = 4 ]
  kernels=(debian:two) images=()
  run -4 guest_images
}

@test "in guests kernels take turns, a row that failed is told, and a name in a matrix is a guest's" {
  top=$PWD/copy target=s390x matrix=claims passes=2 dry_run='' kernels=(a b c) extra=() guest_options=() trace='' work=$PWD
  . copy/scripts/lib/common.sh
  . copy/scripts/lib/run-directory.sh
  . copy/scripts/lib/guest-runs.sh
  touch a b c
  guest_settle
  [ "$matrix" = guest-claims ]
  for stub in guest_build guest_print run_trap_signals run_now run_complete; do eval "$stub() { :; }"; done
  run_enter_pass() { [ "$4" -ge 0 ] && [ "$4" -lt 60 ]; }
  # Meanwhile the clock is set back.
  run_command() { SECONDS=-7200; mkdir stage; echo '{"context": {}}' >stage/pass-01.json; return 1; }
  run_create() { mkdir -p run; echo run; }
  runs=() images=(image) result=0 seed=1 out=. run_signal=''
  guest_pass 0 1
  [ "$result" = 1 ]
  [ -e run/pass-01.json ]
  # A file called as one of zpbench's own is the file, wherever it lies.
  run_command() { printf '%s\n' "$@" >arguments; return 3; }
  matrix=$PWD/x:y/quick run guest_pass 0 2
  [[ $(tr '\n' ' ' <arguments) == *" --add $work/matrix:/matrix/quick "*" --matrix /matrix/quick "* ]]
  guest_pass() { echo "$2$1"; }
  [ "$(TMPDIR=$PWD guest_runs | tr '\n' ' ')" = "10 11 12 22 21 20 " ]
  guest_pass() { echo "$2$1"; run_signal=QUIT; }
  TMPDIR=$PWD run -131 guest_runs
  [ "${lines[0]}:${#lines[@]}" = 10:1 ]
}

@test "which nodes can take a job, and what keeps it from the others" {
  local -A why_not=()
  top=$PWD/copy partition=debug constraint='' outside=()
  . copy/scripts/lib/common.sh
  . copy/scripts/lib/slurm-run.sh
  sinfo() {
    printf '%s\n' 'a|idle|zen3|none' 'b|mixed-|zen3,big|none' 'c|idle~|zen4|none' 'd|down*|zen3|none' 'e|drained|zen3|bad | DIMM' \
      'f|reserved|zen3|none' 'g|unknown|zen3|none'
  }
  slurm_look
  for node in a b c; do [ -z "${why_not[$node]}" ]; done
  [ "${why_not[d]}" = "Slurm has it as down* (it does not respond)" ]
  [ "${why_not[e]}" = "Slurm has it as drained (bad | DIMM)" ]
  [ "${why_not[f]}" = "Slurm has it as reserved (no reason given)" ]
  [ -n "${why_not[g]}" ]
  # Idle nodes of a reservation, for who has it.
  SBATCH_RESERVATION=ours slurm_look
  [ -z "${why_not[f]}" ]
  constraint=zen3 slurm_look
  [ "${outside[*]} ${#why_not[@]}" = "c 6" ]
}

@test "over ssh a run is fetched from where it was measured, and from nowhere else" {
  top=$PWD/copy work=$PWD there=/tmp/zpbench.abc
  . copy/scripts/lib/common.sh
  . copy/scripts/lib/ssh-run.sh
  ssh_there() { touch asked; return 1; }
  for path in /tmp/zpbench.abc/results/../../../etc /etc/passwd /tmp/zpbench.abcd/results/x ''; do
    echo "$path" >said
    run ssh_fetch
    [ "$status" = 1 ]
  done
  [ ! -e asked ]
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

@test "--no-install builds with what is there" {
  echo 'exit 1' >fake/dpkg-query
  printf '#!/bin/sh\necho "apt-get $*" >>"%s/called"\n' "$PWD" >fake/apt-get
  chmod +x fake/apt-get
  run -0 --separate-stderr copy/scripts/test.sh --fast --no-install
  [[ $stderr == *"going on without the packages "*"cmake"* ]]
  grep -q '^cmake .*--build' called
  grep -q '^ctest' called
  not grep -q '^apt-get' called
  not copy/scripts/test.sh --fast --nosuch
}

@test "what apt will fetch is said before it does, and what it prints is not" {
  [ "$(id -u)" = 0 ] || skip "needs root, as apt does"
  echo 'exit 1' >fake/dpkg-query
  cat >fake/apt-get <<'END'
#!/bin/sh
case $* in
  *--assume-no*)
    echo '0 upgraded, 57 newly installed, 0 to remove and 3 not upgraded.'
    echo 'Need to get 45.3 MB of archives.'
    echo 'After this operation, 200 MB of additional disk space will be used.'
    exit 1 ;;
  *Status-Fd=3*)
    echo 'Unpacking jq'
    [ ! -e broken ] || { echo 'E: no space left'; exit 100; }
    echo 'pmstatus:jq:50.0:Unpacking jq (amd64)' >&3 ;;
esac
END
  chmod +x fake/apt-get
  run -0 --separate-stderr copy/scripts/install-deps.sh --for measure
  [[ $stderr == *"installing jq util-linux and what they need: 57 packages, 45.3 MB to fetch, 200 MB on disk"* ]]
  [[ $output$stderr != *"Unpacking jq"$'\n'* ]]
  [ "${#stderr_lines[@]}" -le 3 ]
  : >broken
  run -1 --separate-stderr copy/scripts/install-deps.sh --for measure
  [[ $stderr == *"E: no space left"*"apt-get install failed"* ]]
}

@test "a build says how far it is, and its log has the rest" {
  echo 'case $* in *--build*) echo "[3/4] Building a.cpp" ;; esac' >>fake/cmake
  TERM=xterm run -0 script -qec "copy/scripts/build.sh debug" /dev/null
  [[ $output == *"building (debug): [3/4]"* ]]
  [[ $output != *a.cpp* ]]
  grep -q 'Building a.cpp' copy/build/debug/build.log
  run copy/scripts/build.sh debug
  [ "$output" = "building (debug)" ]
}

@test "a configuration without OpenBLAS says so, one with it says which" {
  PATH=${PATH#*:}
  cat >CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.25)
project(programs CXX)
add_library(harness INTERFACE)
add_library(zp::harness ALIAS harness)
add_subdirectory($TOP/harness/programs programs)
END
  configured() { cmake -S . -B "$1" "${@:2}" | grep '^-- Programs: '; }
  PKG_CONFIG_LIBDIR=$PWD/none configured hidden -DZP_BLAS=ON >out
  configured off -DZP_BLAS=OFF >>out
  cat out
  [ "$(grep -c '^-- Programs: BLAS no: rows of OpenBLAS will say so; ' out)" = 2 ]
  pkg-config --exists openblas || skip "no OpenBLAS here"
  configured on -DZP_BLAS=ON >out
  grep -Fq "Programs: BLAS OpenBLAS $(pkg-config --modversion openblas); " out
}
