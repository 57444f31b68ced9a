# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016  # who sources it; what looks like shell variables in quotes is jq's
# The fleet directory (docs/fleet.md): what was asked for, and a directory per task, which is a node or a kernel,
# with its run directories below. Sourced by slurm-run.sh.

json_list() { jq -nc '$ARGS.positional' --args -- "$@"; }

# Makes the directory, in $fleet; a matrix of the user's own goes along.
fleet_create() {
  local started
  started=$(run_now)
  fleet=$(realpath -m "$out")/fleet/${started//:/}
  mkdir -p "${fleet%/*}" 2>/dev/null || bad_usage "cannot write results to $out"
  while ! mkdir "$fleet" 2>/dev/null; do
    [ -d "$fleet" ] || bad_usage "cannot write results to $fleet"
    fleet=$fleet-2
  done
  mkdir "$fleet/jobs"
  case $matrix in /*) cp "$matrix" "$fleet/" && matrix=$fleet/${matrix##*/} ;; esac
  if ! jq -n --arg partition "$partition" --arg constraint "$constraint" --arg target "$target" --arg trace "$trace" \
    --arg matrix "$matrix" --argjson passes "$passes" --argjson seed "$seed" --arg started "$started" \
    --argjson nodes "$(json_list "${nodes[@]}")" --argjson kernels "$(json_list "${kernels[@]}")" \
    --argjson guest_options "$(json_list "${guest_options[@]}")" --argjson options "$(json_list "${extra[@]}")" \
    '{schema: "zpbench-fleet-1", partition: $partition, constraint: $constraint, nodes: $nodes, target: $target,
      kernels: $kernels, guest_options: $guest_options, trace: $trace, matrix: $matrix, passes: $passes,
      seed: $seed, options: $options, started: $started}' >"$fleet/jobs/fleet.json.tmp" ||
    ! mv "$fleet/jobs/fleet.json.tmp" "$fleet/jobs/fleet.json"; then
    bad_usage "cannot write $fleet/jobs/fleet.json"
  fi
}

fleet_get() { jq -r ".$1" "$fleet/jobs/fleet.json"; }

# Takes up what was asked for when the fleet was begun.
fleet_open() {  # FLEET
  fleet=$(realpath -m "$1")
  [ -f "$fleet/jobs/fleet.json" ] || bad_usage "$1 is not a fleet directory (no jobs/fleet.json)"
  # What the shell computes with must be numbers, and what names files here no path.
  jq -e '.schema == "zpbench-fleet-1" and all(.seed, .passes; type == "number" and . == floor and . >= 0 and . < 1e15)
      and .passes >= 1 and .passes <= 9999 and all(.nodes[]; test("^[A-Za-z0-9][A-Za-z0-9._-]*$"))
      and ([.partition, .constraint, .target, .trace, .matrix, .nodes[], .kernels[], .guest_options[], .options[]]
           | all(type == "string"))' "$fleet/jobs/fleet.json" >/dev/null 2>&1 ||
    bad_usage "$fleet/jobs/fleet.json is not a zpbench-fleet-1 description"
  partition=$(fleet_get partition) constraint=$(fleet_get constraint) target=$(fleet_get target)
  trace=$(fleet_get trace) matrix=$(fleet_get matrix) passes=$(fleet_get passes) seed=$(fleet_get seed)
  local list
  for list in nodes kernels guest_options; do mapfile -td '' "$list" < <(json_words ".$list" "$fleet/jobs/fleet.json"); done
  mapfile -td '' extra < <(json_words .options "$fleet/jobs/fleet.json")
}

# Whether TASK has a complete run; then it stands in run_of.
fleet_complete() {  # TASK
  local manifest
  for manifest in "$fleet/$1"/*/*/*/manifest.json; do
    ! jq -e '.state == "complete"' "$manifest" >/dev/null 2>&1 || run_of[$1]=${manifest%/*}
  done
  [ -n "${run_of[$1]-}" ]
}

# Passes that are there, of all tasks.
fleet_passes() { { compgen -G "$fleet/*/*/*/*/pass-*.json" || :; } | wc -l; }

# What a run found: the sentence above its knob table; where there is none, what was measured.
fleet_finding() {  # RUN
  local text
  text=$("$bin/zpanalyze" table "$1" 2>/dev/null) || :
  text=${text%%$'\n\n'*}
  case $text in
    "On this CPU"* | "What use_zero_pages"*) printf '%s\n' "$text" ;;
    *) jq -rs '[.[].benchmarks[]] | "\(length) repetitions measured, \(map(select(.error_occurred)) | length) of them refused"' \
        "$1"/pass-*.json ;;
  esac | sed 's/^/  /'
}

# A paragraph for each task; exit status 1 where one has no run, or a run with rows that failed.
fleet_report() {
  local task words status result=0 missing=0
  for task in "${tasks[@]}"; do
    words=$task
    [ "$target" = native ] || words="$target, ${kernels[${task#kernel-} - 1]}"
    if fleet_complete "$task"; then
      say "$words: $(jq -r '.context | "\(."cpu.model" // .arch), Linux \(."kernel.release")"' \
        "${run_of[$task]}/pass-01.json")"
      fleet_finding "${run_of[$task]}"
      status=0
      read -r status _ 2>/dev/null <"$fleet/jobs/$task.exit" || :
      [ "$status" = 0 ] || { say "  run-matrix.sh there ended with $status: $fleet/jobs/$task.log"; result=1; }
      printf '  %s\n\n' "${run_of[$task]}"
    else
      say "$words: no complete run: ${why[$task]:-unknown}"; echo
      missing=$((missing + 1)) result=1
    fi
  done
  [ "$target" = native ] || [ "${#run_of[@]}" -lt 2 ] || fleet_compare || result=1
  fleet_atlas
  [ "$missing" = 0 ] ||
    note "$missing of ${#tasks[@]} without a complete run; to submit what is missing: ${run_script:-scripts/run-matrix.sh} --resume $fleet"
  result "$fleet"
  return "$result"
}

# The kernels against the first, as of guests on one machine.
fleet_compare() {
  local task runs=() result=0
  for task in "${tasks[@]}"; do [ -z "${run_of[$task]-}" ] || runs+=("${run_of[$task]}"); done
  "$bin/zpanalyze" compare "${runs[@]}" || result=$?
  echo
  return "$result"
}

# One that can't be made is said, and loses nothing.
fleet_atlas() {
  [ "${#run_of[@]}" -gt 0 ] || return 0
  rm -rf "$fleet/atlas"
  "$bin/zpanalyze" atlas "$fleet" --keep-going --out "$fleet/atlas" >/dev/null || return 0
  say "atlas: $fleet/atlas"
}
