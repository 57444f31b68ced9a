#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The scripts themselves, on copies: guests, hosts over ssh, nodes of a cluster.

setup() { load ../lib/scripts; scripts_setup; }

@test "an option is given once" {
  for option in --arch --kernel --memory --timeout; do
    run copy/scripts/emulate.sh "$option" 1 "$option" 2
    [ "$status" = 2 ]
    [ "$output" = "emulate.sh: $option is there twice" ]
  done
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
  host=box there=$PWD/far work=$PWD/work running=1 run=''
  ssh_there() { [ "$1" = -O ] || sh -c "$1"; }
  printf '#!/bin/sh\nexec /bin/sleep 0.02\n' >bin/sleep
  chmod +x bin/sleep
  { /bin/sleep 0.2; [ ! -d far ] || touch in_peace; } 3>&- &
  echo $! >far/pid
  PATH=$PWD/bin:$PATH run -0 ssh_leave
  [[ $output == *"no whole pass came back from box: nothing is kept"* ]]
  [ -e in_peace ]
  [ ! -e far ]
  # Passes that were entered come here first; where they can't, they stay.
  mkdir -p work far/results/a/b/c
  echo '{"passes": [1]}' >far/results/a/b/c/manifest.json
  out=/dev/null/x run -0 ssh_leave
  [[ $output == *"box:$there is left there"* ]]
  mkdir work
  out=$PWD/kept run -0 ssh_leave
  [[ $output == *"the passes that were whole on box are in $PWD/kept/a/b/c"* ]]
  [ -e kept/a/b/c/manifest.json ] && [ ! -e far ]
  run_update_manifest() { :; }
  run=far
  ZP_NOT_KEPT=1 run -143 run_interrupted 143
  [ -z "$output" ]
  run -143 run_interrupted 143
  [[ $output == *"--resume far" ]]
}

@test "over ssh: the script that starts the program has the program's sum" {
  top=$PWD/copy
  . copy/scripts/lib/common.sh
  . copy/scripts/lib/run-directory.sh
  . copy/scripts/lib/ssh-run.sh
  add_program() { cp "$3" "$2$4"; }
  for program in true false; do
    ssh_pack x86_64 "$(type -P $program)" $program
    sum=$(sha256sum <"$(type -P $program)" | cut -d' ' -f1)
    [ "$(run_program_sha $program/bin/zpbench)" = "$sum" ]
    [ "$(run_program_sha $program/bin/zpbench.program)" = "$sum" ]
  done
  # Any other script has its own.
  sed -i 's/program/programme/' true/bin/zpbench
  [ "$(run_program_sha true/bin/zpbench)" = "$(sha256sum <true/bin/zpbench | cut -d' ' -f1)" ]
  [ -z "$(run_program_sha nothing)" ]
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
  for k in a b c; do { head -c 65544 /dev/zero; printf S390EP%s $k; } >$k; done
  guest_settle
  [ "$matrix" = guest-claims ]
  for stub in bin_has guest_build guest_print run_trap_signals run_now run_complete; do eval "$stub() { :; }"; done
  run_enter_pass() { [ "$4" -ge 0 ] && [ "$4" -lt 60 ]; }
  # Meanwhile the clock is set back; in the guest zpbench is killed.
  run_command() { SECONDS=-7200; mkdir stage; echo '{"context": {}}' >stage/pass-01.json; return 139; }
  run_create() { mkdir -p run; echo run; }
  runs=() images=(image) result=0 seed=1 out=. run_signal=''
  guest_pass 0 1
  [ "$result" = 1 ]
  [ -e run/pass-01.json ]
  # A file called as one of zpbench's own is the file, wherever it lies.
  run_command() { printf '%s\n' "$@" >arguments; return 3; }
  matrix=$PWD/x:y/quick run guest_pass 0 2
  [[ $(tr '\n' ' ' <arguments) == *" --add $work/matrix:/matrix/quick "*" --matrix /matrix/quick "* ]]
  # An image or a program that is built anew between the passes is not another one in the next.
  mkdir -p copy/build/s390x/bin && echo program >copy/build/s390x/bin/zpbench
  guest_build() { images=("${kernels[@]}"); }
  guest_pass() { echo "$2$1$(tail -c 1 "${images[$1]}")$(wc -l <"$work/zpbench")"
    echo anew | tee -a "$top/build/s390x/bin/zpbench" >>"${kernels[$1]}"; }
  touch brd.ko
  guest_options=(--swap 64m)
  [ "$(TMPDIR=$PWD guest_runs | tr '\n' ' ')" = "10a1 11b1 12c1 22c1 21b1 20a1 " ]
  images=(a)
  guest_keep_inputs
  [ -e "$work/kernel-0/brd.ko" ]
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

@test "of Slurm's own variables those reach the jobs that docs/fleet.md names, and a job that runs has not ended" {
  local -A job=([node1]=3) why=()
  top=$PWD/copy fleet=.
  . copy/scripts/lib/common.sh
  . copy/scripts/lib/slurm-run.sh
  unset "${!SLURM@}"
  export SBATCH_ACCOUNT=a SBATCH_TIMELIMIT=9 SBATCH_ARRAY_INX=1-3 SBATCH_WAIT=1 SQUEUE_STATES=PENDING SCANCEL_INTERACTIVE=1 \
    SINFO_PARTITION=x SACCT_LOCAL=1 SCONTROL_ALL=1 SLURM_ARRAY_TASK_ID=3 SLURM_CONF=c
  slurm_environment 2>said
  grep 'SBATCH_ARRAY_INX SBATCH_WAIT: not for these jobs' said
  [ "$(compgen -e | grep -E '^(SBATCH|SQUEUE|SCANCEL|SINFO|SACCT|SCONTROL|SLURM)_' | sort | tr '\n' ' ')" = \
    "SBATCH_ACCOUNT SBATCH_TIMELIMIT SLURM_CONF " ]
  scontrol() { echo "JobId=3 JobName=renamed JobState=$told Reason=None"; }
  for told in PENDING RUNNING SUSPENDED; do slurm_close node1; done
  [ "${job[node1]-}:${why[node1]-}" = 3: ]
  told=CANCELLED
  slurm_close node1
  [[ ${job[node1]-}:${why[node1]} == ":Slurm ended job 3 (CANCELLED) before it began"* ]]
}

@test "over ssh a run is fetched from where it was measured, and from nowhere else" {
  top=$PWD/copy work=$PWD there=/tmp/zpbench.abc
  . copy/scripts/lib/common.sh
  . copy/scripts/lib/ssh-run.sh
  ssh_there() { touch asked; return 1; }
  for path in /tmp/zpbench.abc/results/../../../etc /etc/passwd /tmp/zpbench.abcd/results/x ''; do
    run ssh_fetch "$path"
    [ "$status" = 1 ]
  done
  [ ! -e asked ]
}
