#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/emulate.sh --arch ARCH --kernel KERNEL [option]...
#                           [--] PROGRAM [ARGUMENT]...
#
# Boots a kernel under QEMU, runs PROGRAM in it as root, and brings back what
# that printed and the files it left in ./out. Needs neither root nor KVM,
# and no modules of the kernel.
#
#   --arch ARCH         @TARGETS@
#                       (KVM is used where ARCH is this machine's); the PMUs
#                       of arm64 and riscv64 count
#   --kernel KERNEL     an image, or debian:SUITE[/FLAVOUR], e.g.
#                       debian:bookworm, debian:sid, debian:bookworm/s390x:
#                       fetched from Debian's archive, checked, cached
#   --out DIR           where the files from ./out go; must not exist
#   --add FILE[:PATH]   one more file or directory for the guest, at PATH
#                       there (default: in the working directory)
#   --memory SIZE       default 1G. On s390x it sets the number of zero page
#                       colours: 16 at 128M, 64 at 512M, 128 from 768M
#   --swap SIZE         swap on a RAM disk in that memory; its driver is
#                       built in, or next to the image (brd.ko, as with
#                       Debian's)
#   --cpu MODEL         default max (s390x), 5KEc (mips64el), cortex-a57
#                       (pages of 16 KiB: neoverse-n1), rv64, power9. A named
#                       s390x model (z13, ...) loses what QEMU can't emulate
#   --machine TYPE      default s390-ccw-virtio, malta, virt, pseries, q35
#   --append WORDS      more words for the kernel's command line
#   --boot-timeout S    seconds until the guest runs /init; default 120
#   --timeout S         seconds in all; default 1200
#   --console FILE      where the console log goes (kept without this option
#                       only when something went wrong)
#   --trace FILE        follow every read of the walks that PROGRAM announces
#                       (needs the build of preset release): one JSON object
#                       per walk; and FILE.pairs: page, frame, reads
#   --model CPU[+CPU]   feed the traced reads into the model of these CPUs
#   --qemu PROGRAM      the emulator; default qemu-system-ARCH
#   --qemu-arg WORD     one more argument for it, e.g. -icount
#   -h, --help
#
# PROGRAM with a slash is a file here, copied with its libraries; without, a
# command of the guest's busybox. Inside, ZP_EMULATOR says what emulates.
#
#   scripts/emulate.sh --arch s390x --kernel debian:sid -- cat /proc/cpuinfo
#
# exit status: PROGRAM's own, 128 + N where signal N killed it; or 1 guest
# crashed, hung or lost its output, 2 usage, no kernel image, wrong
# architecture, 4 cannot run here (no QEMU, no network, no KSM or initramfs
# in the kernel, too little memory)

[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@" # started by another shell: sh SCRIPT
set -euo pipefail
lib=$(dirname "$(readlink -f "$0")")/lib
. "$lib/common.sh"
. "$lib/debian.sh"
. "$lib/sysroot.sh"
. "$lib/kernel.sh"
. "$lib/initramfs.sh"
. "$lib/guest.sh"

target='' kernel='' out='' trace='' model='' swap='' added=()
MEMORY=$guest_memory CPU='' MACHINE='' APPEND='' BOOT_TIMEOUT=120 TIMEOUT=1200 CONSOLE='' QEMU='' QEMU_ARGS=() RAM_DISK=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --) shift; break ;;
    --*)
      # An empty one is a variable of the caller's that is not set.
      if [ $# = 1 ] || [ -z "$2" ] && [ "$1" != --append ]; then bad_usage "$1 needs a value (--help)"; fi
      case $1 in --add | --qemu-arg) ;; *) once "$1" ;; esac ;;&
    --arch) target=$2 ;;
    --kernel) kernel=$2 ;;
    --out) out=$2 ;;
    --add) added+=("$2") ;;
    --memory) MEMORY=$2 ;;
    --swap) swap=$2 ;;
    --cpu) CPU=$2 ;;
    --machine) MACHINE=$2 ;;
    --append) APPEND=$2 ;;
    --boot-timeout) BOOT_TIMEOUT=$2 ;;
    --timeout) TIMEOUT=$2 ;;
    --console) CONSOLE=$2 ;;
    --trace) trace=$2 ;;
    --model) model=$2 ;;
    --qemu) QEMU=$2 ;;
    --qemu-arg) QEMU_ARGS+=("$2") ;;
    -*) bad_usage "unknown option $1 (--help)" ;;
    *) break ;;
  esac
  shift 2
done
[ -n "$target" ] || bad_usage "--arch is missing (--help)"
[ -n "$kernel" ] || bad_usage "--kernel is missing (--help)"
[ $# -gt 0 ] || bad_usage "no program given (--help)"
[ -z "$model" ] || [ -n "$trace" ] || bad_usage "--model needs --trace"
MEMORY=$(memory_size --memory "$MEMORY") || exit $?
[ -z "$swap" ] || swap=$(memory_size --swap "$swap") || exit $?
[ -z "$swap" ] || swap_fits "$swap" "$MEMORY"
[[ $BOOT_TIMEOUT =~ ^[1-9][0-9]{0,8}$ && $TIMEOUT =~ ^[1-9][0-9]{0,8}$ ]] ||
  bad_usage "time-outs are whole seconds, of nine digits at most: $BOOT_TIMEOUT, $TIMEOUT"
if [ -e "$out" ] || [ -L "${out%/}" ]; then bad_usage "$out is there already"; fi
for file in "${added[@]}"; do
  [ -e "$(added_file "$file")" ] || bad_usage "no such file: $(added_file "$file")"
  copies_whole "$(added_file "$file")" || bad_usage "--add $file: neither a file nor a directory of its own"
  case /${file##*:}/ in */../*) [ -e "$file" ] || bad_usage "--add $file: the guest has no place ${file##*:}" ;; esac
done
case $1 in
  */*)
    [ -e "$1" ] || bad_usage "no such file: $1"
    [ -f "$1" ] || bad_usage "$1 is not a program" ;;
esac
for file in "$kernel" "$1" "${added[@]}"; do
  [ -z "$CONSOLE" ] || [ ! "$CONSOLE" -ef "$(added_file "$file")" ] || bad_usage "--console $CONSOLE: it is what is read"
done
work='' GUEST='' partial=''
trap 'guest_stop; rm -rf ${work:+"$work"} ${partial:+"$partial"}' EXIT
end_on_signals
out=${out%"${out##*[!/]}"}
out=${out/#-/./-} CONSOLE=${CONSOLE/#-/./-}
[ -z "$out" ] || can_make "$out" || bad_usage "--out $out: cannot be made"
check_places "${added[@]}"
[ -z "$CONSOLE" ] || can_write "$CONSOLE" || bad_usage "--console $CONSOLE: cannot be written"
[ -z "$trace" ] || { can_write "$trace" && can_write "$trace.pairs"; } || bad_usage "--trace $trace: cannot be written"

work=$(scratch guest)

set_target "$target"
guest_machine "$target"
need_command cpio cpio
need_command readelf binutils
[ -z "$trace" ] || guest_trace "$trace" "$model"
kernel_get "$target" "$kernel"
guest_cpu "$target"
sysroot_get "$target"

root=$work/root
mkdir -p "$root"/{bin,work}
cp "$SYSROOT/bin/busybox" "$root/bin/"
install -m 755 "$lib/guest-init" "$root/init"
SWAP_KIB=$(swap_kib "$swap")
[ -z "$swap" ] || kernel_ram_disk
[ -z "$RAM_DISK" ] || cp "$RAM_DISK" "$root/"
program=$1
case $program in
  */*)
    add_program "$target" "$root" "$program" "/opt/${program##*/}"
    program=/opt/${program##*/}
    ;;
esac
shift
for file in "${added[@]}"; do
  place=$(guest_place "$file")
  [ ! -e "$root$place" ] || bad_usage "--add $file: $place is taken in the guest; give it another one (FILE:PATH)"
  add_program "$target" "$root" "$(added_file "$file")" "$place"
done

while :; do
  {
    echo "set -- $(quote "$program" "$@")"
    echo "hostname qemu-$target"
    echo "SWAP_KIB=$SWAP_KIB"
    echo "export DATA=$DATA_TTY ZP_EMULATOR=$(quote "$(guest_description)")${trace:+ ZP_TRACE=1}"
  } >"$root/job"
  pack_initramfs "$root" "$work/initramfs"
  guest_run "$work"
  guest_concede "$work" || break
done

# What the command left is handed over whatever became of it.
COMMAND_STATUS=''
if guest_receive "$work"; then
  if [ -n "$out" ]; then
    partial=$out.partial.$$
    mkdir -p "$partial"
    cp -r "$work/result/out/." "$partial"
    kept=$partial
    mv -T "$partial" "$out" 2>/dev/null || partial='' # somebody made it meanwhile
  fi
  cat "$work/result/stdout"
  cat "$work/result/stderr" >&2
  [ -z "$out" ] || [ -n "$partial" ] || failed "$out is there by now: what the guest left is in $kept"
fi
# From 129 to 192 a signal may have ended it.
if [ -n "$COMMAND_STATUS" ] && ((COMMAND_STATUS <= 128 || COMMAND_STATUS > 192)); then
  [ -z "$CONSOLE" ] || cp "$work/console.log" "$CONSOLE"
  exit "$COMMAND_STATUS"
fi
if [ -s "$work/console.log" ]; then
  : "${CONSOLE:=$(mktemp "${TMPDIR:-/tmp}/zpbench-console.XXXXXX.log")}"
  cp "$work/console.log" "$CONSOLE"
fi
guest_explain "$work"
