# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2029,SC2016  # run-matrix.sh's variables; commands for the other side
# A run on another machine: programs of its architecture are copied there with the libraries they need,
# run-matrix.sh measures there, the run directory comes back, and what was copied is removed. ZP_SSH may hold
# another ssh command ("ssh -F FILE"). Sourced by run-matrix.sh.

. "$top/scripts/lib/debian.sh"
. "$top/scripts/lib/sysroot.sh"
. "$top/scripts/lib/kernel.sh"
. "$top/scripts/lib/initramfs.sh"

# One connection for all commands, where TMPDIR has a name for it: at most one password.
ssh_there() {  # COMMAND; or options of ssh and ""
  local ssh command=${!#} shared=()
  read -ra ssh <<<"${ZP_SSH:-ssh}"
  # ssh reads blanks and % in it as its own; a socket's name has 107 bytes at most, of which ssh adds 17.
  [ "${#work}" -gt 80 ] ||
    shared=(-o ControlMaster=auto -o "ControlPath=\"${work//%/%%}/control\"" -o ControlPersist=60)
  "${ssh[@]}" -o ConnectTimeout=20 "${shared[@]}" \
    "${@:1:$#-1}" "$host" ${command:+"$command"}
}

# Closing its input ends what runs there, with the knobs put back. It is gone before its directory goes, whatever
# became of our ssh (Control-C reaches that as well); the passes that it has entered come here first.
ssh_leave() {
  local begun
  exec 7>&-
  [ -z "$running" ] || wait "$running" || :
  if [ -n "$there" ] && [ -z "$run" ]; then
    begun=$(ssh_there "for second in $(echo {1..60}); do
        kill -0 \$(cat '$there/pid') || break; sleep 1; done 2>/dev/null
      for manifest in '$there'/results/*/*/*/manifest.json; do
        ! jq -e '.passes | length > ${had:-0}' \"\$manifest\" >/dev/null 2>&1 || echo \"\${manifest%/*}\"; done") || :
    if [ -z "$begun" ]; then
      [ -z "$running" ] || note "no whole pass came back from $host: nothing ${resume:+more }is kept"
    elif ! (ssh_fetch "$begun" && note "the passes that were whole on $host are in $run" &&
        note "go on with: $run_script --target ssh:$host --resume $run"); then
      note "$host:$there is left there" && there=''
    fi
  fi
  [ -z "$there" ] || ssh_there "rm -rf '$there'" || note "$host:$there is left there"
  ssh_there -O exit "" 2>/dev/null || :
  rm -rf "$work"
}

# What uname calls the machine there, as a target.
ssh_target() {
  local machine missing target
  machine=$(ssh_there 'echo zpbench; uname -m; for c in bash jq flock sha256sum tar; do command -v $c >/dev/null || echo $c; done') ||
    cannot_run "cannot run commands on $host over ssh"
  # It would stand in front of the results, too.
  [ "${machine%%$'\n'*}" = zpbench ] ||
    cannot_run "$host prints '${machine%%$'\n'*}' before a command runs: what its shell reads (~/.bashrc) must print nothing"
  machine=${machine#*$'\n'}
  missing=$(sed 1d <<<"$machine" | tr '\n' ' ')
  [ -z "$missing" ] || cannot_run "$host lacks ${missing% }: as root there, apt-get install jq util-linux"
  machine=${machine%%$'\n'*}
  target=$(target_with UNAME_MACHINE "$machine")
  [ -n "$target" ] || cannot_run "no programs can be built for $host: $machine"
  echo "$target"
}

# The program and its libraries in DIRECTORY, and in front of them a script that starts it with those; its sum there
# tells whether the program is the one that a run was begun with.
ssh_pack() {  # TARGET ZPBENCH DIRECTORY
  local loader root=$3
  mkdir -p "$root"/{bin,scripts}
  add_program "$1" "$root" "$2" /bin/zpbench.program
  loader=$(readelf --wide --program-headers "$2" | sed -n 's/.*program interpreter: \(.*\)\]/\1/p')
  cat >"$root/bin/zpbench" <<SCRIPT
#!/bin/sh
root=\$(cd "\${0%/*}/.." && pwd)
exec "\$root$loader" --library-path "\$root/lib" "\$root/bin/zpbench.program" "\$@" # $(run_sha "$2")
SCRIPT
  chmod +x "$root/bin/zpbench"
  cp -r "$top/scripts/run-matrix.sh" "$top/scripts/lib" "$root/scripts/"
}

# run-matrix.sh there; ends when our side of its input closes, whatever became of this script. Prints what that printed.
ssh_measure() {  # OPTIONS...
  local script
  script="exec 3<&0; cd '$there' || exit 4
    ZP_NOT_KEPT=1 bash scripts/run-matrix.sh --bin bin $(quote "$@") </dev/null 3<&- & pid=\$!; echo \$pid >pid
    { cat <&3; kill -TERM \$pid; } >/dev/null 2>&1 &
    wait \$pid"
  mkfifo "$work/open"
  exec 7<>"$work/open"
  (exec 7>&-; ssh_there "sh -c $(quote "$script")") <"$work/open" >"$work/said" &
  running=$!
  local status=0
  wait "$running" || status=$?
  running=''
  return "$status"
}

# Prints a new directory there, from which programs can be run: many mount /tmp noexec.
ssh_place() {
  ssh_there 'for directory in /tmp /var/tmp "$HOME"; do
      place=$(mktemp -d "$directory/zpbench.XXXXXX") || continue
      printf "#!/bin/sh\n" >"$place/try" && chmod +x "$place/try" && "$place/try" && rm "$place/try" && echo "$place" && exit
      rm -rf "$place"
    done 2>/dev/null
    exit 1' ||
    cannot_run "no place on $host to run programs from: /tmp, /var/tmp and the home directory are full, or mounted noexec"
}

# Brings the run directory into $out, or back to where it was; its name, in run.
ssh_fetch() {  # PATH
  local path=$1 place from
  # Its first part is what that machine calls itself.
  case $path in */../*) return 1 ;; "$there"/results/*) path=${path#"$there"/results/} ;; *) return 1 ;; esac
  mkdir -p "$work/results"
  ssh_there "tar -cz -C '$there/results' '$path'" | tar -xz --no-same-owner -C "$work/results" ||
    cannot_run "cannot fetch the run from $host"
  from=$work/results/$path
  # A matrix of one's own lay elsewhere there.
  jq --arg there "$there/matrix/" --arg here "${matrix%/*}/" '(.. | strings) |= (split($there) | join($here))' \
    "$from/manifest.json" >"$work/manifest.json" || cannot_run "cannot read the manifest of the run from $host"
  cp "$work/manifest.json" "$from/"
  if [ -n "$resume" ]; then
    # What was here stays; the manifest goes last, as a pass that it does not name is measured again.
    jq -r '.passes[].file, "manifest.json"' "$resume/manifest.json" | (cd "$from" && xargs rm -f)
    if ! cp -r "$from/." "$resume" || ! cp "$work/manifest.json" "$resume/manifest.json.tmp" ||
      ! mv "$resume/manifest.json.tmp" "$resume/manifest.json"; then
      bad_usage "cannot write results to $resume"
    fi
    run=$resume
    return
  fi
  place=$(realpath -m -- "$out")/$path
  mkdir -p "${place%/*}" 2>/dev/null || bad_usage "cannot write results to ${place%/*}"
  while [ -e "$place" ]; do place=$place-2; done
  if ! cp -r "$from" "$place.tmp" || ! mv -T "$place.tmp" "$place"; then
    bad_usage "cannot write results to $place"
  fi
  run=$place
}

ssh_run() {  # HOST
  local host=$1 there='' running='' run='' work machine status=0 had=0 options
  case $host in -*) bad_usage "--target ssh:$host: no host" ;; esac
  need_command jq jq
  if [ -n "$resume" ]; then
    resume=$(realpath -m -- "$resume")
    run_open "$resume"
    run_claim "$resume"
    { read -r had; read -r matrix; } < <(jq -r '(.passes | length), .matrix' "$resume/manifest.json")
  fi
  work=$(scratch ssh) || exit $?
  trap ssh_leave EXIT
  end_on_signals
  need_command ssh openssh-client
  need_command readelf binutils
  machine=$(ssh_target) || exit $?
  [ "$machine" != "$(uname -m)" ] || bin_has zpbench
  if [ -n "$dry_run" ]; then
    say "would copy $machine programs to $host, and there measure $passes passes of $matrix"
    exit 0
  fi
  set_target "$machine"
  local zpbench=$top/build/$machine/bin/zpbench
  if [ "$machine" = "$(uname -m)" ]; then
    build_here
    zpbench=$bin/zpbench SYSROOT=
  elif [ -n "$installed" ]; then
    cannot_run "$host is a $machine: to build for it, run scripts/run-matrix.sh of a checkout"
  else
    "$top/scripts/install-deps.sh" --for build --target "$machine"
    sysroot_get "$machine"
    "$top/scripts/build.sh" "$machine" zpbench
    build_here zpanalyze
  fi
  ssh_pack "$machine" "$zpbench" "$work/root"
  there=$(ssh_place) || exit $?
  options=(--out results --seed "$seed" --passes "$passes" --matrix "$matrix")
  case $matrix in
    /*)
      mkdir "$work/root/matrix" # apart: it may be called bin
      cp -- "$matrix" "$work/root/matrix/"
      options[-1]=$there/matrix/${matrix##*/} ;;
  esac
  if [ -n "$resume" ]; then
    mkdir -p "$work/root/results/its/kernel"
    cp -r "$resume" "$work/root/results/its/kernel/run"
    jq --arg matrix "${options[-1]}" '.matrix = $matrix' "$resume/manifest.json" >"$work/root/results/its/kernel/run/manifest.json"
    options=(--resume results/its/kernel/run)
  fi
  tar -cz -C "$work/root" . | ssh_there "tar -xz -C '$there'" || cannot_run "cannot copy to $host:$there"
  ssh_measure "${options[@]}" -- "${extra[@]}" || status=$?
  if ssh_fetch "$(tail -n 1 "$work/said")"; then
    [ ! -x "$bin/zpanalyze" ] || "$bin/zpanalyze" table "$run" || status=$?
    result "$run"
  fi
  exit "$status"
}
