#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What emulate.sh and its parts say to bad input: no guest is booted here.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  kernel=$BATS_TEST_TMPDIR/kernel
  # An emulator that is not installed is refused before all else; none is started here, so any will do.
  mkdir "$BATS_TEST_TMPDIR/bin"
  for arch in s390x mips64el x86_64; do ln -s /bin/true "$BATS_TEST_TMPDIR/bin/qemu-system-$arch"; done
  PATH=$PATH:$BATS_TEST_TMPDIR/bin
}

# elf CLASS ENDIAN MACHINE(2 bytes): an executable's first bytes, in octal escapes.
elf() {
  printf '\177ELF'"$1$2"'\001\0\0\0\0\0\0\0\0\0'"$([ "$2" = '\001' ] && echo '\002\0' || echo '\0\002')$3" >"$kernel"
}

refused() { # STATUS WORDS ARGUMENT...
  local status_wanted=$1 words=$2
  shift 2
  run --separate-stderr "$emulate" "$@"
  echo "$stderr" >&2
  [ "$status" = "$status_wanted" ]
  [ -z "$output" ]
  [ "$(wc -l <<<"$stderr")" = 1 ]
  [[ $stderr == *"$words"* ]]
  [ -z "$(ls "$TMPDIR" | grep zpbench-guest)" ]
}

@test "--help tells options and exit status, within 80 columns" {
  run -0 --separate-stderr "$emulate" --help
  [[ $output == *--kernel*"exit status"* ]]
  [ -z "$stderr" ]
  ! grep -E '^.{81}' <<<"$output"
}

@test "usage errors name the option" {
  refused 2 "--arch is missing" --kernel x -- true
  refused 2 "--kernel is missing" --arch s390x -- true
  refused 2 "no program given" --arch s390x --kernel x
  refused 2 "unknown option --nosuch" --nosuch x
  refused 2 "--memory needs a value" --memory
  refused 2 "--out needs a value" --arch s390x --kernel x --out '' -- true
  refused 2 "--memory 12Q" --arch s390x --kernel x --memory 12Q -- true
  refused 2 "--swap 1Q: write a size" --arch s390x --kernel x --swap 1Q -- true
  refused 2 "--swap 1G: it takes more of the guest's memory than --memory 1G" --arch s390x --kernel x --swap 1024m -- true
  refused 2 "--model needs --trace" --arch s390x --kernel x --model z13 -- true
  refused 2 "time-outs are whole seconds, of nine digits at most: 0, 1200" --arch s390x --kernel x --boot-timeout 0 -- true
  refused 2 "time-outs are whole seconds, of nine digits at most: 120, 1.5" --arch s390x --kernel x --timeout 1.5 -- true
  refused 2 "unknown target 'vax'" --arch vax --kernel x -- true
  refused 2 "is there already" --arch s390x --kernel x --out "$TMPDIR" -- true
  refused 2 "--out /proc/nosuch/out: cannot be made" --arch s390x --kernel x --out /proc/nosuch/out -- true
  refused 2 "--console /nosuch/log: cannot be written" --arch s390x --kernel x --console /nosuch/log -- true
  ln -s nowhere "$TMPDIR/dangling"
  refused 2 "dangling is there already" --arch s390x --kernel x --out "$TMPDIR/dangling" -- true
  echo word >"$TMPDIR/read"
  refused 2 "read: it is what is read" --arch s390x --kernel x --add "$TMPDIR/read" --console "$TMPDIR/read" -- true
  [ "$(cat "$TMPDIR/read")" = word ]
  # Copied, they would have no end.
  mkfifo "$TMPDIR/fifo"
  refused 2 "fifo is not a program" --arch s390x --kernel x -- "$TMPDIR/fifo"
  refused 2 "/ is not a program" --arch s390x --kernel x -- /
  refused 2 "--add $TMPDIR/fifo:x: neither a file" --arch s390x --kernel x --add "$TMPDIR/fifo:x" -- true
  refused 2 "--add /: neither a file nor a directory of its own" --arch s390x --kernel x --add / -- true
  refused 2 "--add $TMPDIR: neither a file" --arch s390x --kernel x --add "$TMPDIR" -- true
  refused 2 "cannot read the kernel x" --arch s390x --kernel x --out "$TMPDIR/out" -- true
  [ -z "$(ls "$TMPDIR" | grep ^out)" ]
}

@test "what is not a kernel is refused" {
  refused 2 "cannot read the kernel /nonexistent" --arch s390x --kernel /nonexistent -- true
  refused 2 "/etc/passwd is not a kernel image" --arch s390x --kernel /etc/passwd -- true
  refused 2 "is not a kernel image" --arch x86_64 --kernel "$(command -v ls)" -- true
  : >"$kernel"
  refused 2 "is not a kernel image" --arch s390x --kernel "$kernel" -- true
  refused 2 "is not debian:SUITE" --arch s390x --kernel debian:../x -- true
  refused 2 "is not debian:SUITE" --arch s390x --kernel debian: -- true
  refused 2 "is not debian:SUITE" --arch s390x --kernel debian:bookworm/s390x/more -- true
}

@test "a kernel for another machine is refused, and which it is for" {
  elf '\001' '\001' '\010\0'
  refused 2 "is a kernel for 32-bit MIPS, not for mips64el" --arch mips64el --kernel "$kernel" -- true
  elf '\002' '\002' '\0\010'
  refused 2 "64-bit big-endian MIPS, not for mips64el" --arch mips64el --kernel "$kernel" -- true
  elf '\002' '\001' '\010\0'
  refused 2 "is a kernel for mips64el, not for s390x" --arch s390x --kernel "$kernel" -- true
  head -c 65544 /dev/zero >"$kernel" && printf S390EP >>"$kernel"
  refused 2 "is a kernel for s390x, not for mips64el" --arch mips64el --kernel "$kernel" -- true
  { head -c 514 /dev/zero; printf HdrS; head -c 48 /dev/zero; printf '\001'; } >"$kernel"
  refused 2 "is a kernel for x86_64, not for s390x" --arch s390x --kernel "$kernel" -- true
  { head -c 56 /dev/zero; printf 'ARM\x64'; } >"$kernel"
  refused 2 "is a kernel for arm64, not for s390x" --arch s390x --kernel "$kernel" -- true
  { head -c 56 /dev/zero; printf 'RSC\005'; } >"$kernel"
  refused 2 "is a kernel for riscv64, not for s390x" --arch s390x --kernel "$kernel" -- true
}

@test "an arm64 image says how large its pages are" {
  . "$repository/scripts/lib/kernel.sh"
  for flags in '\000' '\002' '\012' '\004' '\006'; do
    { head -c 24 /dev/zero; printf "$flags"; } >"$kernel"
    printf '%s ' "$(arm64_page_kib "$kernel")"
  done >"$TMPDIR/pages"
  [ "$(cat "$TMPDIR/pages")" = " 4 4 16 64 " ]
}

@test "what QEMU can't emulate of a model is left out, once; without KVM it emulates" {
  . "$repository/scripts/lib/common.sh"
  . "$repository/scripts/lib/guest.sh"
  CPU=z13 ACCELERATOR=tcg GUEST_STATUS=1
  echo "qemu: Some features requested in the CPU model are not available in the configuration: vx te " >"$TMPDIR/qemu.log"
  guest_concede "$TMPDIR"
  [ "$CPU" = z13,vx=off,te=off ]
  run guest_concede "$TMPDIR"
  [ "$status" = 1 ]
  echo "failed to initialize kvm" >"$TMPDIR/qemu.log"
  ACCELERATOR=kvm CPU=max
  guest_concede "$TMPDIR" 2>"$TMPDIR/said"
  [ "$ACCELERATOR" = tcg ]
  grep -q 'KVM does not work here, emulating instead: failed to initialize kvm' "$TMPDIR/said"
  echo 'zpbench-guest: up 1' >"$TMPDIR/console.log"
  ACCELERATOR=kvm
  run guest_concede "$TMPDIR"
  [ "$status" = 1 ]
}

@test "what is added for the guest stays in the guest, and replaces nothing there" {
  export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
  cd "$BATS_TEST_TMPDIR"
  know_target x86_64
  . "$repository/scripts/lib/sysroot.sh"
  mkdir -p "$(sysroot_entry x86_64)/bin"
  cp /bin/true "$(sysroot_entry x86_64)/bin/busybox"
  { head -c 514 /dev/zero; printf HdrS; head -c 48 /dev/zero; printf '\001'; } >"$kernel"
  mkdir -p a/same b/same
  refused 2 "--add $kernel:../../escaped: the guest has no place ../../escaped" \
    --arch x86_64 --kernel "$kernel" --add "$kernel:../../escaped" -- true
  [ ! -e "$BATS_TEST_TMPDIR/escaped" ]
  refused 2 "--add b/same: /work/same is taken in the guest" --arch x86_64 --kernel "$kernel" --add a/same --add b/same -- true
  refused 2 "/init is taken in the guest" --arch x86_64 --kernel "$kernel" --add "$kernel:init" -- true
}

@test "without QEMU it cannot run here" {
  refused 4 "nosuch-qemu is not installed" --arch s390x --qemu nosuch-qemu --kernel x -- true
}

@test "without network it cannot fetch, and leaves no half-filled cache" {
  export XDG_CACHE_HOME=$BATS_TEST_TMPDIR ZP_DEBIAN_MIRROR=http://127.0.0.1:9/debian
  run -4 --separate-stderr "$emulate" --arch s390x --kernel debian:bookworm -- true
  [[ $stderr == *"cannot fetch the package lists of bookworm s390x from http://127.0.0.1:9/debian"* ]]
  [ -z "$(ls -d "$XDG_CACHE_HOME"/zpbench/kernels/* | grep -v lock)" ]
}

@test "a cached kernel that changed since is refused" {
  export XDG_CACHE_HOME=$BATS_TEST_TMPDIR
  local entry=$XDG_CACHE_HOME/zpbench/kernels/bookworm-s390x
  mkdir -p "$entry"
  head -c 65544 /dev/zero >"$entry/vmlinuz"
  sha256sum </dev/null | cut -d' ' -f1 >"$entry/sha256"
  refused 1 "is damaged: remove $entry" --arch s390x --kernel debian:bookworm -- true
  rm "$entry"/*
  refused 1 "is damaged: remove $entry" --arch s390x --kernel debian:bookworm -- true
}

# With set -e, as the scripts have it, and without bats's own traps.
with_cache() { bash -euc ". '$repository/scripts/lib/common.sh'; $1"; }

@test "a failed filling of the cache leaves nothing, two at once fill it once" {
  run with_cache "fill() { echo half >\$1/file; false; }; cached '$TMPDIR/entry' fill"
  [ "$status" = 1 ]
  [ ! -e "$TMPDIR/entry" ]
  [ -z "$(ls "$TMPDIR" | grep partial)" ]
  local twice="fill() { echo once >>'$TMPDIR/fillings'; sleep 0.2; }; cached '$TMPDIR/entry' fill"
  with_cache "$twice" &
  with_cache "$twice"
  wait $!
  [ -d "$TMPDIR/entry" ]
  [ "$(wc -l <"$TMPDIR/fillings")" = 1 ]
}

@test "a cache that somebody else fills is waited for aloud; what a killed script left there goes" {
  mkdir "$TMPDIR/entry.partial.abcdef"
  flock "$TMPDIR/entry.lock" sleep 0.3 &
  until ! flock --nonblock "$TMPDIR/entry.lock" true 2>/dev/null; do :; done
  run with_cache "cached '$TMPDIR/entry' true"
  [ "$status" = 0 ]
  [[ $output == *"another script fills $TMPDIR/entry: waiting until it has" ]]
  [ -d "$TMPDIR/entry" ]
  [ ! -e "$TMPDIR/entry.partial.abcdef" ]
}

@test "the cache lies where XDG says, and nowhere in the current directory" {
  [ "$(XDG_CACHE_HOME=/x with_cache cache_dir)" = /x/zpbench ]
  [ "$(HOME=/h XDG_CACHE_HOME=x with_cache cache_dir)" = /h/.cache/zpbench ]
  [ "$(HOME=/h XDG_CACHE_HOME='' with_cache 'cache_dir; printenv XDG_CACHE_HOME')" = /h/.cache/zpbench/h/.cache ]
  [ "$(HOME='' XDG_CACHE_HOME='' with_cache cache_dir)" = "$(getent passwd "$(id -u)" | cut -d: -f6)/.cache/zpbench" ]
}

# Console lines as guests really wrote them.
explained() { # STATUS WORDS CONSOLE-LINE...
  local wanted=$1 words=$2
  shift 2
  printf '%s\n' "$@" >"$TMPDIR/console.log"
  run guest_explain "$TMPDIR"
  echo "$output"
  [ "$status" = "$wanted" ]
  [[ $output == *"$words"*"console log: kept.log"* ]]
}

@test "the console log is read for the reason" {
  . "$repository/scripts/lib/common.sh"
  . "$repository/scripts/lib/guest.sh"
  GUEST_END=ended GUEST_STATUS=0 COMMAND_STATUS='' MEMORY=64M CPU=max MACHINE=malta CONSOLE=kept.log
  BOOT_TIMEOUT=7 TIMEOUT=9
  local up='zpbench-guest: up 2.96 6.1.0-50-s390x'
  explained 4 "has no KSM" "$up" 'zpbench-guest: no-ksm'
  explained 4 "did not take the initramfs (CONFIG_BLK_DEV_INITRD)" \
    '[    6.623793] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(1,0)'
  explained 4 "too little memory for this kernel (--memory 64M)" \
    '[    4.705580] Out of memory and no killable processes...'
  explained 4 "got no swap" "$up" 'zpbench-guest: no-swap'
  explained 4 "did not fit into the guest's memory" "$up" 'zpbench-guest: full'
  explained 4 "needs a newer CPU model than --cpu max" \
    'The Linux kernel requires more recent processor hardware'
  explained 1 "the kernel crashed" "$up" '[    0.886607] Kernel panic - not syncing: sysrq triggered crash'
  explained 1 "the kernel crashed" 'Kernel fault: interruption code 0005 ilc:3'
  explained 1 "the output was damaged" "$up" 'zpbench-guest: ended 0'
  explained 1 "ended before its command did" "$up"
  mkdir "$TMPDIR/result"
  echo 'last words' >"$TMPDIR/result/stderr"
  COMMAND_STATUS=139 explained 139 "exited with 139, or signal 11 killed it: last words" "$up" 'zpbench-guest: ended 139'
  GUEST_END=timeout explained 1 "had not ended after 9 s" "$up"
  GUEST_END=boot-timeout explained 1 "did not reach /init within 7 s" ''
}

@test "what QEMU says when it does not start is handed on whole" {
  . "$repository/scripts/lib/common.sh"
  . "$repository/scripts/lib/guest.sh"
  GUEST_END=ended GUEST_STATUS=1 COMMAND_STATUS='' MEMORY=1M CONSOLE=''
  printf '%s\n' "qemu: unsupported machine type" "Use -machine help to list them" >"$TMPDIR/qemu.log"
  run -4 guest_explain "$TMPDIR"
  [[ $output == *"unsupported machine type Use -machine help"* ]]
  echo "qemu: could not load kernel 'vmlinuz'" >"$TMPDIR/qemu.log"
  run -4 guest_explain "$TMPDIR"
  [[ $output == *"memory may be too little (--memory 1M): qemu: could not load kernel 'vmlinuz'"* ]]
  run -1 guest_receive "$TMPDIR"
  [ -z "$output" ]
}

@test "the data line is cut out byte for byte, and damage is noticed" {
  . "$repository/scripts/lib/common.sh"
  . "$repository/scripts/lib/guest.sh"
  cd "$TMPDIR"
  mkdir out
  head -c 100000 /dev/urandom >out/random
  touch stdout stderr
  sent() {
    tar -czf payload stdout stderr out
    local header="zpbench-data 3 $(stat -c %s payload) $(sha256sum <payload | cut -d' ' -f1)"
    { printf 'kernel text\r\nzpbench-data 1 2 no header\n[ 2.7] %s\n' "$header"; cat payload; } >data
  }
  sent
  guest_receive "$TMPDIR"
  [ "$COMMAND_STATUS" = 3 ]
  cmp out/random result/out/random
  rm -r result
  truncate -s -1 data
  ! guest_receive "$TMPDIR"
  # What it left must not lead to files of this machine.
  rm -r out
  ln -s / out
  sent
  run -1 guest_receive "$TMPDIR"
  [[ $output == *"a symbolic link in the place of ./out"* ]]
  rm -r out result stdout
  mkdir out
  ln -s /etc/passwd stdout
  sent
  run -1 guest_receive "$TMPDIR"
  [[ $output == *"a symbolic link in the place of ./stdout"* ]]
}

@test "arguments reach the guest's shell as they were" {
  . "$repository/scripts/lib/initramfs.sh"
  local words=("a b" "it's" '$HOME `x` \' "" '*')
  sh -c "set -- $(quote "${words[@]}"); printf '%s\n' \"\$@\"" >"$TMPDIR/got"
  printf '%s\n' "${words[@]}" | cmp - "$TMPDIR/got"
}
