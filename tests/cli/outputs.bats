#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What zpanalyze writes: pictures, pages, databases; and over what it does not write.

setup_file() { load ../lib/zpanalyze; make_runs; }
setup() { load ../lib/zpanalyze; }

@test "stdout that can't be written is an error, and to git bisect no answer" {
  for arguments in "table $RUNS/a" "export $RUNS/a" --help; do  # little, more than a buffer, no run
    run -2 bash -c "'$ZP_BIN/zpanalyze' $arguments > /dev/full"
    [[ "$output" == "zpanalyze: cannot write to standard output: "* ]]
  done
  run -125 bash -c "'$ZP_BIN/zpanalyze' compare '$RUNS/a' '$RUNS/fast' --bisect > /dev/full"
  # Nor is what nobody can be told a crash.
  for to in '2>/dev/full' '>&- 2>&-' '<&- >&- 2>&-'; do
    run -2 bash -c "'$ZP_BIN/zpanalyze' table nosuch $to"
    run -2 bash -c "'$ZP_BIN/zpanalyze' nosuch $to"
  done
}

@test "plots: scripts lie beside the pictures and draw them again" {
  command -v gnuplot > /dev/null || skip "no gnuplot"
  zpa -0 plot "$RUNS/fast" --base "$RUNS/a" --out "$RUNS/plots" --formats svg,txt
  for path in "${lines[@]}"; do [ -s "$path" ]; done
  # Named by what they show.
  cp "$RUNS/plots/$STRIDES.svg" "$RUNS/first.svg"
  (cd "$RUNS/plots" && rm "$STRIDES.svg" && gnuplot -d "$STRIDES.gp")
  cmp "$RUNS/first.svg" "$RUNS/plots/$STRIDES.svg"
  [ "$(awk 'length > 75' "$RUNS"/plots/*.txt | wc -l)" -eq 0 ]
  # Drawn again over its own, and not over what is another's.
  for ending in svg txt; do
    zpa -0 plot "$RUNS/a" --kinds strides --formats $ending --out "$RUNS/plots"
    echo "my notes" >"$RUNS/plots/$STRIDES.$ending"
    zpa -2 plot "$RUNS/a" --kinds strides --formats $ending --out "$RUNS/plots"
    [[ "$said" == *"$STRIDES.$ending: not written: it exists and is not a picture of zpanalyze"* ]]
    [ "$(cat "$RUNS/plots/$STRIDES.$ending")" = "my notes" ]
  done
}

@test "report: a page without script or network, a mail, Markdown" {
  zpa -0 report "$RUNS/fast" --base "$RUNS/a" --out "$RUNS/report.html"
  run grep -ciE '<script|https?://|src="[^d]' "$RUNS/report.html"
  [ "$output" -eq 0 ]
  zpa -0 report "$RUNS/fast" --base "$RUNS/a" --cover
  [ "$(printf '%s\n' "$output" | awk 'length > 75' | wc -l)" -eq 0 ]
  sum=$(sha256sum "$RUNS/a/pass-01.json" | cut -d' ' -f1)
  [[ "$output" == *"$sum"* ]]
  zpa -0 report "$RUNS/fast" --md
  zpa -2 report "$RUNS/fast" --out /nonexistent/report.html
  zpa -2 report "$RUNS/fast" --md --out x.html
}

@test "report --cover: of many files a few sums and one of all" {
  for seed in 1 2 3 4; do "$ZP_BIN/zp_make_results" run "$RUNS/many/$seed" --passes 8 --repetitions 1 --seed "$seed"; done
  zpa -0 report "$RUNS/many" --cover
  [ "$(printf '%s\n' "$output" | awk 'length > 75' | wc -l)" -eq 0 ]
  [ "$(printf '%s\n' "$output" | grep -cE '^  [0-9a-f]{64}$')" -eq 4 ]
  [[ "$output" == *"$(sha256sum "$RUNS"/many/*/pass-*.json | cut -c1-64 | LC_ALL=C sort | sha256sum | cut -c1-64)"* ]]
  [[ "$output" == *"of these and 29 more, 32 files in all"* ]]
}

@test "report: what a link points at is replaced, a pipe is written to" {
  ln -s target.html "$RUNS/link.html"
  echo mine >"$RUNS/target.html"
  zpa -2 report "$RUNS/fast" --out "$RUNS/link.html"
  [[ "$said" == *"it exists and is not a page of zpanalyze"* ]]
  [ "$(cat "$RUNS/target.html")" = mine ]
  : >"$RUNS/target.html"
  zpa -0 report "$RUNS/fast" --out "$RUNS/link.html"
  [ -L "$RUNS/link.html" ]
  grep -q '<html' "$RUNS/target.html"
  mkfifo "$RUNS/pipe.html"
  timeout 60 cat "$RUNS/pipe.html" >"$RUNS/piped.html" &
  zpa -0 report "$RUNS/fast" --out "$RUNS/pipe.html"
  wait $!
  [ -p "$RUNS/pipe.html" ]
  cmp "$RUNS/piped.html" "$RUNS/target.html"
}

@test "export: tidy CSV and SQLite, which takes a file once" {
  run --separate-stderr "$ZP_BIN/zpanalyze" export "$RUNS/a"
  [ "${#lines[@]}" -eq 433 ]   # 48 cells x 3 repetitions x 3 passes and a head
  "$ZP_BIN/zpanalyze" export "$RUNS/a" "$RUNS/fast" --sqlite "$RUNS/fleet.db"
  "$ZP_BIN/zpanalyze" export "$RUNS/../${RUNS##*/}/a" --sqlite "$RUNS/fleet.db"
  zpa -2 export "$RUNS/a" --filter private --sqlite "$RUNS/fleet.db"
  # A copy without names is no second measurement, whenever it comes.
  zpa -1 check "$RUNS/a" --anonymous "$RUNS/nameless"
  zpa -0 export "$RUNS/nameless/pass-01.json" --sqlite "$RUNS/fleet.db"
  [[ "$said" == *"pass-01.json: the same rows as in $RUNS/a/pass-01.json: taken once"* ]]
  command -v sqlite3 > /dev/null || skip "no sqlite3"
  [ "$(sqlite3 "$RUNS/fleet.db" 'select count(*) from repetition')" -eq 864 ]
  [ "$(sqlite3 "$RUNS/fleet.db" "select count(distinct kernel) from tidy")" -eq 2 ]
  # Equal figures whose labels differ are two measurements, dated or not.
  for label in strong weak; do
    printf '{"context":{},"benchmarks":[{"name":"BM_a","real_time":1,"label":"%s"}]}' "$label" >"$RUNS/$label.json"
    zpa -0 export "$RUNS/$label.json" --sqlite "$RUNS/labels.db"
  done
  [ "$(sqlite3 "$RUNS/labels.db" 'select group_concat(label) from repetition')" = strong,weak ]
  row() { printf '{"name":"BM_a","real_time":1,"label":"%s"}' "$1"; }
  for label in strong weak; do
    printf '{"context":{},"benchmarks":[%s,%s]}' "$(row strong)" "$(row $label)" >"$RUNS/two-$label.json"
    zpa -0 export "$RUNS/two-$label.json" --sqlite "$RUNS/two.db"
  done
  [ "$(sqlite3 "$RUNS/two.db" 'select count(*) from repetition')" -eq 4 ]
  # A file that has grown replaces what it had; another date is another measurement.
  fill() {
    printf '{"context":{"date":"%s"},"benchmarks":[%s]}' "$1" "$2" >"$RUNS/grown.json"
    zpa -0 export "$RUNS/grown.json" --sqlite "$RUNS/grown.db"
  }
  fill monday '{"name":"BM_a","real_time":1}'
  fill monday '{"name":"BM_a","real_time":1},{"name":"BM_b","real_time":2}'
  [[ "$said" == *"grown.json: changed since it was imported: replaces what it had"* ]]
  fill tuesday '{"name":"BM_a","real_time":3}'
  [ "$(sqlite3 "$RUNS/grown.db" "select group_concat(name || value, ' ') from (select * from tidy order by started, name)")" = \
    "BM_a1.0 BM_b2.0 BM_a3.0" ]
  # So does one with the same figures and another label, error row or context.
  fill tuesday '{"name":"BM_a","real_time":3,"label":"later"},{"name":"BM_c","error_occurred":true,"error_message":"died"}'
  [[ "$said" == *"grown.json: changed since it was imported: replaces what it had"* ]]
  [ "$(sqlite3 "$RUNS/grown.db" "select group_concat(name || value || label, ' ') from (select * from tidy order by started, name)")" = \
    "BM_a1.0 BM_b2.0 BM_a3.0later" ]
  [ "$(sqlite3 "$RUNS/grown.db" "select name || reason from error")" = BM_cdied ]
  fill 'tuesday","host_name":"elsewhere' '{"name":"BM_a","real_time":3}'
  [ "$(sqlite3 "$RUNS/grown.db" "select group_concat(value, ' ') from context where key = 'host_name'")" = elsewhere ]
  [ "$(sqlite3 "$RUNS/grown.db" "select count(*) from error")" -eq 0 ]
  # One is found by its file without a scan of all.
  [[ "$(sqlite3 "$RUNS/grown.db" "explain query plan delete from repetition where file = 1")" == *repetition_by_file* ]]
  # What the help shows takes nothing together, and nothing emulated.
  "$ZP_BIN/zpanalyze" export "$RUNS/other" "$RUNS/guest" --sqlite "$RUNS/fleet.db"
  query=$("$ZP_BIN/zpanalyze" export --help | sed -n '/sqlite3 fleet.db/,/"$/p' | sed 's/.*fleet.db "//; s/"$//')
  sqlite3 "$RUNS/fleet.db" "${query/avg(value)/avg(value), min(kernel || run || emulated) = max(kernel || run || emulated)}" >"$RUNS/rows"
  [ -s "$RUNS/rows" ]
  [ -z "$(grep -v '|1$' "$RUNS/rows")" ]
  [ "$(grep -c '|6.1.0-test|' "$RUNS/rows")" -eq $((2 * $(grep -c '|6.2.0|' "$RUNS/rows"))) ]
}

@test "export: a counter that is called as a column gets another name" {
  echo '{"context":{},"benchmarks":[{"name":"BM","real_time":1,"run":3,"file":1,"kernel":5,"host":7,"cpu":1,"name":9.5,
    "placement":2,"walk":9,"readers":1,"label":1.5,"repetition":4,"run-2":6,"metric":4}]}' >"$RUNS/called.json"
  "$ZP_BIN/zpanalyze" export "$RUNS/called.json" | head -n 1 | tr , '\n' | sort >"$RUNS/columns"
  [ -z "$(uniq -d <"$RUNS/columns")" ]
  grep -qx 'run-2' "$RUNS/columns"
  grep -qx 'run-2-2' "$RUNS/columns"
  grep -qx 'metric' "$RUNS/columns"
  # A key given twice counts once; a row without a counter leaves its column empty.
  echo '{"context":{},"benchmarks":[{"name":"BM","real_time":1,"x":2,"x":3},{"name":"BM","y":5,"real_time":4}]}' >"$RUNS/twice.json"
  [ "$("$ZP_BIN/zpanalyze" export "$RUNS/twice.json" | rev | cut -d , -f 1-3 | rev | paste -sd ' ')" = 'x,real_time,y 2,1, ,4,5' ]
}

@test "export tells apart what differs in any part of a name" {
  run=$(dirname "$(grep -l '"matrix": "full"' "$BATS_TEST_DIRNAME"/../../results/reference/vm/*/*/manifest.json | head -n 1)")
  "$ZP_BIN/zpanalyze" export "$run" > "$RUNS/full.csv"
  head -n 1 "$RUNS/full.csv" | grep -q ',stride_bytes,walk,offset,share,node,registered_by,threads,'
  command -v sqlite3 > /dev/null || skip "no sqlite3"
  "$ZP_BIN/zpanalyze" export "$run" --sqlite "$RUNS/full.db"
  columns=$(sqlite3 "$RUNS/full.db" "select group_concat(name) from pragma_table_info('cell') where name not in ('id', 'name')")
  [ "$(sqlite3 "$RUNS/full.db" "select count(*) from cell")" -eq \
    "$(sqlite3 "$RUNS/full.db" "select count(*) from (select distinct $columns from cell)")" ]
  # One that lacks columns is not added to.
  sqlite3 "$RUNS/old.db" "create table cell (id integer primary key, name text, family text, placement text)"
  zpa -2 export "$run" --sqlite "$RUNS/old.db"
  [[ "$said" == *"made by another version of zpanalyze"* ]]
  sqlite3 "$RUNS/full.db" 'drop view tidy; alter table file drop column rows; pragma user_version = 2'
  zpa -2 export "$run" --sqlite "$RUNS/full.db"
  [[ "$said" == *"made by another version of zpanalyze"* ]]
}

@test "export: a test format refuses a time of an emulated machine, and says of links what they are" {
  zpa -3 export "$RUNS/guest" --format lava --metric ns_per_read
  [[ "$said" == *"ns_per_read of an emulated run says nothing"* ]]
  zpa -1 export "$RUNS/guest" --format lava --metric frames
  cd "$BATS_TEST_TMPDIR"
  mkdir links; ln -s "$RUNS/a" links/run; ln -s ring links/ring
  zpa -2 table links
  [[ "$said" == *"links are not followed: name links/run itself"* ]]
  zpa -2 table links/ring
  [[ "$said" == *"links/ring: Too many levels of symbolic links"* ]]
  zpa -2 table 'links/ring/*.json'
  [[ "$said" == *"links/ring/*.json: links/ring: Too many levels of symbolic links"* ]]
}

@test "no output overwrites an input, whatever it is called" {
  cp -r "$RUNS/a" "$RUNS/raw"
  sum=$(cat "$RUNS"/raw/*.json | sha256sum)
  ln -s raw/pass-01.json "$RUNS/soft.html"
  ln "$RUNS/raw/pass-01.json" "$RUNS/hard.html"
  for out in raw/pass-01.json raw/manifest.json soft.html hard.html; do
    zpa -2 report "$RUNS/raw" --out "$RUNS/$out"
    [[ "$said" == *"not written: it is what was read"* ]]
  done
  zpa -2 export "$RUNS/raw" --sqlite "$RUNS/raw/pass-01.json"
  cp "$RUNS/raw/pass-01.json" "$RUNS/x.db-journal"
  zpa -2 export "$RUNS/x.db-journal" --sqlite "$RUNS/x.db"
  cmp "$RUNS/raw/pass-01.json" "$RUNS/x.db-journal"
  run -2 bash -c "'$ZP_BIN/zpanalyze' export '$RUNS/raw' >>'$RUNS/raw/pass-02.json'"
  join_lines
  [[ "$said" == *"standard output would be written over it"* ]]
  for name in "$STRIDES.gp" "$STRIDES.svg"; do
    mkdir "$RUNS/$name.out"
    ln -s ../raw/pass-01.json "$RUNS/$name.out/$name"
    zpa -2 plot "$RUNS/raw" --kinds strides --formats svg --out "$RUNS/$name.out"
    [[ "$said" == *"not written: it "* ]]
  done
  [ "$(cat "$RUNS"/raw/*.json | sha256sum)" = "$sum" ]
}

@test "an output is where it was asked for, or refused" {
  cd "$BATS_TEST_TMPDIR"
  zpa -0 export "$RUNS/a" --sqlite :memory:
  [ -s :memory: ]
  mkfifo fifo.db
  for path in fifo.db:"not a regular file" /dev/null:"not a regular file" nosuch/x.db:"No such file or directory"; do
    zpa -2 export "$RUNS/a" --sqlite "${path%:*}"
    [[ "$said" == *"${path%:*}: "*"${path#*:}"* ]]
  done
  mkdir plots
  mkfifo "plots/$STRIDES.gp"  # nobody reads it
  run -2 timeout 20 "$ZP_BIN/zpanalyze" plot "$RUNS/a" --kinds strides --formats txt --out plots
  [[ "$output" == *"$STRIDES.gp: not written: it exists "* ]]
  local long
  long=$(printf 'a%.0s' {1..300})
  for path in "$long":"File name too long" plots:"Is a directory" /dev/full:"No space left on device"; do
    zpa -2 report "$RUNS/a" --out "${path%:*}"
    [[ "${output//$'\n'/}" == *"cannot write"*"${path%:*}: "* && "$said" == *"${path#*:}"* ]]
  done
  # Standard output closed: no file takes its place.
  run -2 --separate-stderr bash -c "'$ZP_BIN/zpanalyze' report '$RUNS/a' --out page.html <&- >&-"
  [[ "$stderr" == *"cannot write to standard output"* ]]
  [ "$(tail -n 1 page.html)" = "</html>" ]
}

@test "a database with another program's tables or views is left alone" {
  command -v sqlite3 >/dev/null || skip "no sqlite3"
  local what
  for what in "table context(x)" "view figure as select 1 as one" "table Tidy(a)" "view file as select 1"; do
    rm -f "$RUNS/other.db"
    sqlite3 "$RUNS/other.db" "create $what"
    before=$(sqlite3 "$RUNS/other.db" .dump)
    zpa -2 export "$RUNS/a" --sqlite "$RUNS/other.db"
    [[ "$said" == *"of another program (columns "* ]]
    [ "$(sqlite3 "$RUNS/other.db" .dump)" = "$before" ]
  done
}

@test "a gnuplot that fails is not one that is missing" {
  mkdir "$RUNS/bin"
  printf '#!/bin/sh\necho "no fonts here" >&2\nexit 3\n' >"$RUNS/bin/gnuplot"
  chmod +x "$RUNS/bin/gnuplot"
  PATH="$RUNS/bin:$PATH" zpa -0 report "$RUNS/a" --out "$RUNS/page.html"
  [[ "$said" == *"no pictures: gnuplot failed on "*"(exit code 3): no fonts here"* ]]
  printf '#!/bin/sh\nexit 0\n' >"$RUNS/bin/gnuplot"
  PATH="$RUNS/bin:$PATH" zpa -4 plot "$RUNS/a" --out "$RUNS/none"
  [[ "$said" == *"gnuplot made no "* ]]
  rm "$RUNS/bin/gnuplot"
  # Its posix_spawn does not say that there is no such program.
  ! head -c 2 "$ZP_BIN/zpanalyze" | grep -q '#!' || skip "user-mode QEMU"
  PATH="$RUNS/bin" run -4 "$ZP_BIN/zpanalyze" plot "$RUNS/a" --out "$RUNS/none"
  join_lines
  [[ "$said" == *"gnuplot is not installed"* ]]
}

@test "a signal leaves neither a temporary directory nor half a picture or database" {
  mkdir -p "$RUNS/bin" "$RUNS/tmp"
  # Draws for a minute, and begins with half a picture. A signal of batch systems comes to zpanalyze alone.
  printf '#!/bin/sh\nprintf half >"${2%%.gp}.svg"; : >%s; sleep 60 & p=$!; trap "kill $p; exit 9" TERM; wait $p\n' "$RUNS/drawing" >"$RUNS/bin/gnuplot"
  chmod +x "$RUNS/bin/gnuplot"
  for what in "report $RUNS/a --out $RUNS/stopped.html" "plot $RUNS/a --formats svg --out $RUNS/stopped"; do
    for signal in USR1 INT TERM; do
      rm -f "$RUNS/drawing"
      # shellcheck disable=SC2086
      PATH="$RUNS/bin:$PATH" TMPDIR="$RUNS/tmp" "$ZP_BIN/zpanalyze" $what >/dev/null 2>"$RUNS/said" 3>&- &
      pid=$!
      until [ -e "$RUNS/drawing" ]; do sleep 0.02; done
      kill -$signal "$pid"
      pkill -TERM -P "$pid" -x gnuplot
      status=0
      wait "$pid" || status=$?
      [ "$status" = $((128 + $(kill -l $signal))) ]
      grep -q 'zpanalyze: interrupted: ' "$RUNS/said"
      [ -z "$(ls -A "$RUNS/tmp")" ]
      [ ! -e "$RUNS/stopped.html" ]
      [ -z "$(find "$RUNS" -path '*/stopped/*.svg')" ]
    done
  done
  command -v sqlite3 > /dev/null || skip "no sqlite3"
  # Held up by somebody else's transaction, which ends after the signal has come.
  sqlite3 "$RUNS/held.db" 'create table of_others(x)'
  mkfifo "$RUNS/transaction"
  sqlite3 "$RUNS/held.db" <"$RUNS/transaction" 3>&- &
  exec 9>"$RUNS/transaction"
  echo 'begin immediate; insert into of_others values (1);' >&9
  until [ -e "$RUNS/held.db-journal" ]; do sleep 0.02; done
  "$ZP_BIN/zpanalyze" export "$RUNS/a" --sqlite "$RUNS/held.db" 2>"$RUNS/said" 3>&- 9>&- &
  pid=$!
  # It catches signals before it opens a database.
  until find "/proc/$pid/fd" -lname "*/held.db" | grep -q .; do sleep 0.02; done
  kill -USR1 "$pid"
  echo 'commit;' >&9
  exec 9>&-
  status=0
  wait "$pid" || status=$?
  [ "$status" = $((128 + $(kill -l USR1))) ]
  grep -q 'interrupted: .*held.db is as before' "$RUNS/said"
  [ "$(sqlite3 "$RUNS/held.db" 'select group_concat(name) from sqlite_master')" = of_others ]
  [ ! -e "$RUNS/held.db-journal" ]
}
