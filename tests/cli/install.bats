#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What `cmake --install` lays down, and the Debian package made of it. BUILD is the build directory.

setup_file() {
  bats_require_minimum_version 1.5.0
  export PREFIX=$BATS_FILE_TMPDIR/usr
  cmake --install "${BUILD:?the build directory, as ctest sets it}" --prefix "$PREFIX" --strip >/dev/null
}

setup() {
  load ../lib/host
  work_setup
  PATH=$PREFIX/bin:$PATH
  share=$PREFIX/share
}

version() { sed -n 's/^project(zpbench VERSION \([0-9.]*\) .*/\1/p' "$TOP/CMakeLists.txt"; }

commands() { zpanalyze --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p'; }

needs() { command -v "$1" >/dev/null || skip "no $1 here (scripts/install-deps.sh --for package)"; }

@test "an install is whole, and knows nothing of where it was built" {
  for file in bin/{zpbench,zpanalyze,zpbench-run} share/man/man1/{zpbench,zpanalyze,zpbench-run}.1 \
      share/man/man5/zpbench-results.5 share/zpbench/bench/matrices/{quick,full}.matrix \
      share/{bash-completion/completions/,zsh/site-functions/_}{zpbench,zpanalyze,zpbench-run} \
      share/fish/vendor_completions.d/{zpbench,zpanalyze,zpbench-run}.fish \
      share/doc/zpbench/{README.md,CHANGELOG.md,copyright,docs/method.md,docs/pictures/colours.svg,results/README.md}; do
    echo "$file"
    [ -s "$PREFIX/$file" ]
  done
  commands >names
  [ "$(wc -l <names)" -gt 5 ]
  while read -r command; do [ -s "$share/man/man1/zpanalyze-$command.1" ]; done <names
  [ "$(ls "$share/man/man1" | wc -l)" = $(($(wc -l <names) + 3)) ]
  not grep -rlF -e "$TOP" -e "$BUILD" "$share"
  for program in zpbench zpanalyze; do
    "$PREFIX/bin/$program" --version | head -n 1 | grep -Ex "$program $(version) \(git [0-9a-z.-]+\)"
  done
}

@test "zpbench-run measures with what is installed, and builds nothing" {
  printf '%s\n' 'placements = private,memfd_coloured:8' 'tables = 1m' 'strides = 64' 'repetitions = 1' \
    'min-time = 0.002' >small.matrix
  free_lock
  zpbench-run --matrix small.matrix --passes 1 >out
  [[ $(tail -n 1 out) == "$PWD/results/$(uname -n)/"* ]]
  grep -q memfd_coloured:8 out
  [[ $(jq -r .command "$(tail -n 1 out)/manifest.json") == "zpbench-run --matrix $PWD/small.matrix "* ]]
  zpbench-run --dry-run >out
  not grep -qE 'would (install|build)' out
  refuses 4 zpbench-run --target s390x
  zpbench-run --help | grep -q '^  zpbench-run \[--quick'
}

@test "the directories may be called anything, and ctest finds the programs" {
  cp -r "$PREFIX" other
  mv other/bin other/sbin
  ln -sfn ../../sbin other/share/zpbench/bin
  other/sbin/zpbench-run --dry-run | grep -q '^would measure'
  bin=$(sed -n 's/.*--bin \([^ ]*\).*/\1/p' "$share/zpbench/CTestTestfile.cmake")
  [ "$(realpath "$share/zpbench/$bin")" = "$PREFIX/bin" ]
}

# Each option with all that is said of it, without blanks: where lines break is each form's own.
options_of_help() {
  awk '
    /^  -/ {print block; block = $0; next}
    /^          / {if (block != "") block = block $0; next}
    {print block; block = ""}
    END {print block}' | sed 's/ //g; /^$/d'
}

@test "man pages say of every option what --help says, and of no other" {
  needs man
  export LC_ALL=C MANWIDTH=90
  {
    printf '%s\n' zpbench zpanalyze zpbench-run
    commands | sed 's/^/zpanalyze /'
  } >programs
  while read -r program command; do
    page=$program${command:+-$command}
    "$program" ${command:+"$command"} --help >help
    man -l "$share/man/man1/$page.1" | col -bx >page
    tr -d ' \n' <page >squeezed
    options_of_help <help >options
    [ -s options ]
    while IFS= read -r option; do
      grep -qF -e "$option" squeezed || { echo "$page: $option"; return 1; }
    done <options
    diff <(grep -oE '^  (-[a-z],)?--[a-z-]+' help | tr -d ' ') \
      <(sed -E '/^EX(AMPLES|IT STATUS)/,$d' page | grep -oE '^       (-[a-z], )?--[a-z-]+' | tr -d ' ')
  done <programs
  [ "$(man -l "$share/man/man1/zpanalyze.1" | grep -c 'see zpanalyze-')" = "$(commands | wc -l)" ]
  # Every key of the tables.
  man -l "$share/man/man5/zpbench-results.5" | col -bx | tr -d ' \n' >squeezed
  sed -n 's/^| `\([^`]*\)`.*/\1/p' "$TOP/results/README.md" | grep -vxF -e qemu-s390x -e claims -e probes |
    grep -v '^vm/' | while IFS= read -r key; do
      grep -qF -e "${key// /}" squeezed || { echo "zpbench-results: $key"; return 1; }
    done
}

@test "man finds nothing wrong with the pages" {
  needs man
  for page in "$share"/man/man?/*; do
    LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null
  done >said
  cat said
  [ ! -s said ]
}

# What bash offers for the last word.
completed() {  # WORD...
  bash --norc -c '
    . "$0/bash-completion/completions/$1"
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    "_$1"
    printf "%s " "${COMPREPLY[@]}"' "$share" "$@"
}

@test "bash completes options, their words, lists and commands" {
  [ "$(completed zpbench --mat)" = "--matrix " ]
  [ "$(completed zpbench --matrix qu)" = "quick " ]
  [ "$(completed zpbench --matrix = qu)" = "quick " ]
  [ "$(completed zpbench --placements private,ksm_si)" = "private,ksm_single " ]
  [ "$(completed zpbench --walks random,)" = "random,sequential random,random random,dependent " ]
  [ "$(completed zpbench --probe th)" = "thorough " ]
  [ "$(completed zpbench --families cow,unm)" = "cow,unmerge " ]
  [ "$(completed zpanalyze com)" = "compare " ]
  [ "$(completed zpanalyze compare --format mm)" = "mmtests " ]
  [ "$(completed zpanalyze compare --one)" = "--one-boot " ]
  [ "$(completed zpanalyze table --one)" = " " ]
  [ "$(completed zpanalyze table '')" = " " ]  # files
  [ "$(completed zpbench-run --matrix guest-c)" = "guest-claims " ]
  # Every option of --help is offered.
  diff <(zpbench --help | grep -oE '^  (-[a-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort) \
    <(completed zpbench -- | tr ' ' '\n' | grep -e -- | sort)
}

@test "zsh reads its completions" {
  needs zsh
  for file in "$share"/zsh/site-functions/*; do zsh -n "$file"; done
}

@test "fish completes" {
  needs fish
  export HOME=$PWD
  offered() { fish --no-config -c "source $share/fish/vendor_completions.d/${1%% *}.fish; complete -C '$1'" | cut -f1; }
  [ "$(offered 'zpbench --matrix qu')" = quick ]
  [ "$(offered 'zpbench --placements private,ksm_si')" = private,ksm_single ]
  [ "$(offered 'zpanalyze com')" = compare ]
  [ "$(offered 'zpanalyze compare --format mm')" = mmtests ]
}

@test "the Debian package has what it needs and is clean" {
  needs dpkg-shlibdeps
  needs file
  cpack -G DEB --config "$BUILD/CPackConfig.cmake" -B . >log || { cat log; return 1; }
  deb=$(echo zpbench_"$(version)"_*.deb)
  [ "$(dpkg-deb -f "$deb" Version)" = "$(version)" ]
  [[ $(head -n 1 "$TOP/packaging/debian/changelog") == "zpbench ($(version)) "* ]]  # autopkgtest's
  depends=", $(dpkg-deb -f "$deb" Depends),"
  for package in jq libbenchmark1debian libc6 libfmt9 libnuma1 libsqlite3-0; do
    [[ $depends == *", $package"[\ ,]* ]]
  done
  dpkg-deb -c "$deb" | awk '{print $6}' >files
  for file in bin/zpbench-run share/man/man1/zpanalyze-compare.1.gz share/doc/zpbench/changelog.gz \
      share/doc/zpbench/copyright share/zsh/vendor-completions/_zpbench; do
    grep -qx "./usr/$file" files
  done
  not grep -qE '\.[15]$|site-functions' files
  command -v lintian >/dev/null || skip "no lintian here (scripts/install-deps.sh --for package): the rest held"
  run -0 lintian --no-cfg --fail-on error,warning "$deb"
}

@test "what Debian wants is done for Debian's package alone" {
  cmake -DCPACK_GENERATOR=TGZ -DCPACK_TEMPORARY_DIRECTORY="$PWD/tree" -P "$TOP/packaging/debian.cmake"
  [ ! -e tree ]
}

# What readelf says of the libraries in "$1", with the sysroot of a package list "$2"; prints the field.
dependencies() {
  printf '%s\n' "${@:2}" >packages.txt
  mkdir -p usr/bin && : >usr/bin/zpbench
  printf '#!/bin/sh\nprintf " (NEEDED)  Shared library: [%%s]\\n" %s\n' "$1" >readelf && chmod +x readelf
  cat >print.cmake <<CMAKE
set(CPACK_ZPBENCH_SYSROOT $PWD)
set(CPACK_TEMPORARY_DIRECTORY $PWD)
set(CPACK_ZPBENCH_READELF $PWD/readelf)
set(CPACK_DEBIAN_PACKAGE_DEPENDS jq)
include($TOP/packaging/dependencies.cmake)
message("\${CPACK_DEBIAN_PACKAGE_DEPENDS}")
CMAKE
  cmake -P print.cmake
}

@test "a package of another architecture needs the libraries that its programs name" {
  run -0 dependencies 'libfmt.so.9 libbenchmark.so.1debian libsqlite3.so.0 libstdc++.so.6 libx_y.so.2 libfmt.so.9 libm.so.6 libc.so.6 ld64.so.1' \
    'libbenchmark1debian 1.7.1-1 x' 'libc6 2.36-9+deb12u14 x' 'libfmt9 9.1.0+ds1-2 x' 'libsqlite3-0 3.40.1-2 x' \
    'libstdc++6 12.2.0-14 x' 'libx-y2 3-1 x'
  [ "$output" = "jq, libbenchmark1debian (>= 1.7.1), libc6 (>= 2.36), libfmt9 (>= 9.1.0+ds1), \
libsqlite3-0 (>= 3.40.1), libstdc++6 (>= 12.2.0), libx-y2 (>= 3)" ]
  run dependencies libnuma.so.1 'libnuma-dev 2.0.16-1 x'
  [ "$status" != 0 ]
  [[ $output == *"libnuma.so.1: no package libnuma1"* ]]
}

@test "package.sh refuses what it does not know before it builds" {
  run -2 --separate-stderr "$TOP/scripts/package.sh" vax
  [ "$stderr" = "package.sh: unknown argument 'vax'; see --help" ]
  run -2 "$TOP/scripts/package.sh" --deb --static
}

@test "every file says its licence, or is said to have it" {
  needs reuse
  cd "$TOP"
  reuse lint | tail -n 1
  reuse lint >/dev/null
}
