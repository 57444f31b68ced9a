# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154  # run-matrix.sh's variables
# A run on this machine. Sourced by run-matrix.sh.

. "$top/scripts/lib/machine-state.sh"

# The run as a page, with its pictures; claims and debates as Markdown. A page that can't be made is said, and loses nothing.
write_pages() {
  local page=$run/report.html verdicts=$run/$matrix.md
  [ -e "$page" ] || "$zpanalyze" report "$run" --out "$page" >/dev/null || return 0
  say "report: $page"
  case $matrix in claims | debates) ;; *) return 0 ;; esac
  [ -e "$verdicts" ] || { "$zpanalyze" report "--$matrix" "$run" >"$verdicts.tmp" && mv "$verdicts.tmp" "$verdicts"; } || return 0
  say "$matrix: $verdicts"
}

# Before there is a program to ask: every knob that a run may write, from the sources.
knobs_at_most() {
  local line path value
  while IFS= read -r line; do
    path=${line%% *}
    case $line in *true,*) path=/proc$path ;; *) path=/sys$path ;; esac
    value=$(cat "$path" 2>/dev/null) || continue
    case $value in *\[*\]*) value=${value#*[}; value=${value%%]*} ;; esac
    say "may write   $path (now $value, restored)"
  done < <(tr -s '[:space:]' ' ' 2>/dev/null <"$top/harness/ksm/knobs.cpp" |  # one may take two lines
    grep -o 'Knob{[^}]*}' | sed -n 's/^Knob{"[^"]*", "\([^"]*\)", \(true\|false\), .*/\1 \2,/p')
}

# What a program that is there would refuse; said by it.
early_check_list() {
  "$bin/zpbench" --matrix "$matrix" "${extra[@]}" --list >/dev/null || exit $?
}

native_run() {
  local zpbench zpanalyze run missing status=0
  bin_has zpbench
  if [ -n "$dry_run" ]; then
    if [ -z "$bin" ]; then
      missing=$("$top/scripts/install-deps.sh" --print)
      [ -z "$missing" ] || [ -n "${ZP_NO_INSTALL-}" ] || say "would install ${missing//$'\n'/ }"
      say "would build $top/build/release"
      bin=$top/build/release/bin
    fi
    [ ! -e "$bin/zpbench" ] || early_check_list
    echo "would measure $passes passes, the first:"
    [ -x "$bin/zpbench" ] || { knobs_at_most; echo "(which of them, what is added, memory and time zpbench --dry-run says, once it is built)"; exit 0; }
    exec "$bin/zpbench" --matrix "$matrix" "${extra[@]}" --dry-run
  fi
  if [ -n "$resume" ]; then
    # The rest of it is looked at by jq, once that is installed.
    [ -f "$resume/manifest.json" ] || bad_usage "$resume is not a run directory (no manifest.json)"
    ! command -v jq >/dev/null || (run_open "$(realpath -m -- "$resume")") || exit $?
  fi
  [ -n "$bin" ] || machine_free
  build_here
  zpbench=$bin/zpbench zpanalyze=$bin/zpanalyze

  command -v jq >/dev/null || cannot_run "jq is not installed: apt-get install jq, or do without --bin"
  # What is wrong with the matrix is said before anything is made.
  "$zpbench" --matrix "$matrix" "${extra[@]}" --list >/dev/null || exit $?

  if [ -n "$resume" ]; then
    run=$(realpath -m -- "$resume")
    run_open "$run"
    matrix=$(run_get matrix) passes=$(run_get passes_planned) seed=$(run_get seed)
    mapfile -td '' extra < <(json_words .options "$run/manifest.json")
  else
    run_trap_signals
    run=$(run_create "$out" "$matrix" "$passes" "$seed" "${extra[@]}") || exit $?
  fi
  run_claim "$run"
  machine_look_before
  run_measure "$run" "$zpbench" "$matrix" "$passes" "$seed" "${extra[@]}" || status=$?
  machine_look_after "$run"
  if [ -x "$zpanalyze" ]; then
    "$zpanalyze" table "$run" || status=$?
    write_pages
  fi
  result "$run"
  exit "$status"
}
