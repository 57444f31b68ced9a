# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The guest's root file system: busybox, the programs, and the loader and libraries they need.

# Where TARGET's libraries lie. A guest of this machine's own architecture runs native builds, with
# the libraries they were linked with.
library_path() { # TARGET
  local root roots=("$SYSROOT")
  [ "$1" != "$(uname -m)" ] || roots=("" "$SYSROOT")
  for root in "${roots[@]}"; do
    printf '%s\n' "$root"/{,usr/}lib/"$TRIPLE" "$root"/{,usr/}lib{64,}
  done
}

find_library() { # NAME DIRECTORY...
  local name=$1 directory
  shift
  for directory; do
    if [ -f "$directory/$name" ]; then
      echo "$directory/$name"
      return
    fi
  done
  return 1
}

# Copies what the ELF file needs, and what that needs in turn, into DIRECTORY: libraries into /lib,
# the loader where the program looks for it.
add_libraries() { # TARGET DIRECTORY FILE
  local headers directories wanted name place
  headers=$(readelf --wide --dynamic --program-headers "$3" 2>/dev/null) || return 0
  mapfile -t directories < <(
    sed -n 's/.*(RUNPATH).*\[\(.*\)\]/\1/p' <<<"$headers" | tr ':' '\n'
    library_path "$1"
  )
  mapfile -t wanted < <(
    sed -n 's/.*program interpreter: \(.*\)\]/\1/p
            s/.*(NEEDED).*\[\(.*\)\]/\/lib\/\1/p' <<<"$headers"
  )
  for name in "${wanted[@]}"; do
    [ ! -e "$2$name" ] || continue
    place=$(find_library "${name##*/}" "${directories[@]}") ||
      cannot_run "$3 needs ${name##*/}, which is in none of: ${directories[*]}"
    mkdir -p "$2${name%/*}"
    cp -L "$place" "$2$name"
    add_libraries "$1" "$2" "$place"
  done
}

add_program() { # TARGET DIRECTORY FILE GUEST-PATH
  local machine
  [ -e "$3" ] || bad_usage "no such file: $3"
  machine=$(elf_machine "$3")
  [ -z "$machine" ] || [ "$machine" = "$1" ] ||
    bad_usage "$3 is a program for $machine, not for $1 (build with the preset $1)"
  mkdir -p "$2$(dirname "$4")" 2>/dev/null || bad_usage "$3: $4 is below a file of the guest"
  cp -rL --no-preserve=ownership "$3" "$2$4"
  [ -n "$machine" ] || return 0
  # Debug information is most of a program, and in a guest it takes memory.
  ! command -v "$TRIPLE-strip" >/dev/null || "$TRIPLE-strip" --strip-debug "$2$4"
  add_libraries "$1" "$2" "$3"
}

# FILE of FILE[:PATH]. What is there as a whole has no PATH, whatever colons are in it.
added_file() { # FILE[:PATH]
  if [ -e "$1" ]; then echo "$1"; else echo "${1%:*}"; fi
}

# Whether it can be copied to an end: a FIFO has none, nor has a directory in which the copy is made ("$UNSET/").
copies_whole() { # FILE
  local directory
  [ ! -f "$1" ] || return 0
  [ -d "$1" ] && directory=$(realpath -- "$1") && [[ $(realpath -- "${TMPDIR:-/tmp}")/ != "${directory%/}"/* ]]
}

# Where FILE[:PATH] of --add goes; .. leads out of the guest's root as little as in the guest.
guest_place() { # FILE[:PATH]
  if [ -e "$1" ] || [[ $1 != *:* ]]; then echo "/work/$(basename -- "$1")"; else realpath -ms -- "/${1##*:}"; fi
}

# Refuses a place that the guest mounts over or writes itself: what was added would be gone without a word.
check_places() { # FILE[:PATH]...
  local file place
  for file; do
    place=$(guest_place "$file")
    case $place/ in
      // | /init/* | /job/* | /bin/ | /bin/busybox/* | /dev/* | /proc/* | /sys/* | \
        /tmp/ | /tmp/data/* | /work/ | /work/out/ | /work/stdout/* | /work/stderr/*)
        bad_usage "--add $file: $place is taken in the guest; give it another one (FILE:PATH)" ;;
    esac
  done
}

quote() { # ARGUMENT... -> words that any POSIX shell reads back as they were
  local argument
  for argument; do printf "'%s' " "${argument//\'/\'\\\'\'}"; done
}

# Not compressed: an emulated CPU would spend longer on unpacking than the host on reading.
pack_initramfs() { # DIRECTORY FILE
  (cd "$1" && find . -print0 | cpio --quiet --null -o -H newc -R 0:0) >"$2"
}
