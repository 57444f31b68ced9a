# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034  # run-matrix.sh's variables
# What zpbench will refuse, said before it is built: its options, their values and the lines of a matrix file, as
# far as the sources tell. Sourced by run-matrix.sh.

# The lists of a matrix, from the tables in the sources, one per line: "walks", "sequential", "sequential, random, ...
lists_in_sources() {
  cat "$top/bench/cell.hpp" "$top/bench/lists.cpp" 2>/dev/null | tr -s '[:space:]' ' ' |
    grep -oE '(axis\( ?|numbers\( ?|\{)"[a-z]+", "[^"]*", "[^"]*"' | sed -E 's/^[^"]*//'
}

# The words that an option of zpbench takes, as the sources name them, one per line; nothing where it takes others, too.
words_of() {  # OPTION
  [ -d "$top/bench" ] || return 0
  case $1 in
    --placements)
      tr -s '[:space:]' ' ' <"$top/harness/names/placement_id.cpp" |
        grep -oE 'PlacementEntry\{k\w+, "[a-z_]+", "[^"]*", \w+, \w+, "[^"]*", \w+' |
        sed -E 's/^[^"]*"([a-z_]+)".* k(\w+)$/"\1:\2"/; s/:None//; s/:\w+"/:N"/' ;;
    --model) (cd "$top/harness/model/cpus" && echo *.cpu | sed 's/\.cpu//g') ;;
    --counter-source) echo auto; grep -oE 'CounterSourceEntry\{"[a-z]+", ""' "$top/harness/counters/counters.cpp" | grep -oE '"[a-z]+"' ;;
    --families) echo read; grep -hoE 'Family\{"[a-z]+"' "$top"/bench/*_families.cpp | grep -oE '"[a-z]+"' | sort ;;
    --walks | --register | --offsets | --shares)
      lists_in_sources | sed -nE "s/^\"${1#--}\", \"[a-z,]*\", \"([a-z]+(, [a-z]+)*)[\":].*/\1/p" | tr -s ', ' '\n' ;;
  esac 2>/dev/null | tr -d '"'
}

# What the command line says of --families, --shares and, in bytes and counts, --tables, --strides and --threads.
declare -A asked=()

# zpbench's word: a stride is at most its table, and a thread has a read of its own.
check_split() {
  local table stride threads
  [[ ,${asked[--families]-read}, == *,read,* ]] || return 0
  for table in ${asked[--tables]-}; do
    for stride in ${asked[--strides]-}; do
      ((stride <= table)) || bad_usage "after --: stride $stride must be at most the table ($table bytes)"
      [ "${asked[--shares]-}" != whole ] || continue
      for threads in ${asked[--threads]-}; do
        ((table / stride >= threads)) ||
          bad_usage "after --: threads $threads: a table of $table bytes has only $((table / stride)) reads at stride $stride to split"
      done
    done
  done
}

# By option; the sources are read once, however long a matrix is.
declare -A known_words=()

is_count() { [[ $1 =~ ^[0-9]{1,10}$ ]] && ((10#$1 >= $2 && 10#$1 <= $3)); }  # TEXT LEAST MOST

# 2: it is no regular expression. "{200}{200}" would take all memory: zpbench counts first.
matched() { [[ $1 == *'{'* || ${#1} -gt 4096 || '' =~ $1 ]]; }  # PATTERN

# Of zpbench's options: no file goes along to a guest or another machine but the matrix.
file_here() {  # OPTION FILE
  [ "$target" = native ] || bad_usage "$1 '$2': there is no such file at the target $target"
  { [ -f "$2" ] && [ -r "$2" ]; } || bad_usage "$1 '$2': no such file, or it can't be read"
}

check_value() {  # OPTION VALUE
  local parts part words what size_bytes unit=4096
  IFS=, read -ra parts <<<"$2"
  case $1 in
    --filter | --exclude | --once)
      matched "$2" || [ $? != 2 ] || bad_usage "$1 '$2' is not a regular expression" ;;
    --min-time)
      awk -v v="${2%s}" 'BEGIN {exit !(v ~ /^[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[-+]?[0-9]+)?$/ && v > 0 && v <= 3600)}' ||
        bad_usage "$1 '$2': must be seconds, above 0 and at most 3600" ;;
    --guest-kernel) file_here "$1" "$2" ;;
    --repetitions | --family-table | --counter-source) parts=("$2") ;;
    # Of counters libpfm4 and PAPI alone know the events: "page-faults" and "cs" are some.
    --families | --placements | --tables | --strides | --walks | --threads | --register | --offsets | --shares | --counters)
      [ "$1" != --strides ] || unit=8
      [[ $2 == *[!,]* ]] || bad_usage "$1: the list is empty" ;;
  esac
  [ -n "${known_words[$1]+read}" ] || known_words[$1]=$(words_of "$1" | tr '\n' ' ') || :
  words=${known_words[$1]% }
  for part in "${parts[@]}"; do
    [ -n "$part" ] || continue
    case $1:$part in
      --tables:l[123] | --tables:shared_l2) continue ;;
      --model:*/* | --model:*.cpu) file_here "$1" "$part"; continue ;;
      --tables:* | --strides:* | --family-table:*)
        is_size "$part" || bad_usage "$1: '$part' is not a size; write bytes, or 4k, 256m, 1g"
        ((size_bytes > 0 && size_bytes % unit == 0)) || bad_usage "$1: '$part' is not a multiple of $unit bytes above 0"
        asked[$1]+=" $size_bytes" ;;
      --threads:*)
        is_count "$part" 1 4096 || bad_usage "$1: '$part' must be a count, 1 to 4096"
        asked[$1]+=" $((10#$part))" ;;
      --shares:* | --families:*) asked[$1]=$2 ;;
      --repetitions:*) is_count "$part" 1 100000 || bad_usage "$1: '$part' must be a count, 1 to 100000" ;;
      --nodes:*) is_count "$part" 0 1000000 || bad_usage "$1: '$part' is not a count" ;;
      --colours:* | --placements:*_coloured:*)
        { is_count "${part##*:}" 1 4096 && ! ((10#${part##*:} & 10#${part##*:} - 1)); } ||
          bad_usage "$1: '$part': colours must be a power of two, 1 to 4096" ;;
      --sharers:* | --placements:ksm_shared:*)
        is_count "${part##*:}" 2 1073741824 || bad_usage "$1: '$part': pages that share a frame must be 2 to 1073741824" ;;
    esac
    [ -z "$words" ] || [[ $part != *' '* && " $words " == *" $part "* || " $words " == *" ${part%:*}:N "* ]] || {
      case $1 in --families) what=family ;; *) what=${1#--} what=${what%s} ;; esac
      bad_usage "unknown $what '$part'; there are $words"
    }
  done
}

# The options of zpbench as the sources have them, one per line: "-t,--tables", "--walks". None without the sources.
options_in_sources() {
  grep -ohE '"(-[a-z],)?--[a-z-]+"' "$top/bench/options.cpp" 2>/dev/null || return 0
  lists_in_sources | sed -E 's/^"([a-z]+)".*/"--\1"/'
}

# Options and values are refused here where the sources alone tell that zpbench will refuse them.
check_words() {  # OPTION...
  local known flags word name given=$'\n' previous=''
  known=$(options_in_sources) asked=()
  [ -n "$known" ] || return 0
  flags=$(grep -ohE 'add_(flag|action)\("[^"]*"' "$top/bench/options.cpp") || :
  for word in "$@" -q; do
    case $word in
      -q | --*)
        # Only one is whole without its value.
        [ -z "${previous#--counters}" ] || bad_usage "after --: $previous needs a value"
        previous='' name=${word%%=*} ;;
    esac
    case $word in
      --v=* | -q) ;;
      --benchmark_*)
        grep -qF -e "\"$name=" -e "\"$name\"" "$top/bench/benchmark_flags.cpp" || bad_usage "$name has no meaning here (see zpbench --help)"
        name=${name#--benchmark_}
        case $name in
          filter | repetitions | min_time) check_value "--${name/_/-}" "${word#*=}" ;;
          context) [[ ,${word#*=} =~ ^(,[^,=]+=[^,=]*)+$ ]] || bad_usage "$word: must be KEY=VALUE, with commas between several" ;;
        esac ;;
      --*)
        grep -qE "[\",]$name\"" <<<"$known" || bad_usage "zpbench has no option $name (see zpbench --help)"
        once "$name"
        case $word in
          *=) bad_usage "after --: $name needs a value" ;;
          *=*)
            ! grep -qE "[\",]$name\"" <<<"$flags" || [[ ${word#*=} =~ ^(true|false|[0-9])$ ]] ||
              bad_usage "after --: $word: $name is there or not"
            check_value "$name" "${word#*=}" ;;
          *) grep -qE "[\",]$name\"" <<<"$flags" || previous=$name ;;
        esac ;;
      *)
        [ -n "$previous" ] || bad_usage "after --: '$word' is no option of zpbench (see zpbench --help)"
        check_value "$previous" "$word"
        previous='' ;;
    esac
  done
  check_split
}

# The lines of a matrix file that zpbench would refuse once it is built, as far as the sources tell.
check_matrix() {  # FILE
  local line name value known lists seen=' ' blocks=''
  # What a block may say, and what may stand before the first.
  lists=$(lists_in_sources | grep -oE '^"[a-z]+"') || :
  known=$lists$(sed -n '/ known_options() {/,/^}/p' "$top/bench/matrix_file.cpp" 2>/dev/null) || :
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in *[![:space:]]*) ;; *) continue ;; esac
    line=${line#"${line%%[![:space:]]*}"} line=${line%"${line##*[![:space:]]}"}
    case $line in
      '#'*) continue ;;
      '['*']') seen=' ' blocks=1; continue ;;
      *=*) ;;
      *) bad_usage "matrix $1: '$line' is not 'option = value'" ;;
    esac
    name=${line%%=*} value=${line#*=}
    name=${name%"${name##*[![:space:]]}"} value=${value#"${value%%[![:space:]]*}"}
    [[ $seen != *" $name "* ]] || bad_usage "matrix $1: '$name' is there twice"
    seen+="$name "
    if [ -n "$known" ]; then
      [[ $known == *\"$name\"* ]] || bad_usage "matrix $1: unknown option '$name'"
      [ -z "$blocks" ] || [[ $name != families && $lists == *\"$name\"* ]] ||
        bad_usage "matrix $1: '$name' must stand before the first block"
    fi
    [[ $value || $name =~ ^(filter|exclude|once|family-table)$ ]] || bad_usage "matrix $1: '$name' has no value"
    case $name in
      passes)
        [[ $value =~ ^[1-9][0-9]{0,3}$ ]] || bad_usage "matrix $1: passes '$value': must be 1 to 9999" ;;
      *) check_value "--$name" "$value" ;;
    esac
  done <"$1"
}
