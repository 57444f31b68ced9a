# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the bats files of the scripts: copies of them, and stand-ins for what they would build and install with.

bats_require_minimum_version 1.5.0
: "${TOP:?the source tree, as ctest sets it}"

# In a directory of its own.
scripts_setup() {
  cd "$BATS_TEST_TMPDIR" || return
  mkdir copy
  cp -r "$TOP"/{scripts,bench,harness,CMakePresets.json} copy/
  mkdir fake
  for program in cmake ctest dpkg-query; do
    printf '#!/bin/sh\necho "%s $*" >>"%s/called"\n' "$program" "$PWD" >"fake/$program"
  done
  # Every package is there: nothing is installed.
  echo 'echo "install ok installed"' >>fake/dpkg-query
  # Nobody else measures.
  printf '#!/bin/sh\nexit 0\n' >fake/flock
  chmod +x fake/*
  PATH=$PWD/fake:$PATH
}

not() { ! "$@"; }

# matrix_said -STATUS ARGUMENT...: run-matrix.sh must end with that status.
matrix_said() { echo "${*:2}"; run "$1" --separate-stderr copy/scripts/run-matrix.sh "${@:2}"; }
