# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034  # run-matrix.sh's variables; those of fleet.sh and guest-runs.sh
# Runs on the nodes of a Slurm cluster: a job per node or, of guests, an array with a task per kernel. Each runs
# run-matrix.sh from the file system that the nodes share (slurm-job.sh), alone on its node. Sourced by run-matrix.sh.

. "$top/scripts/lib/fleet.sh"

# What people have exported for their own jobs and lists would change what our calls ask for and what they are told.
# Of sbatch's variables those reach the jobs that docs/fleet.md names; one of an array's task would make each job one.
slurm_environment() {
  local name dropped=()
  unset SLURM_HINT SLURM_ARRAY_TASK_ID "${!SQUEUE_@}" "${!SINFO_@}" "${!SCANCEL_@}" "${!SCONTROL_@}" "${!SACCT_@}"
  for name in "${!SBATCH_@}"; do
    case ${name#SBATCH_} in
      ACCOUNT | QOS | RESERVATION | SIGNAL | TIMELIMIT | WCKEY) ;;
      *) unset "$name"; dropped+=("$name") ;;
    esac
  done
  [ "${#dropped[@]}" = 0 ] || note "${dropped[*]}: not for these jobs (docs/fleet.md says which are)"
}

# The partition, in $partition: the one that was named, else the cluster's default.
slurm_partition() {
  local all
  all=$(sinfo --all --noheader --format %P) || cannot_run "sinfo can't ask the Slurm controller"
  [ -n "$partition" ] || partition=$(sed -n 's/\*$//p' <<<"$all")
  all=$(tr -d '*' <<<"$all" | sort -u)
  [ -n "$partition" ] || bad_usage "the cluster has no default partition: write slurm:NAME; there are ${all//$'\n'/ }"
  grep -qxF -e "$partition" <<<"$all" ||
    bad_usage "--target slurm:$partition: no such partition; there are ${all//$'\n'/ }"
}

# Of each node of the partition that has the feature: in why_not what keeps jobs away from it, nothing where they
# can run; in outside the others.
slurm_look() {
  local said name state features reason
  said=$(sinfo --noheader --Node --partition "$partition" --format '%N|%T|%b|%E') || return
  why_not=() outside=()
  while IFS='|' read -r name state features reason; do
    [ -n "$name" ] || continue
    if [ -n "$constraint" ] && [[ ,$features, != *",$constraint,"* ]]; then
      outside+=("$name")
    elif [[ $state =~ ^(idle|allocated|mixed|completing|planned${SBATCH_RESERVATION:+|reserved|maint})[~#+-]?$ ]]; then
      why_not[$name]=''  # now, or once another's job has ended
    else
      case $state:$reason in *'*':none) reason='it does not respond' ;; *:none | *:) reason='no reason given' ;; esac
      why_not[$name]="Slurm has it as $state ($reason)"
    fi
  done <<<"$said"
}

# The nodes that are asked for, in $nodes; refused where none of them can take a job.
slurm_nodes() {
  local node asked said=() able=''
  slurm_look || cannot_run "sinfo can't ask the Slurm controller"
  if [ -z "$resume" ]; then
    [ "${#why_not[@]}" -gt 0 ] || [ -z "$constraint" ] ||
      bad_usage "--constraint $constraint: no node of the partition $partition has this feature"
    mapfile -t nodes < <(printf '%s\n' "${!why_not[@]}" | sort -V)
    if [ -n "$fleet_nodes" ]; then
      asked=$(scontrol show hostnames "$fleet_nodes" | awk '!seen[$0]++') || bad_usage "--nodes '$fleet_nodes': not a list of nodes"
      for node in $asked; do
        [ -n "${why_not[$node]+there}" ] ||
          bad_usage "--nodes: no node '$node' in the partition $partition${constraint:+ with the feature $constraint}; there are ${nodes[*]}"
      done
      mapfile -t nodes <<<"$asked"
    fi
  fi
  for node in "${nodes[@]}"; do
    if [ -z "${why_not[$node]-gone}" ]; then able=1; else said+=("$node: ${why_not[$node]-not in the partition}"); fi
  done
  [ -n "$able" ] || { asked=$(printf '; %s' "${said[@]}"); cannot_run "no node of the partition $partition can take a job$asked"; }
  for node in "${said[@]}"; do note "left out: $node"; done
}

slurm_dry_run() {
  local task missing=()
  [ "$target" = native ] || guest_dry_run
  [ -n "$bin" ] || say "would build $top/build/release"
  for task in "${tasks[@]}"; do
    [ -z "$fleet" ] || ! fleet_complete "$task" || continue
    [ "$target" != native ] || [ -z "${why_not[$task]-gone}" ] || continue
    missing+=("$task")
  done
  say "would submit to the partition $partition, each alone on its node: ${missing[*]:-nothing}"
  say "would measure in each $passes passes of $matrix, into ${fleet:-$out/fleet}"
}

# All that the nodes run, made here.
slurm_build() {
  # A kernel that can't be had here stays a task: it is named in the end.
  local all=("${kernels[@]}")
  if [ "$target" != native ]; then guest_build; kernels=("${all[@]}"); else build_here; fi
  bin=$(realpath "$bin")
  [ "$target" != native ] || "$bin/zpbench" --matrix "$matrix" "${extra[@]}" --list >/dev/null || exit $?
}

# In queue, the state of each job of this fleet that has not ended.
slurm_queue() {
  local said id state
  said=$(squeue --noheader --array --user "$(id -u)" --name "$job_name" --format '%i %T') || return
  queue=()
  while read -r id state; do [ -z "$id" ] || queue[$id]=$state; done <<<"$said"
}

slurm_sbatch() {  # sbatch's options
  local id
  id=$(sbatch --parsable --job-name "$job_name" --partition "$partition" --nodes 1 --exclusive --mem 0 --no-requeue \
    --output /dev/null "$@") || return
  printf '%s' "${id%%;*}"
}

# Submits what has neither a run nor a job; in job, the job of each task.
slurm_submit() {
  local index task id array=() line=(--matrix "$matrix" --passes "$passes") exclude=("${outside[@]}") node
  local script=$top/scripts/lib/slurm-job.sh numbers
  slurm_queue || cannot_run "squeue can't ask the Slurm controller"
  for index in "${!tasks[@]}"; do
    task=${tasks[index]}
    [ -z "$run_signal" ] || break
    ! fleet_complete "$task" || continue
    id=$(cat "$fleet/jobs/$task.job" 2>/dev/null) || id=''
    if [ -n "$id" ] && [ -n "${queue[$id]-}" ]; then job[$task]=$id; continue; fi
    rm -f "$fleet/jobs/$task".*
    if [ "$target" != native ]; then array+=("$((index + 1))"); continue; fi
    why[$task]=${why_not[$task]-it is not in the partition any more}
    [ -z "${why[$task]}" ] || continue
    # An order of its own on each node: pass n takes the seed + n.
    id=$(slurm_sbatch --nodelist "$task" "$script" "$top" "$fleet" "$task" "$bin" "${line[@]}" \
      --seed "$((seed + 10000 * index))" -- "${extra[@]}") || { why[$task]='sbatch refused its job'; continue; }
    job[$task]=$id
    echo "$id" >"$fleet/jobs/$task.job"
  done
  [ "${#array[@]}" -gt 0 ] && [ -z "$run_signal" ] || return 0
  for node in "${!why_not[@]}"; do [[ " ${nodes[*]} " == *" $node "* ]] || exclude+=("$node"); done
  numbers=$(IFS=,; echo "${array[*]}")
  # An empty list excludes none.
  id=$(slurm_sbatch --array "$numbers" --exclude "$(IFS=,; echo "${exclude[*]}")" "$script" "$top" "$fleet" '' "$bin" \
    --target "$target" "${guest_options[@]}" ${trace:+--trace} "${line[@]}" --seed "$seed" -- "${extra[@]}") ||
    failed "sbatch refused the jobs"
  for index in "${array[@]}"; do
    job[kernel-$index]=${id}_$index
    echo "${id}_$index" >"$fleet/jobs/kernel-$index.job"
  done
}

# What Slurm says of a job that has ended; nothing where it has forgotten it and keeps no accounts.
slurm_job_state() {  # JOB
  { scontrol --oneliner show job "$1" | sed -n 's/.* JobState=\([A-Z_]*\).*/\1/p' ||
      sacct --noheader --allocations --parsable2 --jobs "$1" --format State | sed 's/ .*//'; } 2>/dev/null || :
}

# A task whose job has ended: in why the reason where it has no run.
slurm_close() {  # TASK
  local id=${job[$1]} state status='' node=''
  state=$(slurm_job_state "$id")
  # Out of our list (it was given another name), and not ended.
  case $state in PENDING | RUNNING | SUSPENDED) return 0 ;; esac
  unset "job[$1]"
  ! fleet_complete "$1" || return 0
  [ -z "${why[$1]-}" ] || return 0
  read -r status node 2>/dev/null <"$fleet/jobs/$1.exit" || :
  case $state in
    '' | COMPLETED | FAILED) state='' ;;
    *) state="Slurm ended job $id (${state//_/ })" ;;
  esac
  if [ "${status:-0}" -gt 128 ]; then
    why[$1]="${state:-it was ended} by SIG$(kill -l "$((status - 128))") on $node, with the knobs put back"
  elif [ -n "$status" ]; then
    why[$1]="exit status $status on $node: $(tail -n 1 "$fleet/jobs/$1.log")"
  elif [ -e "$fleet/jobs/$1.log" ]; then
    why[$1]="${state:-job $id ended}, and nothing says that its knobs are back: there, zpbench --restore"
  else
    why[$1]="${state:-job $id ended} before it began; can the node see $fleet?"
  fi
}

# Jobs for nodes that have gone down since are not waited for.
slurm_give_up() {
  local task
  [ "$target" = native ] || return 0
  slurm_look || return 0
  for task in "${!job[@]}"; do
    [ "${queue[${job[$task]}]-}" = PENDING ] || continue
    [ -n "${why_not[$task]-gone}" ] || continue
    why[$task]=${why_not[$task]-it is not in the partition any more}
    note "$task: ${why[$task]}"
    scancel "${job[$task]}" || :
  done
}

slurm_progress() {
  local task running=() waiting=0 line
  for task in "${tasks[@]}"; do
    [ -n "${job[$task]-}" ] || continue
    case ${queue[${job[$task]}]-} in PENDING) waiting=$((waiting + 1)) ;; *) running+=("$task") ;; esac
  done
  line="${#run_of[@]} of ${#tasks[@]} done, ${#running[@]} running${running:+ (${running[*]})}, $waiting waiting"
  line+="; $(fleet_passes) of $((passes * ${#tasks[@]})) passes"
  [ "$line" != "$said" ] || return 0
  say "$line" >&2
  said=$line seconds=0
}

# Until every job has left the queue, whatever ended it: then its knobs are back. After a signal, they are ended:
# scancel sends SIGTERM, and SIGKILL KillWait seconds (30) later.
slurm_follow() {
  local task seconds=0 said='' stopped=''
  while [ "${#job[@]}" -gt 0 ]; do
    if [ -n "$run_signal" ] && [ -z "$stopped" ]; then
      stopped=1
      note "ending the jobs ${job[*]}, and waiting until their knobs are back"
      (trap '' INT TERM HUP; scancel "${job[@]}") || :
    fi
    if slurm_queue; then
      for task in "${!job[@]}"; do [ -n "${queue[${job[$task]}]-}" ] || slurm_close "$task"; done
      slurm_progress
      [ -n "$stopped" ] || slurm_give_up
    elif [ -n "$stopped" ]; then
      note "can't see whether the jobs ${job[*]} have ended"
      break
    fi
    [ "${#job[@]}" -gt 0 ] || break
    # Slurm's controller is everybody's: while nothing changes it is asked less and less often. A signal cuts it short.
    [ "$seconds" -ge 15 ] || seconds=$((seconds + 1))
    if [ -n "$stopped" ]; then sleep 1 || :; else run_command sleep "$seconds" || :; fi
  done
}

slurm_run() {
  local partition=${cluster#slurm} fleet='' models='' images=() result=0 nodes=() outside=() tasks=() k job_name
  local -A why_not=() job=() queue=() run_of=() why=()
  partition=${partition#:}
  need_command sbatch slurm-client
  need_command jq jq
  slurm_environment
  if [ -n "$resume" ]; then
    [ -z "$partition" ] || [ "$partition" = "$(jq -r .partition "$resume/jobs/fleet.json" 2>/dev/null)" ] ||
      bad_usage "--resume goes on in the partition that the fleet was begun in"
    fleet_open "$resume"
  fi
  if [ "$target" != native ]; then . "$top/scripts/lib/guest-runs.sh"; guest_settle; fi
  for k in "${!kernels[@]}"; do
    case ${kernels[k]} in debian:* | vce) ;; *) kernels[k]=$(realpath -m "${kernels[k]}") ;; esac
  done
  slurm_partition
  slurm_nodes
  slurm_tasks
  bin_has zpanalyze
  [ "$target" != native ] || bin_has zpbench
  if [ -n "$dry_run" ]; then slurm_dry_run; exit 0; fi
  slurm_build
  [ -n "$fleet" ] || fleet_create
  job_name=zpbench-${fleet##*/}
  run_trap_signals
  slurm_submit
  slurm_follow
  if [ -n "$run_signal" ]; then
    for k in "${tasks[@]}"; do [ -z "${why[$k]-}" ] || note "$k: ${why[$k]}"; done
    note "go on with: ${run_script:-scripts/run-matrix.sh} --resume $fleet"
    exit "$(run_signal_status)"
  fi
  fleet_report || result=1
  exit "$result"
}

slurm_tasks() {
  local k
  tasks=("${nodes[@]}")
  [ "$target" != native ] || return 0
  tasks=()
  for k in "${!kernels[@]}"; do tasks+=("kernel-$((k + 1))"); done
}
