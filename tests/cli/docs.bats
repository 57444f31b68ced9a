#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every zpanalyze command that a page shows on a line of its own is run, in the order of the page, on real runs under
# the names that the pages use; every zpbench command that measures, as a --dry-run.

setup() {
  : "${ZP_BIN:?the directory of the programs, as ctest sets it}"
  top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  cd "$BATS_TEST_TMPDIR"
  mkdir bin results results/host1 results/fleet
  ln -s "$ZP_BIN/zpanalyze" "$ZP_BIN/zpbench" bin/
  PATH=$PWD/bin:$PATH
  # Two runs of one boot, and three that stand for boots of each of two kernels.
  vm=$top/results/reference/vm/6.18.44-fc-v657
  mapfile -t runs < <(ls -d "$vm"/2026-11-25T2*)
  ln -s "${runs[0]}" RUN
  ln -s "${runs[0]}" OLD
  ln -s "${runs[1]}" NEW
  ln -s "${runs[0]}" results/fleet/OLD
  ln -s "${runs[1]}" results/fleet/NEW
  ln -s "${runs[0]}" run.json # `zpbench --out` writes a file; a run directory is read alike
  ln -s "$vm" results/reference
  for i in 0 1 2; do
    mkdir -p results/host1/6.1.0 results/host1/6.2.0
    cp -r "${runs[i]}" results/host1/6.1.0/
    cp -r "${runs[i + 3]}" results/host1/6.2.0/
  done
  # They are runs of one boot; here each says that it is another.
  for pass in results/host1/*/*/pass-*.json; do
    sed -i "s/\"boot.id\": \"[^\"]*\"/\"boot.id\": \"$(dirname "$pass" | md5sum | cut -c1-16)\"/" "$pass"
  done
}

# Command lines of PAGE that begin with a program, indented or in a fence, continued ones joined, without comments.
commands_of() {
  sed -e ':join' -e '/\\$/ { N; s/\\\n */ /; b join' -e '}' "$1" | grep -E '^( {4,}|)(zpanalyze [a-z]|zpbench -)' | sed -e 's/^ *//' -e 's/  *# .*//'
}

@test "what the pages show can be typed" {
  count=0
  for page in "$top"/README.md "$top"/docs/*.md; do
    while read -r command; do
      case $command in
        *bisect-run* | *'$(tail'*) continue ;;  # inside a script of somebody's machines
        *RUN-A*) continue ;;                    # runs of the matrix programs, which results/ doesn't hold
        *--claims* | *--debates*) continue ;;   # their own tests: the page is made anew
        zpbench*--probe*) continue ;;           # measures; tests/cli/probe.bats
        # The file is there, for the lines that read it.
        zpbench*) command="$(sed 's/ --out [^ ]*//' <<<"$command") --dry-run" ;;
      esac
      status=0
      bash -c "$command" >out 2>err || status=$?
      echo "${page##*/}: $command: exit status $status"
      cat err
      # 1: something got slower, or a row of the run has no figure.
      [ "$status" = 0 ] || [[ $command =~ ^zpanalyze\ (compare|export) && $status == 1 ]]
      [ -s out ] || [ -s err ] || [[ $command == *--store* || $command == *--sqlite* ]]
      count=$((count + 1))
    done < <(commands_of "$page")
  done
  echo "$count commands"
  [ "$count" -ge 10 ]
}
