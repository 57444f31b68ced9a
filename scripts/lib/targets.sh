# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2054 # variables for who asks; QEMU's own commas
# The targets, one row each. A new architecture is a row here, a file in cmake/toolchains and a preset.

# Those with a toolchain file: programs are built for them, and measured in guests that QEMU emulates.
CROSS_TARGETS=(s390x mips64el arm64 riscv64 ppc64el)
TARGETS=("${CROSS_TARGETS[@]}" x86_64)

# Sets what is known of TARGET:
#   TRIPLE DEBIAN_ARCH UNAME_MACHINE   as Debian's compilers, its archive and uname call it
#   ELF_KIND           class, byte order and machine of its programs, as in their headers
#   TARGET_SUITE       the release of Debian whose libraries and, by default, kernel are taken
#   KERNEL_FLAVOUR     of Debian's linux-image-FLAVOUR
#   TARGET_QEMU TARGET_MACHINE TARGET_CPU   what its guests run on
#   CONSOLE_TTY DATA_TTY SERIAL_DEVICES     their two serial lines: text, and bytes
#   EMULATION          more arguments for QEMU where it emulates, not under KVM
#   GUEST_MODELS       CPUs whose models say what frames mean there, the older one first
#   TARGET_PACKAGES    what Debian needs for all that
#   SYSROOT_EXTRA      libraries besides those of every target
set_target() { # TARGET
  SERIAL_DEVICES=(-serial chardev:console -serial chardev:data)
  CONSOLE_TTY=ttyS0 DATA_TTY=/dev/ttyS1 SYSROOT_EXTRA='' EMULATION=() TARGET_SUITE=bookworm
  case $1 in
    s390x)
      TRIPLE=s390x-linux-gnu DEBIAN_ARCH=s390x UNAME_MACHINE=s390x ELF_KIND=02020016 KERNEL_FLAVOUR=s390x
      TARGET_QEMU=qemu-system-s390x TARGET_MACHINE=s390-ccw-virtio TARGET_CPU=max
      DATA_TTY=/dev/ttysclp0 # the two kinds of SCLP console
      SERIAL_DEVICES=(-device 'sclplmconsole,chardev=console' -device 'sclpconsole,chardev=data')
      GUEST_MODELS=z196,z13
      TARGET_PACKAGES='g++-s390x-linux-gnu qemu-system-misc dpkg-dev'
      ;; # Debian has no PAPI for it: scripts/build-papi.sh builds it
    mips64el)
      TRIPLE=mips64el-linux-gnuabi64 DEBIAN_ARCH=mips64el UNAME_MACHINE=mips64 ELF_KIND=02010800
      KERNEL_FLAVOUR=5kc-malta
      TARGET_QEMU=qemu-system-mips64el TARGET_MACHINE=malta TARGET_CPU=5KEc
      GUEST_MODELS=r4000sc,74k
      TARGET_PACKAGES='g++-mips64el-linux-gnuabi64 qemu-system-mips flex bison bc'
      SYSROOT_EXTRA='libpapi-dev libpapi7.0 libsde1'
      ;;
    arm64)
      TRIPLE=aarch64-linux-gnu DEBIAN_ARCH=arm64 UNAME_MACHINE=aarch64 ELF_KIND=0201b700 KERNEL_FLAVOUR=arm64
      # A named core, by which libpfm4 and PAPI know the PMU. QEMU counts instructions only where it also makes
      # its time of them.
      TARGET_QEMU=qemu-system-aarch64 TARGET_MACHINE=virt TARGET_CPU=cortex-a57
      EMULATION=(-icount shift=0,sleep=off)
      CONSOLE_TTY=ttyAMA0 DATA_TTY=/dev/ttyS0 # the board has one serial line, a second one is a card
      SERIAL_DEVICES=(-serial chardev:console -device 'pci-serial,chardev=data')
      GUEST_MODELS=''
      TARGET_PACKAGES='g++-aarch64-linux-gnu qemu-system-arm'
      SYSROOT_EXTRA='libpapi-dev libpapi7.0 libsde1'
      ;;
    riscv64)
      TRIPLE=riscv64-linux-gnu DEBIAN_ARCH=riscv64 UNAME_MACHINE=riscv64 ELF_KIND=0201f300 KERNEL_FLAVOUR=riscv64
      TARGET_SUITE=trixie # the first release that has it
      # Without sscofpmf the kernel can't leave its own mode out of a count, and refuses.
      TARGET_QEMU=qemu-system-riscv64 TARGET_MACHINE=virt TARGET_CPU=rv64,sscofpmf=true
      EMULATION=(-icount shift=0,sleep=off) # else it counts the host's ticks as instructions
      SERIAL_DEVICES=(-serial chardev:console -device 'pci-serial,chardev=data') # as on arm64
      GUEST_MODELS=''
      TARGET_PACKAGES='g++-riscv64-linux-gnu qemu-system-misc opensbi'
      ;;
    ppc64el)
      TRIPLE=powerpc64le-linux-gnu DEBIAN_ARCH=ppc64el UNAME_MACHINE=ppc64le ELF_KIND=02011500
      KERNEL_FLAVOUR=powerpc64le
      # Its firmware written in QEMU, as SLOF takes 10 s to start a kernel. No -icount: it changes no count here.
      TARGET_QEMU=qemu-system-ppc64 TARGET_MACHINE=pseries,x-vof=on TARGET_CPU=power9
      CONSOLE_TTY=hvc0 DATA_TTY=/dev/hvc1
      SERIAL_DEVICES=(-device 'spapr-vty,chardev=console' -device 'spapr-vty,chardev=data')
      GUEST_MODELS=''
      TARGET_PACKAGES='g++-powerpc64le-linux-gnu qemu-system-ppc'
      SYSROOT_EXTRA='libpapi-dev libpapi7.0 libsde1'
      ;;
    x86_64)
      TRIPLE=x86_64-linux-gnu DEBIAN_ARCH=amd64 UNAME_MACHINE=x86_64 ELF_KIND=02013e00 KERNEL_FLAVOUR=amd64
      TARGET_QEMU=qemu-system-x86_64 TARGET_MACHINE=q35 TARGET_CPU=max
      GUEST_MODELS=''
      TARGET_PACKAGES=qemu-system-x86
      ;;
    *) bad_usage "unknown target '$1'; there are ${TARGETS[*]}" ;;
  esac
  export TRIPLE DEBIAN_ARCH
}

# The target of which set_target says VARIABLE=VALUE; nothing where there is none.
target_with() { # VARIABLE VALUE
  local target
  for target in "${TARGETS[@]}"; do
    (set_target "$target"; [ "${!1}" != "$2" ] || echo "$target")
  done
}

is_cross_target() { # WORD
  [[ " ${CROSS_TARGETS[*]} " == *" $1 "* ]]
}
