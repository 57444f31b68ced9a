#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# git bisect run over boots of real kernels in guests, as docs/comparing.md shows it.

setup() {
  . "$BATS_TEST_DIRNAME/common.bash"
  . "$repository/scripts/lib/common.sh"
  cd "$TMPDIR"
  command -v qemu-system-mips64el >/dev/null || skip "no qemu-system-mips64el"
  # As large as Debian's pages: kernels with pages of another size are not comparable.
  coloured=$(cache_dir)/kernels/mips-vce-6.1-4k/vmlinuz
  [ -f "$coloured" ] || skip "no kernel with coloured zero pages: scripts/build-mips-vce-kernel.sh --page-size 4"
}

@test "the commit that lost the colours of the zero page is found" {
  # Six kernels; what is "built" of a commit is the image it names.
  git init -q tree
  cd tree
  git config user.email bisect@example.org
  git config user.name bisect
  local n kernel
  for n in 1 2 3 4 5 6; do
    kernel=$coloured
    [ "$n" -lt 4 ] || kernel=debian:bookworm
    echo "$kernel" >kernel
    echo "$n" >version
    git add kernel version
    git commit -qm "kernel $n"
  done

  # Scripts, as git runs them through a shell that has no functions of bash.
  export repository ZP_BIN
  cat >"$TMPDIR/boot" <<'SCRIPT'
#!/bin/bash
"$repository/scripts/run-matrix.sh" --target mips64el --kernel "$1" --bin "$ZP_BIN" --out "$TMPDIR/results" \
  -- --placements ksm_zero_page --strides 256 >"$TMPDIR/log" && tail -n 1 "$TMPDIR/log"
SCRIPT
  chmod +x "$TMPDIR/boot"
  good=$("$TMPDIR/boot" "$coloured")
  export good
  cat >"$TMPDIR/bisect.sh" <<'SCRIPT'
#!/bin/bash
echo "boots $(cat version)"
run=$("$TMPDIR/boot" "$(cat kernel)") || exit 125
"$ZP_BIN/zpanalyze" compare "$good" "$run" --bisect --metric model_r4000sc_synonym_miss
SCRIPT
  chmod +x "$TMPDIR/bisect.sh"
  git bisect start HEAD HEAD~5
  run -0 git bisect run "$TMPDIR/bisect.sh"
  [ "$(git show -s --format=%s refs/bisect/bad)" = "kernel 4" ]
  [ "$(grep -c '^boots ' <<<"$output")" -ge 2 ]
  # Both answers were seen, each by the counts of a kernel that was booted.
  grep -Eq ' ksm_zero_page +256 +0.00 +1.00 +more' <<<"$output"
  grep -Eq ' ksm_zero_page +256 +0 +0 +~' <<<"$output"
  [ "$(guests_left)" = 0 ]
  run ! grep "^# skip" <(git bisect log)
}

@test "what can't be told is skipped: a kernel of another page size, a time" {
  local vce=$repository/results/reference/qemu-mips64el/6.1.176-zpbench-vce
  local malta=$repository/results/reference/qemu-mips64el/6.1.0-50-5kc-malta
  run -125 "$ZP_BIN/zpanalyze" compare "$vce" "$malta" --bisect --metric model_r4000sc_synonym_miss
  [[ $output == *"page_size_bytes"* ]]
  run -125 "$ZP_BIN/zpanalyze" compare "$malta" "$malta" --bisect
  [[ $output == *"emulated"* ]]
}
