#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the Debian packages that building, measuring, analysing and
# testing need: the one place that names packages. Installs only what is
# missing, and says how much that is before it begins; does nothing, and
# needs no root, where nothing is. With ZP_NO_INSTALL=1 (--no-install of
# run-matrix.sh and test.sh) it installs nothing.
#
#   install-deps.sh [--for GROUP]... [--target ARCH]... [--print]
#
#   --for GROUP     build measure analysis test package ssh-test peers
#                   (default: build measure analysis)
#   --target ARCH   @TARGETS@:
#                   what a cross build and a guest under QEMU need
#   --print         print the packages that are missing, install nothing

[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@" # started by another shell: sh SCRIPT
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

packages_of() {
  case $1 in
    build) echo g++ cmake ninja-build pkg-config git libbenchmark-dev libfmt-dev libnuma-dev \
      libexpected-dev libcli11-dev libpapi-dev libpfm4-dev libopenblas-dev zlib1g-dev ;;
    measure) echo jq util-linux ;;
    analysis) echo rapidjson-dev libboost-math-dev libsqlite3-dev nettle-dev gnuplot-nox \
      fonts-dejavu-core ;;
    test) echo clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev bats libgtest-dev libgmock-dev shellcheck \
      binutils cpio git python3 procps strace valgrind sqlite3 python3-scipy libbenchmark-tools slurm-wlm munge \
      debian-archive-keyring chromium perl libxml2-utils python3-jsonschema python3-yaml ;;
    package) echo dpkg-dev file lintian autopkgtest reuse man-db zsh fish ;;  # to make the .deb, and to test it whole
    ssh-test) echo openssh-client openssh-server ;;  # apart: it starts a daemon
    guest) echo qemu-user-static cpio binutils util-linux xz-utils debian-archive-keyring make patch \
      bats ;;  # the cross presets configure the tests, too
    peers) echo likwid hpcc libbenchmark-tools python3-scipy linux-perf time ;;
    *)
      [[ " ${TARGETS[*]} " == *" $1 "* ]] || bad_usage "unknown group '$1'; see --help"
      set_target "$1"
      echo "$(packages_of guest) $TARGET_PACKAGES" ;;
  esac
}

groups=() print=
while [ $# -gt 0 ]; do
  case $1 in
    --for | --target)
      [ -n "${2-}" ] || bad_usage "$1 needs a value; see --help"
      [ "$1" = --for ] || set_target "$2"
      groups+=("$2"); shift 2 ;;
    --print) print=1; shift ;;
    -h | --help) usage; exit 0 ;;
    *) bad_usage "unknown option '$1'; see --help" ;;
  esac
done
[ ${#groups[@]} -gt 0 ] || groups=(build measure analysis)

# Groups share packages: each is named once, in their order.
wanted=()
for group in "${groups[@]}"; do
  list=$(packages_of "$group")
  read -ra names <<<"$(tr -s ' \n' ' ' <<<"$list")"
  for package in "${names[@]}"; do
    [[ " ${wanted[*]} " == *" $package "* ]] || wanted+=("$package")
  done
done
command -v dpkg-query >/dev/null || {
  [ -z "${ZP_NO_INSTALL-}" ] || exit 0
  cannot_run "this is not Debian (no dpkg-query): install what README.md names, then go on with --no-install"
}
missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
done
if [ -n "$print" ]; then
  [ ${#missing[@]} -eq 0 ] || printf '%s\n' "${missing[@]}"
  exit 0
fi
[ ${#missing[@]} -gt 0 ] || exit 0
if [ -n "${ZP_NO_INSTALL-}" ]; then
  note "--no-install: going on without the packages ${missing[*]}"
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  cannot_run "missing packages; as root: apt-get install ${missing[*]}"
fi

export DEBIAN_FRONTEND=noninteractive
work=$(scratch apt)
trap 'rm -rf "$work"' EXIT
end_on_signals
log=$work/log
apt_failed() { tail -n 20 "$log" >&2; failed "apt-get $1 failed"; }

# "57 packages, 45.3 MB to fetch, 200 MB on disk": with all that the missing ones need in turn.
apt_amount() {
  apt-get install --assume-no --no-install-recommends "${missing[@]}" 2>/dev/null | sed -nE '
    s/.* ([0-9]+) newly installed.*/\1 packages/p
    s/^Need to get (.*) of archives.*/\1 to fetch/p
    s/^After this operation, (.*) of additional disk space.*/\1 on disk/p' | paste -sd, - | sed 's/,/, /g'
}

# apt's own report: dlstatus or pmstatus, what it is of, percent, words.
show_percent() {
  local kind percent words
  while IFS=: read -r kind _ percent words; do
    case $kind in
      dlstatus) progress "fetching: ${percent%.*} %" ;;
      pmstatus) progress "installing: ${percent%.*} %, $words" ;;
    esac
  done
  progress_end
}

progress "looking what apt has"
apt-get update -q >"$log" 2>&1 || apt_failed update
progress_end
amount=$(apt_amount) || :
note "installing ${missing[*]} and what they need: $amount"
apt-get install -y -q --no-install-recommends -o APT::Status-Fd=3 "${missing[@]}" 3>&1 >"$log" 2>&1 | show_percent ||
  apt_failed install
