# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Packages of any Debian suite and architecture, through an apt root of our own: the system's apt
# and dpkg state (sources, foreign architectures, installed packages) is neither read nor changed.
# apt checks every package against lists that it checks against Debian's archive key.

readonly DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror this machine already uses, or Debian's own.
debian_mirror() {
  local mirror=${ZP_DEBIAN_MIRROR:-}
  # shellcheck disable=SC2016 # apt expands it
  [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Label: Debian' 2>/dev/null | head -n 1)
  printf '%s' "${mirror:-http://deb.debian.org/debian}"
}

debian_root() { printf '%s/apt/%s-%s' "$(cache_dir)" "$1" "$2"; } # SUITE ARCH

debian_configure() { # SUITE ARCH ROOT MIRROR
  mkdir -p "$3"/{etc/preferences.d,etc/apt.conf.d,lists/partial,cache/archives/partial} &&
    : >"$3/status" &&
    printf '%s [signed-by=%s] %s %s main\n' \
      deb "$DEBIAN_KEYRING" "$4" "$1" deb-src "$DEBIAN_KEYRING" "$4" "$1" >"$3/etc/sources.list" ||
    return
  apt-config dump | grep -E '^Acquire::(http|https)::' || true # proxies and the like
  cat <<CONF
Dir::Etc "$3/etc";
Dir::Etc::sourceparts "-";
Dir::State "$3";
Dir::State::status "$3/status";
Dir::Cache "$3/cache";
APT::Architecture "$2";
APT::Architectures { "$2"; };
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::GzipIndexes "true";
Acquire::Check-Valid-Until "false";
Acquire::Retries "2";
CONF
}

# Makes the apt root and fetches its lists. Expired lists are accepted: a mirror may stand still (a
# snapshot), and what we rely on is the signature, not the date.
debian_update() { # SUITE ARCH
  local root mirror reason
  need_command apt-get apt
  [ -r "$DEBIAN_KEYRING" ] ||
    cannot_run "no $DEBIAN_KEYRING: apt-get install debian-archive-keyring"
  root=$(debian_root "$1" "$2") mirror=$(debian_mirror)
  mkdir -p "$root" 2>/dev/null || cannot_run "cannot write to the cache $root"
  (
    flock 8
    debian_configure "$1" "$2" "$root" "$mirror" >"$root/apt.conf" &&
      APT_CONFIG=$root/apt.conf apt-get -qq -o APT::Update::Error-Mode=any update &>"$root/update.log"
  ) 8>"$root/lock" && return
  reason="cannot fetch the package lists of $1 $2 from $mirror"
  reason+=" (no network? ZP_DEBIAN_MIRROR names another mirror): $(grep -m 1 '^E:' "$root/update.log")"
  # apt keeps the lists it had, whose signature it has checked.
  compgen -G "$root/lists/*_Packages*" >/dev/null || cannot_run "$reason"
  note "$reason; going on with those of $(date -r "$root/lists" +%F)"
}

debian_apt() { # SUITE ARCH COMMAND... : an apt command within that root
  local config
  config=$(debian_root "$1" "$2")/apt.conf
  shift 2
  APT_CONFIG=$config "$@"
}

# Downloads packages into DIRECTORY/debs and lists them (name, version, sha256) in packages.txt.
debian_download() { # SUITE ARCH DIRECTORY PACKAGE...
  local suite=$1 arch=$2 directory=$3
  shift 3
  mkdir -p "$directory/debs"
  (cd "$directory/debs" && debian_apt "$suite" "$arch" apt-get -qq download "$@") ||
    cannot_run "cannot download from $suite $arch: $*"
  local deb
  for deb in "$directory"/debs/*.deb; do
    printf '%s %s %s\n' "$(dpkg-deb -f "$deb" Package)" "$(dpkg-deb -f "$deb" Version)" \
      "$(sha256sum <"$deb" | cut -d' ' -f1)"
  done >"$directory/packages.txt"
}
