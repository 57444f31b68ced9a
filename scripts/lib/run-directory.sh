# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016,SC2154  # what looks like shell variables in quotes is jq's; those of common.sh
# The run directory (results/README.md): made, measured pass by pass, resumed. Sourced by run-matrix.sh.

# How this script is called by who repeats a run: installed, or from the top of a checkout.
case ${0##*/} in zpbench-run) run_script='zpbench-run' ;; *) run_script='scripts/run-matrix.sh' ;; esac

# Where it is made, and the options that say so. Of a guest this is known once its first pass is done.
run_host=$(uname -n) run_kernel=$(uname -r) run_arch=$(uname -m) run_started='' run_target_options=()

# Every change of the manifest is written aside, synced and renamed.
run_update_manifest() {  # RUN JQ-ARGUMENTS...
  local manifest=$1/manifest.json; shift
  # Control-C reaches jq, too: what is done is entered all the same.
  if ! (trap '' INT TERM HUP
        jq "$@" "$manifest" >"$manifest.tmp" && sync "$manifest.tmp" && mv "$manifest.tmp" "$manifest"); then
    rm -f "$manifest.tmp"
    bad_usage "cannot write $manifest"
  fi
}

run_now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# Whether results could go there, before anything is installed or built for them.
run_check_out() {  # OUT
  realpath -m -- "$1" >/dev/null 2>&1 || bad_usage "cannot write results to $1: the current directory is gone"
  can_make "$1" || bad_usage "cannot write results to $1"
  run_below=$(there_of "$1")  # what is made below it for a run that comes to nothing is removed again
}

# Prints the new directory. Two runs that start in the same second get directories of their own.
run_create() {  # OUT MATRIX PASSES SEED OPTIONS...
  local out=$1 matrix=$2 passes=$3 seed=$4; shift 4
  trap '' "${ending_signals[@]}"  # half a directory is no run; who called is told of the signal, too
  local base run host=${run_host//[[:cntrl:]\/]/_} kernel=${run_kernel//[[:cntrl:]\/]/_}
  # A machine may be called anything, and nothing.
  case $host in '' | . | ..) host=host$host ;; esac
  case $kernel in '' | . | ..) kernel=kernel$kernel ;; esac
  base=$(realpath -m -- "$out")/$host/$kernel
  mkdir -p "$base" 2>/dev/null || { note "cannot write results to $base"; return 2; }
  local started=${run_started:-$(run_now)} sha='' program=''
  case $matrix in /*) sha=$(run_sha "$matrix") ;; esac
  [ -z "${zpbench-}" ] || program=$(run_program_sha "$zpbench")
  run=$base/${started//:/}
  while ! mkdir "$run" 2>/dev/null; do
    [ -d "$run" ] || { note "cannot write results to $run"; return 2; }
    run=$run-2
  done
  if ! jq -n --arg matrix "$matrix" --arg sha "$sha" --arg program "$program" --argjson passes "$passes" --argjson seed "$seed" \
    --arg host "$run_host" --arg kernel "$run_kernel" --arg arch "$run_arch" --arg started "$started" \
    --argjson target "$(jq -nc '$ARGS.positional' --args -- "${run_target_options[@]}")" \
    --arg script "$run_script" '{schema: "zpbench-run-1", state: "running", matrix: $matrix, options: $ARGS.positional, seed: $seed,
      passes_planned: $passes, passes: [], host: $host, kernel: $kernel, arch: $arch,
      command: ([$script] + $target + ["--matrix", $matrix, "--passes", ($passes | tostring),
                 "--seed", ($seed | tostring)] + (if $ARGS.positional == [] then [] else ["--"] + $ARGS.positional end)
                | map(if test("^[A-Za-z0-9_./:,=+-]+$") then . else @sh end) | join(" ")),
      started: $started} + ({matrix_sha256: $sha, program_sha256: $program} | map_values(select(. != "")))' --args -- "$@" >"$run/manifest.json.tmp" ||
    ! mv "$run/manifest.json.tmp" "$run/manifest.json"; then
    rm -rf "$run"
    note "cannot write results to $run"
    return 2
  fi
  echo "$run"
}

# Prints where a run was made, as uname -nrv says it. A kernel that was built anew may keep its release: its version
# stands in the passes.
run_made_on() {  # RUN
  local pass
  pass=$(jq -r '.passes[0].file // "manifest.json"' "$1/manifest.json") &&
    jq -r --arg version "$(uname -v)" --slurpfile pass "$1/$pass" \
      '"\(.host) \(.kernel) \($pass[0].context."kernel.version" // $version)"' "$1/manifest.json"
}

# Refuses what is not a run, or one of another host or kernel.
run_open() {  # RUN
  local run=$1 found
  [ -f "$run/manifest.json" ] || bad_usage "$run is not a run directory (no manifest.json)"
  # What the shell computes with must be numbers. An empty file is no value at all, which jq takes for true.
  jq -es 'length == 1 and (.[0] | .schema == "zpbench-run-1"
      and (.seed | type == "number" and . == floor and . >= 0 and . < 1e15)
      and (.passes_planned | type == "number" and . == floor and . >= 1 and . <= 9999)
      and ([.options, .passes] | all(type == "array"))
      and ([.matrix, .host, .kernel, .state, .options[], .passes[].sha256] | all(type == "string"))
      and (.passes | map(.file) | length == (unique | length) and all(test("^pass-[0-9]{2,4}[.]json$"))))' \
    "$run/manifest.json" >/dev/null 2>&1 ||
    bad_usage "$run/manifest.json is not a zpbench-run-1 manifest"
  # Passes that are entered are measured, and never again.
  jq -e '.passes == []' "$run/manifest.json" >/dev/null ||
    (cd "$run" && jq -r '.passes[] | "\(.sha256)  \(.file)"' manifest.json | sha256sum --check --strict) >/dev/null 2>&1 ||
    bad_usage "a pass of $run is not there, or not as it was measured (sha256 in manifest.json): start a new run"
  # Over ssh that machine says it.
  found=$(run_made_on "$run")
  [[ $target = ssh:* || $found = "$(uname -nrv)" ]] ||
    bad_usage "$run is a run of '$found', this is '$(uname -nrv)': start a new run, or go on there (--target ssh:HOST)"
  run_same_inputs
}

run_sha() { sha256sum 2>/dev/null <"$1" | cut -d' ' -f1; }  # FILE

# Over ssh a script starts the program, and its last line ends with the program's sum (ssh-run.sh): a run may go on
# natively, and the other way round.
run_program_sha() {  # FILE
  local sum
  sum=$(tail -c 300 "$1" 2>/dev/null | sed -n '$s|^exec .*/zpbench[.]program" "$@" # \([0-9a-f]\{64\}\)$|\1|p')
  echo "${sum:-$(run_sha "$1")}"
}

# Whether the file that says what is measured, and the program that measures, are as they were when the run began.
run_same_inputs() {
  local key file sha sum
  for key in matrix program; do
    case $key in matrix) file=$(run_get matrix) sum=run_sha ;; *) file=${zpbench-} sum=run_program_sha ;; esac
    sha=$(run_get "${key}_sha256 // \"\"")
    [ -z "$sha" ] || [ -z "$file" ] || [ "$($sum "$file")" = "$sha" ] ||
      bad_usage "$file is not as it was when $run began: start a new run"
  done
}

# A list of words, each with a NUL behind it: they may hold newlines.
json_words() { jq -j "$1[] | ., \"\\u0000\"" "$2"; }  # LIST FILE

run_get() { jq -r ".$1" "$run/manifest.json"; }

# Remembers a signal, which ends the run as an interrupted one, and hands it on to the child that measures.
run_signal='' run_child=''
run_on_signal() {  # SIGNAL
  run_signal=$1
  [ -z "$run_child" ] || kill -s "$1" "$run_child" 2>/dev/null || :
}

run_trap_signals() {
  local signal
  for signal in "${ending_signals[@]}"; do
    # shellcheck disable=SC2064  # now
    trap "run_on_signal $signal" "$signal"
  done
}

# 128 + the signal that came.
run_signal_status() { echo "$((128 + $(kill -l "$run_signal")))"; }

# Runs a command to its end; its exit status. In the background, so that a signal to this script reaches it.
run_command() {  # COMMAND...
  local status=0
  # A background job of a script begins with SIGINT ignored, which would lose one that comes early.
  (trap - "${ending_signals[@]}"; exec "$@") >/dev/null &
  run_child=$!
  [ -z "$run_signal" ] || kill -s "$run_signal" "$run_child" 2>/dev/null || :
  # A signal ends a wait before the child has ended.
  while :; do
    # bash would say what killed it, with a line of this script.
    status=0; wait "$run_child" 2>/dev/null || status=$?
    kill -0 "$run_child" 2>/dev/null || break
  done
  run_child=''
  return "$status"
}

# Enters a finished pass, whose file is there.
run_enter_pass() {  # RUN FILE BEGAN SECONDS
  local sha
  sha=$(trap '' INT TERM HUP; sha256sum "$1/$2" | cut -d' ' -f1)
  run_update_manifest "$1" --arg file "$2" --arg sha "$sha" --arg began "$3" --argjson seconds "$4" \
    '.passes += [{file: $file, sha256: $sha, started: $began, seconds: $seconds}]'
}

run_complete() {  # RUN
  run_update_manifest "$1" --arg finished "$(run_now)" '.state = "complete" | .finished = $finished'
}

# Leaves the shell, with the run as it can be gone on with.
run_interrupted() {  # STATUS
  trap - EXIT
  run_update_manifest "$run" '.state = "interrupted"'
  # Over ssh it is removed; a crash would only come again, and what has changed stays so.
  [ -n "${ZP_NOT_KEPT-}" ] ||
    if [ -n "$run_over" ]; then note "the passes before it are in $run"; else note "go on with: $run_script --resume $run"; fi
  exit "$1"
}

# Whether zpbench ended as no program can help: says how, and puts back the knobs that it could not.
run_over=''
run_died() {  # ZPBENCH STATUS
  local signal said tries=0
  [ "$2" -gt 128 ] && signal=$(kill -l "$2" 2>/dev/null) || return
  case $signal in
    KILL) note "zpbench was killed by SIGKILL (by hand, or by the OOM killer: see dmesg)" ;;
    SEGV | ABRT | ILL | BUS | FPE | TRAP | SYS) run_over=1; note "zpbench crashed (SIG$signal): please report it, with what dmesg says" ;;
    *) return 1 ;;
  esac
  # Children of its own that end with it hold its lock a little longer.
  until said=$(trap '' "${ending_signals[@]}"; "$1" --restore 2>&1); do
    [ "$((++tries))" -lt 5 ] || { note "knobs may be left changed; as root, $1 --restore: $said"; return 0; }
    sleep 1 || :
  done
  note "zpbench --restore: $said"
}

# Two that go on with one run would take each other's passes for lost ones. What this shell starts holds it, too.
run_claim() {  # RUN
  local status=0
  exec 8<"$1"
  flock --nonblock 8 2>/dev/null || status=$?
  [ "$status" != 1 ] || cannot_run "another run-matrix.sh measures into $1: wait for it, or stop it"
}

# Measures the passes that are not there yet. Returns zpbench's status where a row failed its proof; leaves
# the shell with it where measuring can't go on.
run_measure() {  # RUN ZPBENCH MATRIX PASSES SEED OPTIONS...
  local run=$1 zpbench=$2 matrix=$3 passes=$4 seed=$5; shift 5
  local pass file status died result=0 began since now
  if [ "$(run_get state)" = complete ]; then note "$run is complete"; return 0; fi
  run_trap_signals
  # Whatever ends this shell.
  # shellcheck disable=SC2064  # now
  trap "run=${run@Q} run_interrupted \$?" EXIT
  for ((pass = 1; pass <= passes; ++pass)); do
    [ -z "$run_signal" ] || run_interrupted "$(run_signal_status)"
    (run_same_inputs) || { status=$? run_over=1; run_interrupted "$status"; }
    file=$(printf 'pass-%02d.json' "$pass")
    jq -e --arg file "$file" 'any(.passes[]; .file == $file)' "$run/manifest.json" >/dev/null && continue
    # Finished, but never entered: measured again.
    rm -f "$run/$file" 2>/dev/null || bad_usage "cannot remove $run/$file, which no pass has written"
    echo "pass $pass of $passes" >&2 || :
    began=$(run_now) status=0
    uptime_now; since=$now
    # A pass that was interrupted is measured again: what it had is not written for nobody.
    ZP_WHOLE_PASSES=1 run_command "$zpbench" --matrix "$matrix" "$@" --seed "$seed" --pass "$pass" --out "$run/$file" || status=$?
    died=''
    ! run_died "$zpbench" "$status" || died=1
    if [ ! -e "$run/$file" ]; then
      rm -f "$run/$file".interrupted
      # Nothing measured, nothing to keep; what is gone on with, others have kept.
      if { [ "$status" -lt 128 ] || [ -n "$died" ]; } && [ -z "$resume" ] && jq -e '.passes == []' "$run/manifest.json" >/dev/null; then
        trap - EXIT
        rm -r "$run"
        (cd "$run_below" && rmdir -p -- "$(realpath -m --relative-to=. -- "${run%/*}")") 2>/dev/null || :
        exit "$((status == 0 ? 1 : status))"
      fi
      run_interrupted "$((status == 0 ? 1 : status))"
    fi
    [ "$status" = 0 ] || result=$status
    uptime_now
    run_enter_pass "$run" "$file" "$began" "$((now - since))"
  done
  run_complete "$run"
  trap - EXIT "${ending_signals[@]}"
  return "$result"
}
