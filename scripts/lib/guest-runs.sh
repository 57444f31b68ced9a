# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034  # run-matrix.sh's variables; common.sh's
# Runs in guests: one run a kernel, each pass one boot of it by scripts/emulate.sh. Sourced by run-matrix.sh.

. "$top/scripts/lib/debian.sh"
. "$top/scripts/lib/kernel.sh"

guest_image() {  # KERNEL: prints the image's path; fetched or built where it is missing
  local KERNEL=$1
  [ "$target/$1" != mips64el/vce ] || KERNEL=$("$top/scripts/build-mips-vce-kernel.sh") || exit $?
  kernel_get "$target" "$KERNEL"
  echo "$KERNEL"
}

# Of each kernel the image. One that can't be had (a mirror out of step, no network) is named, and the others
# are measured without it; where there is none, its reason ends the run.
guest_images() {
  local k status left=()
  for k in "${!kernels[@]}"; do
    status=0
    images[${#left[@]}]=$(guest_image "${kernels[k]}") || status=$?
    if [ "$status" = 0 ]; then
      left+=("${kernels[k]}")
    elif [ "$status" -ge 128 ] || [ "${#kernels[@]}" = 1 ] || [[ ${kernels[k]} != debian:* ]]; then
      exit "$status"
    else
      note "going on without the kernel ${kernels[k]}, which can't be had"
      result=4
    fi
  done
  [ "${#left[@]}" -gt 0 ] || exit 4
  images=("${images[@]:0:${#left[@]}}") kernels=("${left[@]}")
}

# What each pass boots and runs: an image or a program that is built anew meanwhile, or fetched, would be another one in
# the next. The driver of RAM disks lies beside its kernel.
guest_keep_inputs() {
  local k KERNEL RAM_DISK
  cp -- "$top/build/$target/bin/zpbench" "$work/zpbench"
  for k in "${!images[@]}"; do
    KERNEL=${images[k]} RAM_DISK=
    case " ${guest_options[*]-} " in *' --swap '*) kernel_ram_disk ;; esac
    images[k]=$work/kernel-$k/vmlinuz
    mkdir "${images[k]%/*}"
    cp -- "$KERNEL" "${images[k]}"
    [ -z "$RAM_DISK" ] || cp -- "$RAM_DISK" "${images[k]%/*}/"
  done
}

guest_dry_run() {
  local missing
  missing=$("$top/scripts/install-deps.sh" --for measure --for analysis --target "$target" --print)
  [ -z "$missing" ] || [ -n "${ZP_NO_INSTALL-}" ] || say "would install ${missing//$'\n'/ }"
  say "would build $top/build/$target"
  say "would boot each $([ "$passes" = 1 ] && echo once || echo "$passes times"), with the matrix $matrix: ${kernels[*]}"
}

# Boots kernel number K for one pass; makes its run directory at the first.
guest_pass() {  # K PASS
  local k=$1 pass=$2 file began since now run name status=0
  local stage=$work/stage matrix_options=(--matrix "$matrix")
  file=$(printf 'pass-%02d' "$pass")
  set --
  case $matrix in
    /*)
      name=/matrix/${matrix##*/}
      name=${name//:/_} matrix_options=(--matrix "$name")
      set -- --add "$work/matrix:$name" ;;
  esac
  [ -z "$trace" ] || set -- "$@" --trace "$work/trace" --model "${models//,/+}"
  note "pass $pass of $passes: ${kernels[k]}"
  began=$(run_now)
  uptime_now; since=$now
  run_command "$top/scripts/emulate.sh" --arch "$target" --kernel "${images[k]}" --out "$stage" \
    "${guest_options[@]}" "$@" -- "$work/zpbench" "${matrix_options[@]}" "${extra[@]}" \
    --seed "$seed" --pass "$pass" --out "out/$file.json" || status=$?
  # What killed zpbench in the guest is no signal of ours.
  [ "$status" -lt 128 ] || [ -n "$run_signal" ] || status=1
  if [ ! -f "$stage/$file.json" ]; then
    [ -z "$run_signal" ] || status=$(run_signal_status)
    exit "$((status == 0 ? 1 : status))"
  fi
  [ "$status" = 0 ] || result=$status
  if [ -z "${runs[k]-}" ]; then
    # Whose run it is, the guest says.
    { read -r run_host; read -r run_kernel; read -r run_arch; } < <(
      jq -r '.context | .host, ."kernel.release", .arch' "$stage/$file.json")
    run_started=$began
    run_target_options=(--target "$target" --kernel "${kernels[k]}" "${guest_options[@]}" ${trace:+--trace})
    runs[k]=$(run_create "$out" "$matrix" "$passes" "$seed" "${extra[@]}") || exit $?
  fi
  run=${runs[k]}
  [ -z "$trace" ] || guest_keep "$work/trace" "$run/$file.trace.jsonl"
  guest_keep "$stage/$file.json" "$run/$file.json"
  uptime_now
  run_enter_pass "$run" "$file.json" "$began" "$((now - since))"
  [ "$pass" != "$passes" ] || run_complete "$run"
  rm -r "$stage"
}

guest_keep() {  # FILE PLACE
  cp "$1" "$2.tmp" && sync "$2.tmp" && mv "$2.tmp" "$2"
}

# Whatever ended the script, what is done can be told from what is whole.
guest_leave() {
  local run
  for run in "${runs[@]}"; do
    jq -e '.state == "complete"' "$run/manifest.json" >/dev/null ||
      run_update_manifest "$run" '.state = "interrupted"'
  done
  rm -rf "$work"
}

guest_print() {
  local run
  for run in "${runs[@]}"; do
    "$bin/zpanalyze" table "$run" || result=$?
    [ -z "$trace" ] || jq -rn -f "$top/scripts/lib/traced.jq" --slurpfile rows "$run/pass-01.json" \
      --slurpfile windows "$run/pass-01.trace.jsonl" --arg cpus "$models" || result=1
    echo
  done
  [ "${#runs[@]}" = 1 ] || { "$bin/zpanalyze" compare "${runs[@]}" || result=$?; }
  result "${runs[@]}"
}

# The options as they are meant here; in models, the CPUs whose model is wanted.
guest_settle() {
  local k given=$'\n' memory=$guest_memory swap=''
  for k in "${!guest_options[@]}"; do
    case ${guest_options[k]} in
      --memory) memory=$(memory_size --memory "${guest_options[k + 1]}") || exit $? ;;
      --swap) swap=$(memory_size --swap "${guest_options[k + 1]}") || exit $? ;;
    esac
  done
  [ -z "$swap" ] || swap_fits "$swap" "$memory"
  case $matrix in
    quick) matrix=guest ;;
    claims | debates) matrix=guest-$matrix ;;
  esac
  for k in "${!extra[@]}"; do
    case ${extra[k]} in --model) models=${extra[k + 1]-} ;; --model=*) models=${extra[k]#*=} ;; esac
  done
  set_target "$target"
  for k in "${kernels[@]}"; do
    case $k in
      debian:*) check_kernel_words "$k" ;;
      vce) [ "$target" = mips64el ] || bad_usage "--kernel vce is for --target mips64el" ;;
      # Said before anything is built, by a dry run too.
      *) guest_image "$k" >/dev/null || exit $? ;;
    esac
    # Two runs of one kernel would be compared as if they were of two.
    case $k in debian:*/* | vce) ;; debian:*) k+=/$KERNEL_FLAVOUR ;; *) k=$(realpath "$k") ;; esac
    once "--kernel $k"
  done
  [ "${#kernels[@]}" -gt 0 ] || kernels=("debian:$TARGET_SUITE")
  [ -n "$models" ] || [ -z "$GUEST_MODELS" ] || { models=$GUEST_MODELS && extra=(--model "$models" "${extra[@]}"); }
}

guest_build() {
  "$top/scripts/install-deps.sh" --for build --for measure --for analysis --target "$target"
  guest_images
  "$top/scripts/sysroot.sh" "$target" >/dev/null
  "$top/scripts/build.sh" "$target" zpbench
  [ -z "$trace" ] || "$top/scripts/build.sh" release zp_trace_plugin
  build_here zpanalyze
}

guest_runs() {
  local models='' images=() result=0 k pass
  runs=() work='' # not local: guest_leave asks for them when set -e has left this function
  guest_settle
  bin_has zpanalyze
  if [ -n "$dry_run" ]; then guest_dry_run; exit 0; fi
  # A node of a cluster has what was built where the job came from.
  if [ -n "${ZP_BUILT-}" ]; then guest_images; else guest_build; fi

  work=$(scratch runs) || exit $?
  trap guest_leave EXIT
  guest_keep_inputs
  # One that is edited meanwhile would be another in each pass.
  case $matrix in /*) cp -- "$matrix" "$work/matrix" ;; esac
  run_trap_signals
  # ABBA: what drifts on the host meets every kernel alike.
  for ((pass = 1; pass <= passes; ++pass)); do
    for k in "${!kernels[@]}"; do
      [ -z "$run_signal" ] || exit "$(run_signal_status)"
      guest_pass "$((pass % 2 ? k : ${#kernels[@]} - 1 - k))" "$pass"
    done
  done
  guest_print
  exit "$result"
}
