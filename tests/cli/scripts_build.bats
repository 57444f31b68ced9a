#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The scripts themselves, on copies: what fails is not green, and what is installed and built is said.

setup() { load ../lib/scripts; scripts_setup; }

@test "a build that fails is not a success, whatever binaries are there" {
  echo 'case $* in *--build*) exit 1 ;; esac' >>fake/cmake
  run -1 copy/scripts/test.sh --fast
  not grep -q '^ctest' called
}

@test "what could not be tested is the last word" {
  printf '#!/bin/sh\necho "$1: out of step" >&2\nexit 4\n' >copy/scripts/sysroot.sh
  printf '#!/bin/sh\necho /analysis/rows/\n' >fake/run-clang-tidy-14
  chmod +x fake/run-clang-tidy-14
  run -0 copy/scripts/test.sh
  [ "$(tail -n 2 <<<"$output")" = "test.sh: no tests for s390x: s390x: out of step
test.sh: no tests for mips64el: mips64el: out of step" ]
}

@test "tests that fail, and tests that are not there, are not a success" {
  echo 'exit 8' >>fake/ctest
  run -1 copy/scripts/test.sh --fast
  grep -q '^ctest .*--no-tests=error' called
}

@test "a build log that can't be written ends it" {
  mkdir -p copy/build/debug/build.log
  run -2 --separate-stderr copy/scripts/build.sh debug
  [[ $stderr == *"cannot write "*"build.log" ]]
  [ ! -e called ] || not grep -q '^cmake' called
}

@test "groups that share packages name each once, in their order" {
  echo 'exit 1' >fake/dpkg-query
  copy/scripts/install-deps.sh --print --for measure --for test --target s390x --target mips64el >packages
  cat packages
  [ "$(head -n 3 packages | tr '\n' ' ')" = "jq util-linux clang-14 " ]
  grep -qx g++-mips64el-linux-gnuabi64 packages
  [ -z "$(sort packages | uniq -d)" ]
}

@test "--target and --for name what they are for; where there is no dpkg, that is said" {
  run copy/scripts/install-deps.sh --print --target build
  [ "$status" = 2 ]
  [[ $output == "install-deps.sh: unknown target 'build'; there are s390x "* ]]
  run copy/scripts/install-deps.sh --print --target ''
  [ "$output" = "install-deps.sh: --target needs a value; see --help" ]
  mkdir other
  for command in bash dirname readlink tr; do ln -s "$(command -v $command)" other/; done
  PATH=$PWD/other run copy/scripts/install-deps.sh
  [ "$status" = 4 ]
  [[ $output == "install-deps.sh: this is not Debian (no dpkg-query): "*"--no-install" ]]
  PATH=$PWD/other ZP_NO_INSTALL=1 copy/scripts/install-deps.sh
}

@test "probe-kit.sh takes a compiler with words before it, as CMake does" {
  [ -d /usr/include/tl ] || skip "no libexpected-dev"
  printf '#!/bin/sh\necho "$*" >>"%s/compiled"\n' "$PWD" >fake/wrapper
  chmod +x fake/wrapper
  mkdir tmp
  TMPDIR=tmp CXX='wrapper g++ -m64' run copy/scripts/probe-kit.sh --out "$PWD/kit" native
  [ "$output" = "$PWD/kit/zpprobe-native" ]
  grep -qF -e " -o $PWD/tmp/" compiled
  [ -z "$(ls tmp)" ]
  [ "$(grep -c '^g++ -m64 -std=c++20 ' compiled)" = 2 ]
  # What its program includes is linked, too.
  grep -q ' harness/probe/kit/main.cpp .* harness/support/terminal.cpp ' compiled
  not grep -q simulated compiled
  CXX='nosuch g++' run copy/scripts/probe-kit.sh --out "$PWD/kit" native
  [ "$status" = 4 ]
  [ "$output" = "probe-kit.sh: no nosuch" ]
}

@test "--no-install builds with what is there" {
  echo 'exit 1' >fake/dpkg-query
  printf '#!/bin/sh\necho "apt-get $*" >>"%s/called"\n' "$PWD" >fake/apt-get
  chmod +x fake/apt-get
  run -0 --separate-stderr copy/scripts/test.sh --fast --no-install
  [[ $stderr == *"going on without the packages "*"cmake"* ]]
  grep -q '^cmake .*--build' called
  grep -q '^ctest' called
  not grep -q '^apt-get' called
  not copy/scripts/test.sh --fast --nosuch
}

@test "what apt will fetch is said before it does, and what it prints is not" {
  [ "$(id -u)" = 0 ] || skip "needs root, as apt does"
  echo 'exit 1' >fake/dpkg-query
  cat >fake/apt-get <<'END'
#!/bin/sh
case $* in
  *--assume-no*)
    echo '0 upgraded, 57 newly installed, 0 to remove and 3 not upgraded.'
    echo 'Need to get 45.3 MB of archives.'
    echo 'After this operation, 200 MB of additional disk space will be used.'
    exit 1 ;;
  *Status-Fd=3*)
    echo 'Unpacking jq'
    [ ! -e broken ] || { echo 'E: no space left'; exit 100; }
    echo 'pmstatus:jq:50.0:Unpacking jq (amd64)' >&3 ;;
esac
END
  chmod +x fake/apt-get
  run -0 --separate-stderr copy/scripts/install-deps.sh --for measure
  [[ $stderr == *"installing jq util-linux and what they need: 57 packages, 45.3 MB to fetch, 200 MB on disk"* ]]
  [[ $output$stderr != *"Unpacking jq"$'\n'* ]]
  [ "${#stderr_lines[@]}" -le 3 ]
  : >broken
  run -1 --separate-stderr copy/scripts/install-deps.sh --for measure
  [[ $stderr == *"E: no space left"*"apt-get install failed"* ]]
}

@test "a build says how far it is, and its log has the rest" {
  echo 'case $* in *--build*) echo "[3/4] Building a.cpp" ;; esac' >>fake/cmake
  TERM=xterm run -0 script -qec "copy/scripts/build.sh debug" /dev/null
  [[ $output == *"building (debug): [3/4]"* ]]
  [[ $output != *a.cpp* ]]
  grep -q 'Building a.cpp' copy/build/debug/build.log
  run copy/scripts/build.sh debug
  [ "$output" = "building (debug)" ]
}

@test "a configuration without OpenBLAS says so, one with it says which" {
  PATH=${PATH#*:}
  cat >CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.25)
project(programs CXX)
add_library(harness INTERFACE)
add_library(zp::harness ALIAS harness)
add_subdirectory($TOP/harness/programs programs)
END
  configured() { cmake -S . -B "$1" "${@:2}" | grep '^-- Programs: '; }
  PKG_CONFIG_LIBDIR=$PWD/none configured hidden -DZP_BLAS=ON >out
  configured off -DZP_BLAS=OFF >>out
  cat out
  [ "$(grep -c '^-- Programs: BLAS no: rows of OpenBLAS will say so; ' out)" = 2 ]
  pkg-config --exists openblas || skip "no OpenBLAS here"
  configured on -DZP_BLAS=ON >out
  grep -Fq "Programs: BLAS OpenBLAS $(pkg-config --modversion openblas); " out
}
