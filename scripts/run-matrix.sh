#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Measures a matrix of cells in several passes, and prints the table. In a
# checkout it first installs what is missing and builds. The last line on
# stdout is the run directory (of several kernels: one per line).
#
#   run-matrix.sh [--quick | --full | --matrix NAME] [options]
#                 [-- zpbench options]
#
#   --quick          what use_zero_pages changes, about two minutes
#                    (default); in a guest: the matrix "guest"
#   --full           every placement, throughput and latency
#   --matrix NAME    of bench/matrices/, e.g. claims; or a file of your own
#   --passes N       processes that each measure every cell (of claims: what
#                    is timed), each in another order (default: what the
#                    matrix says, else 3); in guests: boots of every kernel
#                    (default 1)
#   --seed N         of the orders (default: from the clock; the manifest
#                    keeps it)
#   --out DIR        where results go (default: results/ of the checkout;
#                    installed: of the current directory)
#   --resume DIR     continue an interrupted run; one over ssh with its
#                    --target
#   --bin DIR        use the programs in DIR, build none for this machine
#   --no-install     build with what is installed, install nothing
#   --dry-run        say what would be done; change nothing
#
#   --target T       native (default); @CROSS_TARGETS@:
#                    a guest under QEMU that boots a kernel;
#                    ssh:HOST: there, with programs that are copied for the
#                    run. Guests, and machines of another architecture, need
#                    a checkout
#   --kernel K       of the guest, may be repeated (then the runs are
#                    compared): an image, debian:SUITE (default
#                    debian:bookworm, riscv64: trixie), for mips64el also vce
#                    (eight zero pages), debian:SUITE/FLAVOUR (of other
#                    pages: trixie/arm64-16k, sid/powerpc64le,
#                    sid/powerpc64le-64k)
#   --memory SIZE    of the guest (default 1G): sets the colours of s390x's
#                    zero pages
#   --swap SIZE      swap in the guest, for the families safety (--matrix
#                    claims) and swap (debates)
#   --cpu MODEL      of the guest, as scripts/emulate.sh has it
#   --trace          a QEMU plugin follows every read of the timed walks
#
#   --target slurm[:PARTITION]
#                    each node of a cluster (docs/fleet.md); with a second
#                    --target, a guest, its kernels are spread over the
#                    nodes. The last line on stdout, for --resume, is the
#                    fleet's directory
#   --nodes A,B      of the cluster (default: all of the partition)
#   --constraint F   only nodes with the feature F
#
# Exit status: 0 done; 1 some row failed verification; 2 usage; 4 can't run
# here; 128 + the signal: interrupted (go on with --resume), or zpbench was
# killed or crashed, as it says, and its knobs are put back.

[ -n "${BASH_VERSION-}" ] || exec bash "$0" "$@" # started by another shell: sh SCRIPT
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/lib/common.sh"

top=${here%/*}
# Installed, as zpbench-run, there is nothing to build: the programs lie beside it, results in the current directory.
installed='' own_bin='' results=$top/results
[ -e "$here/build.sh" ] || installed=1 own_bin=$(realpath -m "$top/bin") results=results
. "$here/lib/run-directory.sh"
. "$here/lib/check-words.sh"

matrix='' passes='' seed='' out='' resume='' bin='' dry_run='' extra=()
once_matrix() { [ -z "$matrix" ] || bad_usage "--quick, --full and --matrix: one of them"; }
target=native kernels=() guest_options=() trace='' cluster='' fleet_nodes='' constraint=''
while [ $# -gt 0 ]; do
  case $1 in
    --quick | --full) once_matrix; matrix=${1#--}; shift ;;
    --matrix | --passes | --seed | --out | --resume | --bin | --target | --kernel | --memory | --swap | --cpu | \
        --nodes | --constraint)
      # An empty one is a variable of the caller's that is not set: --resume "$RUN" would begin anew.
      case ${2-} in '' | --*) bad_usage "$1 needs a value" ;; esac
      case $1:$2 in
        --kernel:*) ;;
        --matrix:*) once_matrix ;;
        --target:slurm | --target:slurm:?*) once '--target slurm' ;;
        *) once "$1" ;;
      esac
      case $1 in
        --matrix) matrix=$2 ;;
        --passes) passes=$2 ;;
        --seed) seed=$2 ;;
        --out) out=$2 ;;
        --resume) resume=$2 ;;
        --bin) bin=$2 ;;
        --target) case $2 in slurm | slurm:?*) cluster=$2 ;; *) target=$2 ;; esac ;;
        --nodes) fleet_nodes=$2 ;;
        --constraint) constraint=$2 ;;
        --kernel) kernels+=("$2") ;;
        --memory | --swap | --cpu) guest_options+=("$1" "$2") ;;
      esac
      shift 2 ;;
    --trace) trace=1; shift ;;
    --no-install) export ZP_NO_INSTALL=1; shift ;;  # install-deps.sh looks at it, whoever calls that
    --dry-run) dry_run=1; shift ;;
    -h | --help) usage; exit 0 ;;
    --) shift; extra=("$@"); break ;;
    *) bad_usage "unknown option '$1'; see --help" ;;
  esac
done
if [ -n "$resume" ]; then
  [ -z "$dry_run" ] || bad_usage "--dry-run says what a new run would do: leave out --resume"
  case $target in native | ssh:*) ;; *) bad_usage "--resume is for runs on this machine or over ssh" ;; esac
  [ -z "$matrix$passes$seed$out$fleet_nodes$constraint${extra[*]}" ] ||
    bad_usage "--resume goes on as the run was begun: no matrix, --passes, --seed, --out or options of zpbench"
fi
previous=''
for word in "${extra[@]}"; do
  case $previous:$word in
    *:--matrix | *:--seed | *:--pass | *:--out | *:--matrix=* | *:--seed=* | *:--pass=* | *:--out=* | *:--benchmark_out=*)
      bad_usage "after --: '$word' is what this script sets for each pass (its own --matrix, --seed and --out stand before --)" ;;
    *:-h | *:--help | *:--version | *:--list | *:--doctor | *:--doctor=* | *:--dry-run | *:--restore | *:--probe | *:--probe=* | \
        *:--simulate | *:--simulate=* | *:--noise | *:--noise=* | *:--cpu-file | *:--cpu-file=* | \
        *:--json | *:--benchmark_format=json | *:--benchmark_list_tests* | *:--counters=list | --counters:list)
      bad_usage "after -- stands what zpbench measures with; '$word' is for zpbench itself (${bin:-${own_bin:-build/release/bin}}/zpbench)" ;;
  esac
  previous=$word
done
: "${matrix:=quick}" "${out:=$results}" "${bin:=$own_bin}"
case $target in
  native | ssh:?*) ;;
  *) is_cross_target "$target" || bad_usage "--target '$target': native, ${CROSS_TARGETS[*]}, ssh:HOST or slurm[:PARTITION]" ;;
esac
[ -z "$resume" ] || [ ! -f "$resume/jobs/fleet.json" ] || : "${cluster:=slurm}"
if [ -z "$cluster" ]; then
  [ -z "$fleet_nodes$constraint" ] ||
    bad_usage "--nodes and --constraint are for --target slurm; zpbench's own --nodes stands after --"
elif [[ $target = ssh:* ]]; then
  bad_usage "--target $cluster: its nodes are reached by Slurm, not by ssh"
fi
case $target in
  native | ssh:*)
    [ "${#kernels[@]}${#guest_options[@]}$trace" = 00 ] ||
      bad_usage "--kernel, --memory, --swap, --cpu and --trace are for guests: --target ${CROSS_TARGETS[*]}"
    ;;
  *) : "${passes:=1}" ;;
esac
[ -z "$installed" ] || ! is_cross_target "$target" ||
  cannot_run "--target $target builds programs for its guests: run scripts/run-matrix.sh of a checkout"
# Whether zpbench has a matrix of that name: by the sources, else the program says it, where there is no such file.
own_matrix() {
  if [ -d "$top/bench/matrices" ]; then [ -f "$top/bench/matrices/$matrix.matrix" ]; return; fi
  local program
  program=$(realpath -m -- "$bin")/zpbench
  (cd / && "$program" --matrix "$matrix" --list) >/dev/null 2>&1
}
# A word is the name of a matrix, which zpbench knows; anything else is a file.
case $matrix in
  *[./]*) [ -f "$matrix" ] || bad_usage "--matrix '$matrix': no such file"; matrix=$(realpath -- "$matrix") ;;
  *) [ ! -f "$matrix" ] || own_matrix || matrix=$(realpath -- "$matrix") ;;
esac
case $matrix in /*) check_matrix "$matrix" ;; esac
plain_path --out "$out"
[ -z "$resume" ] || plain_path --resume "$resume"
passes_of() {  # MATRIX
  local file=$top/bench/matrices/$1.matrix
  case $1 in /*) file=$1 ;; esac
  [ ! -f "$file" ] || sed -n 's/^[[:space:]]*passes[[:space:]]*=[[:space:]]*\([0-9]*\)[[:space:]]*$/\1/p' -- "$file"
}
[ -n "$passes" ] || passes=$(passes_of "$matrix")
: "${passes:=3}"
[[ $passes =~ ^[1-9][0-9]{0,3}$ ]] || bad_usage "--passes '$passes': must be 1 to 9999"
[[ $seed =~ ^[0-9]{0,15}$ ]] || bad_usage "--seed '$seed': must be a number"
seed=$((10#${seed:-$(date +%s)}))
# What the sources know is refused before anything is installed or built for it; the program says the rest.
if [ -d "$top/bench/matrices" ]; then
  case $matrix in
    *[./]*) ;;
    *) [ -f "$top/bench/matrices/$matrix.matrix" ] || [ -f "$matrix" ] || {
      known=("$top"/bench/matrices/*.matrix)
      known=("${known[@]##*/}")
      bad_usage "--matrix '$matrix': neither one of ${known[*]%.matrix} nor a file"
    } ;;
  esac
fi
check_words "${extra[@]}"
[ -z "$bin" ] || [ -d "$bin" ] || bad_usage "--bin: $bin is not a directory"
# Of programs that are not built here, whether they are there: said by a dry run too, and not after the last pass.
bin_has() {  # PROGRAM
  [ -z "$bin" ] || { [ -f "$bin/$1" ] && [ -x "$bin/$1" ]; } || bad_usage "--bin: $bin/$1 is not a program"
}

build_here() {  # PROGRAM...
  [ -z "$bin" ] || return 0
  "$top/scripts/install-deps.sh"
  "$top/scripts/build.sh" release "$@"
  bin=$top/build/release/bin
}

[ -n "$resume" ] || run_check_out "$out"
if [ -n "$cluster" ]; then . "$top/scripts/lib/slurm-run.sh"; slurm_run; fi
case $target in
  native) . "$top/scripts/lib/native-run.sh"; native_run ;;
  ssh:*) . "$top/scripts/lib/ssh-run.sh"; ssh_run "${target#ssh:}" ;;
  *) . "$top/scripts/lib/guest-runs.sh"; guest_runs ;;
esac
