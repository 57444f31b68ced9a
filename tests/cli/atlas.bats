#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# zpanalyze atlas: pages over the reference runs, and over runs that try to be more than text.

bats_require_minimum_version 1.5.0

setup() {
  : "${ZP_BIN:?the directory of the programs, as ctest sets it}"
  reference=$BATS_TEST_DIRNAME/../../results/reference
  cd "$BATS_TEST_TMPDIR" || return
}

zpa() { run --separate-stderr "$ZP_BIN/zpanalyze" "$@"; }

@test "a row per CPU and kernel, a page per CPU; every link leads somewhere" {
  zpa atlas "$reference" --out site
  echo "$stderr"
  [ "$status" = 0 ]
  [ "$output" = site/index.html ]
  for cpu in "Zen 3" "Zen 4" "Zen 5" "IBM/S390"; do grep -q "<tr id=.*$cpu" site/index.html; done
  # No time of an emulated machine, and no cost without an interval.
  grep '<tr id=.*emulated' site/index.html | grep -c 'no time: emulated' | grep -qvx 0
  run ! grep -E '<tr id=.*emulated.*[0-9] %' site/index.html
  grep '<tr id=.*Zen 5' site/index.html | grep -qE 'sequential 1024: <span class="bad">\+[0-9.]+%</span> \(\+'
  grep -oh 'href="[^"]*"' site/*.html | sort -u | sed 's/href="\(.*\)"/\1/' | while IFS='#' read -r file anchor; do
    [ -f "site/$file" ]
    [ -z "$anchor" ] || grep -q "id=\"$anchor\"" "site/$file"
  done
  # Nothing is asked of a network.
  run ! grep -hE 'src=|@import|https?:' site/index.html
}

@test "names are text, whatever they hold" {
  run_of=$(ls -d "$reference"/vm/*/2026-11-25T205228Z)
  mkdir hostile
  jq -c '.context["cpu.model"] = "<script>alert(1)</script>\u001b[31m" | .context["kernel.release"] = "\"><img src=x>"' \
    "$run_of/pass-01.json" >hostile/a.json
  zpa atlas hostile/a.json --out site
  [ "$status" = 0 ]
  [ "$(grep -c '<script' site/index.html)" = 1 ] # ours
  run ! grep -F '<img' site/*.html
  run ! grep -P '\x1b' site/*.html
}

@test "what is not ours is not written over, and then nothing is" {
  mkdir site && echo mine >site/index.html
  zpa atlas "$reference/vm" --out site
  [ "$status" = 2 ]
  [ "$(ls site)" = index.html ]
  [ "$(cat site/index.html)" = mine ]
  zpa atlas "$BATS_TEST_DIRNAME/../fuzz/corpus/loader" --keep-going --out other
  [ "$status" = 2 ]
  [ ! -e other ]
}
