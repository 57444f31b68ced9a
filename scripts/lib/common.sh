# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What every script shares: help, messages, exit codes, targets, and a cache that only ever holds whole things.

# Whatever started the script (sh SCRIPT), and what people export (CDPATH makes cd print, SHELLOPTS keeps > from
# replacing a file and * from naming any).
set +o posix +o noclobber +o noglob
# A closed one would be the next file's.
true >&2 || exec 2>/dev/null
unset CDPATH POSIXLY_CORRECT TAR_OPTIONS GIT_DIR GIT_WORK_TREE
# Elsewhere [a-z] has no i (Turkish), a number a comma, and what readelf prints is in another language. A name stays
# the bytes that it is.
export LC_ALL=C
# Another place in each directory.
case ${TMPDIR-} in '' | /*) ;; *) TMPDIR=$PWD/$TMPDIR ;; esac

# The comment at the script's top, below the licence; by the name under which the script was called, and with the
# targets that there are.
usage() {
  awk -v own="$(basename "$(readlink -f "$0")")" -v called="${0##*/}" \
    -v targets="${TARGETS[*]}" -v cross_targets="${CROSS_TARGETS[*]}" '
    NR <= 2 {next} !/^#/ {exit}
    {sub(/^# ?/, ""); gsub(own, called); gsub(/@TARGETS@/, targets); gsub(/@CROSS_TARGETS@/, cross_targets); print}' "$0"
}

# What others wrote (an argument, a file's name) must not act on the terminal: one line of ASCII, in every locale.
printable() {
  local text=$*
  printf '%s' "${text//[! -~]/?}"
}
# A line for people, on stdout.
say() { printf '%s\n' "$(printable "$*")"; }
# Nobody may be there to read it: no reason to stop.
note() { printf '%s: %s\n' "${0##*/}" "$(printable "$*")" >&2 || :; }

# What a long step is at, on stderr: one line of a terminal, written over; elsewhere a line every half minute.
progress_next=0
progress() { # TEXT
  local columns=80
  if on_terminal; then
    # Whatever somebody exported: bash would evaluate it.
    [[ ! ${COLUMNS-} =~ ^[1-9][0-9]{0,3}$ ]] || columns=$COLUMNS
    printf '\r\033[K%.*s' "$((columns - 1))" "$(printable "$*")" >&2
  elif [ "$SECONDS" -ge "$progress_next" ]; then
    progress_next=$((SECONDS + 30))
    say "$*" >&2 || :
  fi
}
progress_end() { ! on_terminal || printf '\r\033[K' >&2; }
on_terminal() { [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; }

# What a script was called for, a path a line, as it is: whoever reads it needs each byte.
result() { # PATH...
  printf '%s\n' "$@" 2>/dev/null || failed "cannot write to standard output: $*"
}

# Each says what is wrong and ends the script with the exit code of harness/support/error.hpp.
failed() { note "$@"; exit 1; }      # it ran, and went wrong
bad_usage() { note "$@"; exit 2; }   # the caller has to change something
cannot_run() { note "$@"; exit 4; }  # this machine lacks something

# Refuses an option that was given before: which of two was meant, nobody knows.
given=$'\n'
once() { # OPTION
  [[ $given != *$'\n'"$1"$'\n'* ]] || bad_usage "$1 is there twice"
  given+=$1$'\n'
}

# Refuses a name that would act on a terminal (also by the controls above ASCII, in UTF-8), or take two lines where it
# is one of the results.
plain_path() { # OPTION PATH
  [[ $2 != *[[:cntrl:]]* && $2 != *$'\xc2'[$'\x80'-$'\x9f']* ]] ||
    bad_usage "$1 '${2//[[:cntrl:]]/?}': a name with a newline or another control character"
}

# As zpbench reads a size (harness/support/units.cpp): 4096, 4k, 4KiB, 4kb. Leaves it in size_bytes.
is_size() { # SIZE
  local power=_kmgt
  [[ ${1,,} =~ ^0*([0-9]{1,15})(b|([kmgt])(i?b)?)?$ ]] || return
  power=${power%%"${BASH_REMATCH[3]:-_}"*}
  # So much fits the shell's numbers.
  ((BASH_REMATCH[1] >> (62 - 10 * ${#power}) == 0)) && size_bytes=$((BASH_REMATCH[1] << 10 * ${#power}))
}

# The size of a guest's memory or swap in M or G, as QEMU takes it.
# shellcheck disable=SC2034  # guest-runs.sh's and emulate.sh's
guest_memory=1G # where no --memory names another
memory_size() { # OPTION SIZE
  local size_bytes=0 mib
  is_size "$2" || size_bytes=0
  mib=$((size_bytes >> 20))
  if [ "$mib" = 0 ] || [ "$size_bytes" != $((mib << 20)) ]; then bad_usage "$1 $2: write a size of whole MiB, as 512m or 1g"; fi
  if [ $((mib % 1024)) = 0 ]; then echo $((mib / 1024))G; else echo "${mib}M"; fi
}

# Swap of a guest is a RAM disk: it lies in the guest's memory.
swap_fits() { # SWAP MEMORY
  local size_bytes swap_bytes
  is_size "$1" && swap_bytes=$size_bytes && is_size "$2" && [ "$swap_bytes" -lt "$size_bytes" ] && return
  bad_usage "--swap $1: it takes more of the guest's memory than --memory $2"
}

# What people press and batch systems send.
ending_signals=(INT TERM HUP QUIT USR1 USR2 ALRM XCPU VTALRM PROF PWR IO)

# Each ends the script by its EXIT trap, which bash itself runs at few of them.
end_on_signals() {
  local signal
  # shellcheck disable=SC2064  # now
  for signal in "${ending_signals[@]}"; do trap "exit $((128 + $(kill -l "$signal")))" "$signal"; done
}

# Seconds since the boot, in now: bash's SECONDS follows a clock that is set. It has to do where /proc shows processes
# only (subset=pid).
uptime_now() { { read -r now _ </proc/uptime && now=${now%.*}; } 2>/dev/null || now=$SECONDS; }

# A new directory, named; to be removed by who asked.
scratch() { # NAME
  mktemp -d "${TMPDIR:-/tmp}/zpbench-$1.XXXXXX" 2>/dev/null ||
    cannot_run "cannot make a directory in ${TMPDIR:-/tmp}; TMPDIR names another place"
}

# What is there of a path. A link that leads nowhere is in the way.
there_of() { # PATH
  local there
  there=$(realpath -m -- "$1") || return
  while [ ! -e "$there" ] && [ ! -L "$there" ]; do there=$(dirname "$there"); done
  printf '%s' "$there"
}

# Whether a directory could be made there, with those above it that are missing, or is there and takes files. Leaves nothing.
can_make() { # DIRECTORY
  local there
  # Root may write everywhere, and still not make a directory in /proc.
  there=$(there_of "$1") && [ -d "$there" ] && rmdir "$(mktemp -d "$there/.zpbench.XXXXXX")"
} 2>/dev/null

can_write() { # FILE
  if [ -e "$1" ]; then [ ! -d "$1" ] && [ -w "$1" ]; else [ -d "$(dirname -- "$1")" ] && can_make "$1"; fi
}

need_command() { # COMMAND PACKAGE
  command -v "$1" >/dev/null ||
    cannot_run "$1 is not installed: apt-get install $2"
}

# A relative one would be another place in each directory, and means none. Without HOME (a service, env -i) that of
# the password file. CMake (cmake/toolchains/common.cmake) looks there, too.
cache_home() {
  local home=${HOME-}
  [ -n "$home" ] || home=$(getent passwd "$(id -u)" | cut -d: -f6)
  export XDG_CACHE_HOME=${home:-/tmp}/.cache
}
case ${XDG_CACHE_HOME-} in /*) ;; *) cache_home ;; esac
cache_dir() { printf '%s/zpbench' "$XDG_CACHE_HOME"; }

# cached ENTRY COMMAND...: fills the directory ENTRY of the cache once, by running COMMAND with an
# empty directory as its last argument. The directory takes its name only when COMMAND succeeded, so
# an entry that is there is whole; a lock lets scripts that run side by side share one filling.
cached() {
  local entry=$1 partial status
  shift
  [ ! -d "$entry" ] || return 0
  mkdir -p "${entry%/*}" 2>/dev/null || cannot_run "cannot write to the cache ${entry%/*}"
  (
    flock --nonblock 9 || { note "another script fills $entry: waiting until it has"; flock 9; }
    [ ! -d "$entry" ] || exit 0
    rm -rf "$entry".partial.* # of one that was killed: who fills it holds the lock
    partial=$(mktemp -d "$entry.partial.XXXXXX")
    trap 'rm -rf "$partial"' EXIT
    end_on_signals
    chmod 755 "$partial"
    "$@" "$partial" && mv "$partial" "$entry"
  ) 9>"$entry.lock"
  # Where the caller asks for the outcome (||), set -e is off.
  status=$?
  [ "$status" = 0 ] || exit "$status"
}

. "${BASH_SOURCE[0]%/*}/targets.sh"
