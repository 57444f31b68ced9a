# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A target's libraries, unpacked beside the system's own: what cross builds link against, the root
# that user-mode QEMU shows a program, and where guests get their loader, libraries and busybox from.
#
# Unpacked, not installed: bookworm's libnuma-dev of a foreign architecture cannot be installed beside
# the native one (its linux-libc-dev differs in version), and apt offers to remove the compiler for it.

sysroot_packages() { # TARGET
  # A guest of the host's own architecture takes its libraries from the host.
  if [ "$1" = x86_64 ]; then
    echo busybox-static
    return
  fi
  local benchmark=1debian fmt=9 boost=1.74 nettle=8
  [ "$TARGET_SUITE" != trixie ] || benchmark=1.9.1 fmt=10 boost=1.83 nettle=8t64
  cat <<LIST
libc6 libgcc-s1 libstdc++6 busybox-static
libbenchmark-dev libbenchmark$benchmark libfmt-dev libfmt$fmt libexpected-dev
libnuma-dev libnuma1 libpfm4-dev libpfm4
libcli11-dev rapidjson-dev libboost$boost-dev libsqlite3-dev libsqlite3-0 nettle-dev libnettle$nettle
libgtest-dev libgmock-dev
LIST
  echo "$SYSROOT_EXTRA"
}

# The checksum of the list of packages is part of the name: another list makes a new sysroot.
sysroot_entry() { # TARGET
  printf '%s/sysroots/%s-%s' "$(cache_dir)" "$1" "$(sysroot_packages "$1" | sha256sum | head -c 12)"
}

# pkg-config files speak of /usr: lets them speak of ROOT/usr, where the files of DIRECTORY will lie.
relocate_pkgconfig() { # DIRECTORY ROOT
  find "$1" -name '*.pc' -type f -exec sed -i "s,\(^\|[=LI ]\)/usr,\1$2/usr,g" {} +
}

sysroot_fill() { # TARGET DIRECTORY
  local directory=$2 deb link
  note "fetching the libraries of $1 (Debian $TARGET_SUITE)"
  debian_update "$TARGET_SUITE" "$DEBIAN_ARCH"
  # shellcheck disable=SC2046 # a list of names
  debian_download "$TARGET_SUITE" "$DEBIAN_ARCH" "$directory" $(sysroot_packages "$1")
  for deb in "$directory"/debs/*.deb; do
    dpkg-deb -x "$deb" "$directory" || failed "cannot unpack $deb"
  done
  rm -r "$directory/debs"
  # From trixie on packages have these directories in /usr alone.
  for link in bin lib; do
    [ -e "$directory/$link" ] || ln -s "usr/$link" "$directory/$link"
  done
  # An absolute link would lead out of the sysroot.
  find "$directory" -type l -lname '/*' | while read -r link; do
    ln -sfnr "$directory$(readlink "$link")" "$link"
  done
  relocate_pkgconfig "$directory" "$(sysroot_entry "$1")"
  # libbenchmark reads /proc/cpuinfo and, built for s390x, throws on the lines of another
  # architecture's, which is what user-mode QEMU 7.2 passes through.
  if [ "$1" = s390x ]; then
    mkdir -p "$directory/proc"
    cat >"$directory/proc/cpuinfo" <<'CPUINFO'
vendor_id       : IBM/S390
# processors    : 1
bogomips per cpu: 3241.00
processor 0: version = FF,  identification = 000000,  machine = 8561
CPUINFO
  fi
}

# The directory of TARGET's sysroot in SYSROOT, fetched first where it is missing, and a link without
# the checksum for those who can't compute it (the toolchain files).
sysroot_get() { # TARGET
  set_target "$1"
  SYSROOT=$(sysroot_entry "$1")
  cached "$SYSROOT" sysroot_fill "$1"
  ln -sfn "${SYSROOT##*/}" "$(cache_dir)/sysroots/$1"
}
