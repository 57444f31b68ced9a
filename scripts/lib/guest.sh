# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2054 # variables for emulate.sh; QEMU's own commas
# One guest: its QEMU command line, its life within bounded time, and what went wrong with it.
#
# No kernel module is needed, so a reviewer's own image boots as it is: what goes in lies in the
# initramfs, what comes out is sent raw over a second serial line (built into every kernel that can
# show a console).

# Sets what TARGET's guest runs on where the caller left it open: QEMU, MACHINE.
guest_machine() { # TARGET
  : "${QEMU:=$TARGET_QEMU}" "${MACHINE:=$TARGET_MACHINE}"
  command -v "$QEMU" >/dev/null ||
    cannot_run "$QEMU is not installed: scripts/install-deps.sh --target $1"
  ACCELERATOR=tcg
  if [ "$1" = "$(uname -m)" ] && [ -r /dev/kvm ] && [ -w /dev/kvm ]; then ACCELERATOR=kvm; fi
}

# And CPU, once KERNEL is known. A Cortex-A57 has no pages of 16 KiB; for a Neoverse N1 PAPI 7.0 has no presets.
guest_cpu() { # TARGET
  [ "$1" != arm64 ] || [ "$(arm64_page_kib "$KERNEL")" != 16 ] || : "${CPU:=neoverse-n1}"
  : "${CPU:=$TARGET_CPU}"
}

# A value among QEMU's options: a comma in it (a TMPDIR may have one) is doubled.
qemu_value() { printf '%s' "${1//,/,,}"; }

# Loads the plugin that follows the walks of the program inside.
guest_trace() { # FILE MODELS
  local plugin base=0
  plugin=$(dirname "${BASH_SOURCE[0]}")/../../build/release/lib/libzp_trace.so
  [ -f "$plugin" ] || cannot_run "no $(readlink -m "$plugin"): cmake --preset release && cmake --build --preset release"
  # What QEMU has at 2 GiB on this board, the guest sees from address 0.
  [ "$MACHINE" != malta ] || base=0x80000000
  plugin=$(qemu_value "$(readlink -f "$plugin")")
  QEMU_ARGS+=(-plugin "$plugin,out=$(qemu_value "$1"),pairs=$(qemu_value "$1").pairs,base=$base${2:+,model=$2}")
}

# What the suite inside can't see for itself and has to say in its context.
guest_description() {
  printf '%s, machine %s, cpu %s, %s' \
    "$("$QEMU" --version | sed -n '1s/.*version \([0-9.]*\).*/QEMU \1/p')" "${MACHINE%%,*}" "${CPU%%,*}" "$ACCELERATOR"
}

# Starts the guest and waits until it has ended: at most BOOT_TIMEOUT seconds until it runs /init and
# TIMEOUT seconds in all. Leaves console.log, data and qemu.log in DIRECTORY; GUEST_END says whether it
# ended by itself ("ended", "boot-timeout", "timeout"), GUEST_STATUS with which exit status.
guest_run() { # DIRECTORY
  local directory=$1 deadline now files emulation=()
  [ "$ACCELERATOR" = kvm ] || emulation=("${EMULATION[@]}")
  files=$(qemu_value "$directory")
  # setpriv: the guest must not outlive this script even if that is killed. timeout -k: a QEMU was
  # seen that ignores SIGTERM. mem-merge=off: the host's KSM must not merge the guest's memory, least of all
  # while a run on the host measures with it.
  setpriv --pdeathsig TERM timeout -k 5 "$TIMEOUT" \
    "$QEMU" -M "$MACHINE,mem-merge=off" -accel "$ACCELERATOR" -cpu "$CPU" -m "$MEMORY" -nodefaults -display none \
    -monitor none -no-reboot -kernel "$KERNEL" -initrd "$directory/initramfs" \
    -append "console=$CONSOLE_TTY panic=-1 cryptomgr.notests=1 ${SWAP_KIB:+brd.rd_nr=1 brd.rd_size=$SWAP_KIB }$APPEND" \
    -chardev "file,id=console,path=$files/console.log" -chardev "file,id=data,path=$files/data" \
    "${SERIAL_DEVICES[@]}" "${emulation[@]}" "${QEMU_ARGS[@]}" </dev/null >"$directory/qemu.log" 2>&1 &
  GUEST=$!
  uptime_now
  deadline=$((now + BOOT_TIMEOUT))
  GUEST_END=ended
  while kill -0 $GUEST 2>/dev/null; do
    if [ -n "$deadline" ] && guest_said "$directory" up; then
      deadline=
    elif [ -n "$deadline" ] && uptime_now && [ "$now" -ge "$deadline" ]; then
      GUEST_END=boot-timeout
      kill $GUEST 2>/dev/null
      break
    fi
    sleep 0.1
  done 2>/dev/null # no word from bash about how QEMU ended: GUEST_STATUS says it
  GUEST_STATUS=0
  wait "$GUEST" 2>/dev/null || GUEST_STATUS=$?
  GUEST=
  case $GUEST_END$GUEST_STATUS in ended124 | ended137) GUEST_END=timeout ;; esac
}

swap_kib() { # SIZE, as 64M or 1G, or nothing
  case $1 in
    *G) echo "$((${1%G} << 20))" ;;
    *M) echo "$((${1%M} << 10))" ;;
  esac
}

guest_stop() {
  [ -z "${GUEST-}" ] || { kill "$GUEST" && wait "$GUEST"; } 2>/dev/null || true
}

guest_said() { # DIRECTORY WORD
  grep -aq "^zpbench-guest: $2" "$1/console.log" 2>/dev/null
}

# What QEMU refused and can be done without, so that starting it again is worth while; fails when
# there is no such thing.
guest_concede() { # DIRECTORY
  local features
  ! guest_said "$1" up || return 1
  # Named s390x models have features that TCG doesn't emulate, and QEMU lists them. Without them the
  # model boots, and the kernel sees its machine type.
  features=$(sed -n 's/.*features requested in the CPU model are not available[^:]*: \(.*[^ ]\).*/\1/p' "$1/qemu.log")
  case $CPU in *=off) features= ;; esac
  if [ -n "$features" ]; then
    CPU+=,${features// /=off,}=off
  elif [ "$ACCELERATOR" = kvm ] && [ "$GUEST_STATUS" != 0 ]; then
    note "KVM does not work here, emulating instead: $(tail -n 1 "$1/qemu.log")"
    ACCELERATOR=tcg
  else
    return 1
  fi
}

# Cuts what the guest sent out of DIRECTORY/data, into DIRECTORY/result. Sets COMMAND_STATUS. Fails when
# nothing was sent, or something else than what the guest says it sent.
guest_receive() { # DIRECTORY
  local offset header status bytes sum name kind
  [ -f "$1/data" ] || return 1
  IFS=: read -r offset header < <(
    grep -abo -E 'zpbench-data [0-9]+ [0-9]+ [0-9a-f]{64}' "$1/data" | tail -n 1) || return 1
  read -r _ status bytes sum <<<"$header"
  tail -c "+$((offset + ${#header} + 2))" "$1/data" | head -c "$bytes" >"$1/result.tar.gz"
  [ "$(sha256sum <"$1/result.tar.gz" | cut -d' ' -f1)" = "$sum" ] || return 1
  mkdir "$1/result"
  tar -xzf "$1/result.tar.gz" -C "$1/result" --no-same-owner && COMMAND_STATUS=$status || return
  # A link would be followed to a file of this machine.
  for name in stdout stderr out; do
    kind=$(stat -c %F "$1/result/$name") || :
    case $name:$kind in
      out:directory | std*:regular*) ;;
      *) failed "the command has put a $kind in the place of ./$name: what it left is not taken" ;;
    esac
  done
}

# Ends the script with the reason why the guest did not do its work.
guest_explain() { # DIRECTORY
  local directory=$1 log=$1/console.log line
  local where=${CONSOLE:+console log: $CONSOLE}
  : "${where:=its console stayed empty}"
  if [ "$GUEST_END" = ended ] && [ "$GUEST_STATUS" != 0 ] && ! guest_said "$directory" up; then
    if line=$(grep -m 1 '^libzp_trace: ' "$directory/qemu.log"); then bad_usage "$line"; fi
    if line=$(grep -m 1 'could not load \(kernel\|initrd\)' "$directory/qemu.log"); then
      cannot_run "QEMU did not start the guest, whose memory may be too little (--memory $MEMORY): $line"
    fi
    cannot_run "QEMU did not start the guest: $(head -c 300 "$directory/qemu.log" | tr '\n' ' ')"
  fi
  if guest_said "$directory" no-ksm; then
    cannot_run "the kernel has no KSM (CONFIG_KSM, CONFIG_SYSFS); $where"
  fi
  if guest_said "$directory" no-swap; then
    cannot_run "the guest got no swap: the kernel has no driver of RAM disks (CONFIG_BLK_DEV_RAM), or" \
      "--memory $MEMORY is too little; $where"
  fi
  if guest_said "$directory" full; then
    cannot_run "the output did not fit into the guest's memory (--memory $MEMORY); $where"
  fi
  console_says() { # the first line that matches, in line
    line=$(grep -aiE -m 1 "$1" "$log" 2>/dev/null) && line=${line%$'\r'}
  }
  if console_says 'out of memory|deadlocked on memory|initrd.*(too large|beyond|overlaps)|initramfs unpacking failed: (write|no)'; then
    cannot_run "too little memory for this kernel (--memory $MEMORY): $line; $where"
  elif ! guest_said "$directory" up && console_says 'unable to mount root fs|no working init found'; then
    cannot_run "the kernel did not take the initramfs (CONFIG_BLK_DEV_INITRD): $line; $where"
  elif console_says 'requires more recent processor hardware'; then
    cannot_run "the kernel needs a newer CPU model than --cpu $CPU: $line; $where"
  elif console_says 'kernel panic|kernel fault|unhandled kernel'; then
    failed "the kernel crashed (--memory $MEMORY, --cpu ${CPU%%,*}): $line; $where"
  elif [ "$GUEST_END" = boot-timeout ]; then
    failed "the guest did not reach /init within $BOOT_TIMEOUT s (--boot-timeout): a kernel for another" \
      "machine or CPU (--machine $MACHINE, --cpu ${CPU%%,*}), too little memory (--memory $MEMORY), or a hang; $where"
  elif [ "$GUEST_END" = timeout ]; then
    failed "the command had not ended after $TIMEOUT s (--timeout); $where"
  elif [ -n "$COMMAND_STATUS" ]; then
    # The guest's shell has one number for both.
    note "the command exited with $COMMAND_STATUS, or signal $((COMMAND_STATUS - 128)) killed it:" \
      "$(tail -n 1 "$directory/result/stderr"); $where"
    exit "$COMMAND_STATUS"
  elif guest_said "$directory" ended; then
    failed "the output was damaged on its way out of the guest; $where"
  fi
  failed "the guest ended before its command did; $where"
}
