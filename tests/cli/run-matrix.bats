#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# scripts/run-matrix.sh and the run directory.

setup() {
  load ../lib/host
  work_setup
  cat >small.matrix <<'EOF'
placements = private,memfd_coloured:8
tables = 1m
strides = 64,4096
repetitions = 1
min-time = 0.002
EOF
  mkdir bin
  # The program itself, once nobody else measures.
  cat >bin/zpbench <<EOF
#!/bin/sh
case " \$* " in *" --out "*) flock -w 60 $LOCKED true ;; esac
exec "$ZPBENCH" "\$@"
EOF
  chmod +x bin/zpbench
}

run_matrix() { "$TOP/scripts/run-matrix.sh" --bin bin "$@"; }

@test "passes: what the matrix says, what the command line says, else three" {
  planned() { run_matrix --dry-run "$@" | sed -n 's/^would measure \([0-9]*\) passes.*/\1/p'; }
  [ "$(planned --matrix small.matrix)" = 3 ]
  echo 'passes = 7' >>small.matrix
  [ "$(planned --matrix small.matrix)" = 7 ]
  [ "$(planned --matrix small.matrix --passes 2)" = 2 ]
  [ "$(planned --quick)" = 9 ]
  [ "$(planned --matrix claims)" = 3 ]
  sed -i 's/passes = 7/passes = many/' small.matrix
  run -2 --separate-stderr run_matrix --matrix small.matrix --out results
  [[ $stderr == *"passes 'many': must be 1 to 9999" ]]
}

@test "a run directory is whole, and the last line of stdout is its name" {
  run_matrix --matrix small.matrix --passes 2 --seed 7 --out results -- --walks sequential >out 2>err
  directory=$(tail -n 1 out)
  [[ $directory == "$PWD/results/$(uname -n)/$(uname -r)/"* ]]
  [ "$(ls "$directory" | tr '\n' ' ')" = "manifest.json pass-01.json pass-02.json " ]
  jq -e --arg matrix "$PWD/small.matrix" --arg host "$(uname -n)" --arg kernel "$(uname -r)" --arg arch "$(uname -m)" '
    .schema == "zpbench-run-1" and .state == "complete" and .matrix == $matrix and ([.matrix_sha256, .program_sha256] | all(length == 64)) and .seed == 7
    and .passes_planned == 2 and (.passes | length) == 2 and .host == $host and .kernel == $kernel and .arch == $arch
    and .options == ["--walks", "sequential"] and (.command | test("--seed 7"))
    and ([.started, .finished, .passes[].started] | all(test("^[0-9-]{10}T[0-9:]{8}Z$")))' "$directory/manifest.json"
  jq -r '.passes[] | "\(.sha256)  \(.file)"' "$directory/manifest.json" | (cd "$directory" && sha256sum -c --quiet)
  # The same cells in another order.
  for pass in 01 02; do jq -r '.benchmarks[].name' "$directory/pass-$pass.json" >"$pass"; done
  diff <(sort 01) <(sort 02)
  jq -e '.context.pass == "2" and .context["pass.seed"] == "7"' "$directory/pass-02.json"
  # How to repeat it is a command that can be repeated.
  [ "$(jq -r .command "$directory/manifest.json")" = \
    "scripts/run-matrix.sh --matrix $PWD/small.matrix --passes 2 --seed 7 -- --walks sequential" ]
}

@test "--dry-run changes nothing" {
  before=$(knobs)
  run_matrix --matrix small.matrix --dry-run --out results >out
  grep -q '3 passes' out
  [ ! -e results ]
  [ "$(knobs)" = "$before" ]
  # Without --bin: neither installs nor builds.
  "$TOP/scripts/run-matrix.sh" --dry-run >out
  grep -q 'would build' out
}

@test "a run that was terminated goes on with the same seed, and measures no pass twice" {
  for signal in TERM INT; do
    rm -rf results
    (trap - INT; exec "$TOP/scripts/run-matrix.sh" --bin bin --matrix small.matrix --passes 2 --seed 11 --out results \
      -- --min-time 0.3 --strides 64) >out 2>err 3>&- &
    pid=$!
    # While a pass is entered (TERM), while the next is measured (INT).
    for _ in {1..1200}; do compgen -G 'results/*/*/*/pass-01.json' >/dev/null && break; sleep 0.02; done
    [ "$signal" = TERM ] || until grep -q 'pass 2 of 2' err; do sleep 0.05; done
    kill -s $signal "$pid"
    status=0
    wait "$pid" || status=$?
    cat err
    [[ $signal:$status == TERM:143 || $signal:$status == INT:130 ]]
    directory=$(echo results/*/*/*)
    jq -e '.state == "interrupted" and (.passes | length) == 1' "$directory/manifest.json"
    first=$(sha256sum "$directory/pass-01.json")
    [ -z "$(find results -name '*tmp*' -o -name '*.interrupted')" ]
    grep -q -- "--resume $PWD/$directory" err
    run_matrix --resume "$directory" >out
    [ "$(tail -n 1 out)" = "$PWD/$directory" ]
    jq -e '.state == "complete" and ([.passes[].file] == ["pass-01.json", "pass-02.json"])' \
      "$directory/manifest.json"
    [ "$(sha256sum "$directory/pass-01.json")" = "$first" ]
    jq -e '.context["pass.seed"] == "11" and .context.pass == "2"' "$directory/pass-02.json"
    # A complete run stays as it is.
    finished=$(sha256sum "$directory"/*)
    run_matrix --resume "$directory" >out 2>&1
    grep -q 'is complete' out
    [ "$(sha256sum "$directory"/*)" = "$finished" ]
  done
}

@test "a signal before the first pass leaves a run that can be gone on with" {
  mkdir fake && printf '#!/bin/sh\nkill -TERM $PPID\n' >fake/sleep && chmod +x fake/sleep
  PATH=$PWD/fake:$PATH run --separate-stderr run_matrix --matrix small.matrix --passes 1 --out results
  [ "$status" = 143 ]
  [[ $stderr == *"go on with: scripts/run-matrix.sh --resume $PWD/results/"* ]]
  jq -e '.state == "interrupted" and .passes == []' results/*/*/*/manifest.json
}

@test "a zpbench that is killed or crashes is said, has its knobs put back, and leaves no empty run" {
  mkdir fake dying && printf '#!/bin/sh\n' >fake/sleep && chmod +x fake/sleep
  cat >dying/zpbench <<EOF
#!/bin/sh
case " \$* " in
  *" --restore "*) echo restored >>"$PWD/restored"; echo restored 3 knobs; exit ;;
  *" --pass \$AT "*) kill -\$DEATH \$\$ ;;
  *" --out "*) while [ "\$1" != --out ]; do shift; done; cp "$PWD/pass" "\$2" ;;
esac

EOF
  chmod +x dying/zpbench
  echo '{"context":{},"benchmarks":[]}' >pass
  dies() {  # SIGNAL PASS
    rm -rf restored results
    PATH=$PWD/fake:$PATH DEATH=$1 AT=$2 run "-$((128 + $(kill -l "$1")))" --separate-stderr \
      "$TOP/scripts/run-matrix.sh" --bin dying --matrix small.matrix --passes 2 --out results
    [ "$(cat restored)" = restored ]
    [[ $stderr == *"run-matrix.sh: zpbench --restore: restored 3 knobs"* && $stderr != *': line '* ]]
  }
  dies ILL 1
  [[ $stderr == *"run-matrix.sh: zpbench crashed (SIGILL)"* && $stderr != *--resume* && ! -e results ]]
  dies KILL 1
  [[ $stderr == *"zpbench was killed by SIGKILL"* && $stderr != *--resume* && ! -e results ]]
  # What is measured is kept, and gone on with where that may help.
  dies SEGV 2
  [[ $stderr == *"the passes before it are in $PWD/results/"* && $stderr != *--resume* ]]
  jq -e '.state == "interrupted" and (.passes | length) == 1' results/*/*/*/manifest.json
  dies KILL 2
  [[ $stderr == *"go on with: scripts/run-matrix.sh --resume $PWD/results/"* ]]
}

@test "two do not go on with one run, a refusal does not remove it, and nobody has to read stderr" {
  mkdir fake && printf '#!/bin/sh\n' >fake/sleep && chmod +x fake/sleep
  PATH=$PWD/fake:$PATH
  directory=$(run_matrix --matrix small.matrix --passes 1 --out results | tail -n 1)
  rm "$directory/pass-01.json"
  jq '.state = "interrupted" | .passes = [] | del(.program_sha256)' "$directory/manifest.json" >manifest
  cp manifest "$directory/manifest.json"
  run -4 --separate-stderr flock "$directory" "$TOP/scripts/run-matrix.sh" --bin bin --resume "$directory"
  [ "$stderr" = "run-matrix.sh: another run-matrix.sh measures into $directory: wait for it, or stop it" ]
  cmp manifest "$directory/manifest.json"
  cp -r bin refusing
  printf '#!/bin/sh\ncase " $* " in *" --list "*) exit 0 ;; esac\nexit 4\n' >refusing/zpbench
  run -4 "$TOP/scripts/run-matrix.sh" --bin refusing --resume "$directory"
  for closed in '2>/dev/full' '2>&-'; do
    cp manifest "$directory/manifest.json"
    bash -c "'$TOP/scripts/run-matrix.sh' --bin bin --resume '$directory' $closed" >out
    [ "$(tail -n 1 out)" = "$directory" ]
    jq -e '.state == "complete"' "$directory/manifest.json"
  done
}

@test "resuming refuses what is not a run of this machine" {
  run_matrix --matrix small.matrix --passes 1 --out results >out
  directory=$(tail -n 1 out)
  refused() {  # JQ-FILTER MESSAGE
    rm -rf other && cp -r "$directory" other
    jq "$1" "$directory/manifest.json" >other/manifest.json
    refuses 2 run_matrix --resume other
    [[ $stderr == *"$2"* ]]
  }
  refused '.host = "elsewhere"' "is a run of 'elsewhere "
  refused '.kernel = "2.6.32"' "2.6.32 "
  refused '.schema = "other"' 'is not a zpbench-run-1 manifest'
  refused '.passes_planned = "a[$(touch pwned)]"' 'is not a zpbench-run-1 manifest'
  refused '.seed = "x"' 'is not a zpbench-run-1 manifest'
  [ ! -e pwned ]
  for filter in '.options = "--min-time"' '.passes = {}' '.state = null' '.seed = 1e300' '.passes += .passes' \
      '.passes[0].file = "../pass-01.json"' 'empty' '., .'; do
    refused "$filter" 'is not a zpbench-run-1 manifest'
  done
  # A kernel built anew, of the same release.
  rm -rf other && cp -r "$directory" other
  jq '.context["kernel.version"] = "#2 of today"' "$directory/pass-01.json" >other/pass-01.json
  jq --arg sha "$(sha256sum <other/pass-01.json | cut -d' ' -f1)" '.passes[0].sha256 = $sha' "$directory/manifest.json" >other/manifest.json
  refuses 2 run_matrix --resume other
  [[ $stderr == *"$(uname -r) #2 of today', this is '$(uname -nrv)': start a new run, or go on there (--target ssh:HOST)" ]]
  # What is measured is what was.
  refused '.matrix_sha256 = "'"$(printf %064d 0)"'"' 'small.matrix is not as it was when'
  refused '.program_sha256 = "'"$(printf %064d 0)"'"' 'bin/zpbench is not as it was when'
  jq 'del(.matrix_sha256)' "$directory/manifest.json" >other/manifest.json
  run_matrix --resume other
  # A program that is built anew while a pass is measured measures no other.
  cp -r bin other/bin
  sed -i '2i case " $* " in *" --out "*) echo "#" >>"$0" ;; esac' other/bin/zpbench
  run -2 --separate-stderr "$TOP/scripts/run-matrix.sh" --bin other/bin --matrix small.matrix --passes 2 --out other/results
  [[ $stderr == *"other/bin/zpbench is not as it was when"* ]]
  [[ $stderr == *"the passes before it are in "* && $stderr != *--resume* ]]
  jq -e '.state == "interrupted" and (.passes | length) == 1' other/results/*/*/*/manifest.json
  # What is entered is there, as it was measured.
  refused '.passes[0].sha256 = "'"$(printf %064d 0)"'"' 'or not as it was measured'
  refused '.passes[0].file = "pass-07.json"' 'is not there, or not as'
  echo '{' >other/manifest.json
  run -2 --separate-stderr run_matrix --resume other
}

@test "a results directory that cannot be written is refused" {
  [ "$(id -u)" = 0 ] || skip "needs root, to be somebody else"
  public_directory
  cp -r "$TOP/scripts" "$public/"
  cp small.matrix "$public/"
  mkdir "$public/results"
  run --separate-stderr as_nobody "$public/scripts/run-matrix.sh" --bin "$public" --matrix "$public/small.matrix" --out "$public/results"
  ls -A "$public/results" >left
  rm -rf "$public"
  echo "$status $stderr"
  [ "$status" = 2 ]
  [ "${#stderr_lines[@]}" = 1 ]
  [[ $stderr == *"cannot write results to $public/results"* ]]
  [ ! -s left ]
}

@test "where nothing can be measured there is no run directory" {
  run -4 --separate-stderr run_matrix --matrix small.matrix --passes 1 --out results -- --placements private --tables 4t
  [[ $stderr == *"none of the cells can be measured here: private of 4 TiB needs "*" (2 cells) (see "* ]]
  [ ! -e results ]
  # Nothing that was there before goes.
  mkdir results
  run -4 run_matrix --matrix small.matrix --passes 1 --out results/a/b -- --placements private --tables 4t
  [ -d results ] && [ -z "$(ls -A results)" ]
}
