# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034 # variables for emulate.sh
# Kernel images: from Debian's archive, or a file; and for which machine a file is.

hex_at() { # FILE OFFSET BYTES
  od -An -v -tx1 -j "$2" -N "$3" "$1" 2>/dev/null | tr -d ' \n'
}

# What an ELF file runs on, as a target's name or a description; nothing when it is not an ELF file.
elf_machine() { # FILE
  local class endian machine target
  [ "$(hex_at "$1" 0 4)" = 7f454c46 ] || return 0
  class=$(hex_at "$1" 4 1) endian=$(hex_at "$1" 5 1) machine=$(hex_at "$1" 18 2)
  target=$(target_with ELF_KIND "$class$endian$machine")
  case $target$class$endian$machine in
    [a-z]*) echo "$target" ;;
    0202000[08]) echo "64-bit big-endian MIPS" ;;
    01*0800 | 01*0008) echo "32-bit MIPS" ;;
    *) echo "ELF machine 0x$machine (class $class, byte order $endian)" ;;
  esac
}

# What a kernel image runs on; nothing when it is not a kernel. The places of the magic numbers are those
# of Documentation/arch/{x86,arm64}/boot.rst, arch/riscv/boot-image-header.rst and arch/s390/boot/head.S.
kernel_machine() { # FILE
  if [ "$(hex_at "$1" $((0x10008)) 6)" = 533339304550 ]; then # "S390EP"
    echo s390x
  elif [ "$(hex_at "$1" $((0x202)) 4)" = 48647253 ]; then # "HdrS"
    case $(hex_at "$1" $((0x236)) 1) in
      ?[13579bdf]) echo x86_64 ;; # XLF_KERNEL_64
      *) echo "32-bit x86" ;;
    esac
  elif [ "$(hex_at "$1" $((0x38)) 4)" = 41524d64 ]; then # "ARM\x64"
    echo arm64
  elif [ "$(hex_at "$1" $((0x38)) 4)" = 52534305 ]; then # "RSC\5"
    echo riscv64
  elif [ "$(hex_at "$1" 16 2 | tr -d 0)" = 2 ]; then # ET_EXEC: programs and libraries are ET_DYN
    elf_machine "$1"
  fi
}

# The pages of an arm64 image, as its header has them (Documentation/arch/arm64/boot.rst); nothing where it says nothing.
arm64_page_kib() { # FILE
  case $((0x$(hex_at "$1" $((0x18)) 1) >> 1 & 3)) in
    1) echo 4 ;;
    2) echo 16 ;;
    3) echo 64 ;;
  esac
}

# The package that holds the image: the flavour's metapackage leads to it, since 7.x by one more step
# (linux-image-VERSION -> linux-binary-VERSION). Prints nothing where there is none.
kernel_package() { # SUITE DEBIAN_ARCH FLAVOUR
  local kind packages
  packages=$(debian_apt "$1" "$2" apt-cache depends --recurse --important "linux-image-$3" 2>/dev/null) ||
    return 0
  for kind in binary image; do
    grep -Eo -m 1 "linux-$kind-[0-9]+\.[0-9]\S*-$3\$" <<<"$packages" && return
  done
}

kernel_fill() { # SUITE DEBIAN_ARCH FLAVOUR DIRECTORY
  local suite=$1 arch=$2 flavour=$3 directory=$4 package deb image
  note "fetching the kernel $flavour of Debian $suite"
  debian_update "$suite" "$arch"
  package=$(kernel_package "$suite" "$arch" "$flavour")
  [ -n "$package" ] || bad_usage "Debian $suite has no kernel linux-image-$flavour for $arch"
  debian_download "$suite" "$arch" "$directory" "$package"
  deb=$(echo "$directory"/debs/*.deb)
  image=$(dpkg-deb --fsys-tarfile "$deb" | tar -t |
    grep -E '(^|/)(boot/vmlinu[xz]-[^/]*|modules/[^/]*/vmlinu[xz])$' | head -n 1) || true
  [ -n "$image" ] || failed "$package holds no kernel image"
  dpkg-deb --fsys-tarfile "$deb" | tar -xO "$image" >"$directory/vmlinuz" || failed "cannot unpack $deb"
  rm -r "$directory/debs"
  sha256sum <"$directory/vmlinuz" | cut -d' ' -f1 >"$directory/sha256"
}

# Of debian:SUITE[/FLAVOUR], whether it is of that form.
check_kernel_words() { # KERNEL
  local words=${1#debian:}
  case $words/ in
    *[!a-z0-9/-]* | /* | *//?* | */*/*/*) bad_usage "'$1' is not debian:SUITE or debian:SUITE/FLAVOUR" ;;
  esac
}

# The image for TARGET in KERNEL, from a path or from debian:SUITE[/FLAVOUR].
kernel_get() { # TARGET FILE|debian:SUITE[/FLAVOUR]
  local target=$1 spec=$2 suite flavour entry machine
  case $spec in
    debian:*)
      suite=${spec#debian:} flavour=
      case $suite in */*) flavour=${suite#*/} suite=${suite%%/*} ;; esac
      check_kernel_words "$spec"
      entry=$(cache_dir)/kernels/$suite-${flavour:=$KERNEL_FLAVOUR}
      cached "$entry" kernel_fill "$suite" "$DEBIAN_ARCH" "$flavour"
      KERNEL=$entry/vmlinuz
      { [ -s "$KERNEL" ] && [ "$(sha256sum <"$KERNEL" | cut -d' ' -f1)" = "$(cat "$entry/sha256")" ]; } ||
        failed "$KERNEL is damaged: remove $entry and try again"
      ;;
    *)
      { [ -f "$spec" ] && [ -r "$spec" ]; } || bad_usage "cannot read the kernel $spec"
      KERNEL=$spec
      ;;
  esac
  machine=$(kernel_machine "$KERNEL")
  [ -n "$machine" ] || bad_usage "$spec is not a kernel image (bzImage, Image, or ELF vmlinux)"
  [ "$machine" = "$target" ] || bad_usage "$spec is a kernel for $machine, not for $target"
}

ram_disk_fill() { # SUITE DEBIAN_ARCH PACKAGE DIRECTORY
  local module
  note "fetching the driver of RAM disks in $3"
  debian_download "$1" "$2" "$4" "$3"
  module=$(dpkg-deb --fsys-tarfile "$4"/debs/*.deb | tar -t | grep -E '/brd\.ko(\.xz)?$') ||
    cannot_run "$3 holds no driver of RAM disks (brd.ko)"
  dpkg-deb --fsys-tarfile "$4"/debs/*.deb | tar -xO "$module" |
    case $module in *.xz) xz -d ;; *) cat ;; esac >"$4/brd.ko" || failed "cannot unpack $module"
  rm -r "$4/debs"
}

# The driver of RAM disks that goes with KERNEL, in RAM_DISK: a file beside it, or of the same package
# where KERNEL is one of Debian's from the cache; else none, and it has to be built in.
kernel_ram_disk() {
  local entry name package version
  entry=$(dirname "$KERNEL") RAM_DISK=
  name=${entry##*/} # SUITE-FLAVOUR
  if [ "${entry%/*}" = "$(cache_dir)/kernels" ] && [[ $name != mips-vce-* ]]; then
    read -r package version _ <"$entry/packages.txt"
    cached "$entry-brd" ram_disk_fill "${name%%-*}" "$DEBIAN_ARCH" \
      "${package/linux-binary-/linux-modules-}=$version"
    entry+=-brd
  fi
  [ ! -f "$entry/brd.ko" ] || RAM_DISK=$entry/brd.ko
}
