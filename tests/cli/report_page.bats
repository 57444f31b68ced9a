#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The report as a browser shows it. ZP_BIN is the directory of the programs.

# What the browser says of the page of a report, shown WIDTH pixels wide in SCHEME (light, dark): the
# width that it takes, its paper's colour, its pictures (loaded/all/narrow ones/cut off), how many of them
# are on that paper, and "ran" if a script of a name did.
look() { # PAGE WIDTH SCHEME
  local frame=$BATS_TEST_TMPDIR/frame.html dark=1
  [ "$3" = light ] || dark=0
  cat >"$frame" <<HTML
<iframe id="f" src="file://$1" style="border:0;width:${2}px;height:900px"></iframe><p id="seen"></p>
<script>
onload = () => {
  const page = document.getElementById("f").contentDocument, images = [...page.images];
  const paper = getComputedStyle(page.body).backgroundColor.replaceAll(" ", "");
  const pen = document.createElement("canvas").getContext("2d");
  const paper_of = image => {
    pen.drawImage(image, 0, 0);
    return "rgb(" + [...pen.getImageData(1, 1, 1, 1).data].slice(0, 3).join(",") + ")";
  };
  document.getElementById("seen").textContent = ["seen", page.documentElement.scrollWidth,
    paper, [images.filter(i => i.naturalWidth > 0).length, images.length,
      images.filter(i => atob(i.currentSrc.split(",")[1]).includes('viewBox="0 0 360 ')).length,
      images.filter(i => i.getBoundingClientRect().right > page.documentElement.clientWidth).length].join("/"),
    images.filter(i => paper_of(i) == paper).length, window.ran || ""].join(" ");
};
</script>
HTML
  # A profile of its own; the frame may look into the page, since both are files.
  timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --allow-file-access-from-files \
    --user-data-dir="$BATS_TEST_TMPDIR/profile" --blink-settings=preferredColorScheme=$dark \
    --window-size=1400,1000 --virtual-time-budget=5000 --dump-dom "file://$frame" 2>/dev/null |
    sed -n 's/.*<p id="seen">\(seen [^<]*\)<.*/\1/p'
}

setup_file() {
  command -v chromium >/dev/null || skip "no chromium here (scripts/install-deps.sh --for test)"
  "$ZP_BIN/zp_make_results" run "$BATS_FILE_TMPDIR/run" --counters
  "$ZP_BIN/zp_make_results" run "$BATS_FILE_TMPDIR/new" --kernel 6.2.0 --seed 2 --single-frame-ns 1.3
  cd "$BATS_FILE_TMPDIR" && "$ZP_BIN/zpanalyze" report new --base run --out page.html
}

@test "the page fits a desktop and a phone, light and dark, with every picture" {
  for width in 1280 390; do
    for scheme in light:255,255,255 dark:22,24,29; do
      run look "$BATS_FILE_TMPDIR/page.html" $width "${scheme%%:*}"
      echo "$width $scheme: $output"
      read -r _ wide paper pictures alike ran <<<"$output"
      [ "$wide" -le $width ]
      [ "$paper" = "rgb(${scheme#*:})" ]
      IFS=/ read -r loaded all narrow cut <<<"$pictures"
      [ "$loaded" = "$all" ]
      [ "$all" -gt 0 ]
      [ "$narrow" = $((width == 390 ? all : 0)) ]
      [ "$cut" = 0 ]
      [ "$alike" = "$all" ]
      [ -z "$ran" ]
    done
  done
}

@test "a run of the claims matrix: the tables of its families, and the limits that follow from it" {
  local top run median
  top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  run=$(dirname "$(grep -l '"matrix": "claims"' "$top"/results/reference/vm/*/*/manifest.json | head -1)")
  median=$(jq -s '[.[].benchmarks[] | select(.run_type == "iteration" and (.name | startswith("cow/placement:huge_zero/")))
    | .ns_per_fault] | sort | (.[length / 2 - 1] + .[length / 2]) / 2 | round' "$run"/pass-*.json)
  cd "$BATS_TEST_TMPDIR"
  "$ZP_BIN/zpanalyze" report "$run" --out claims.html
  "$ZP_BIN/zpanalyze" report "$run" --cover >claims.mail
  "$ZP_BIN/zpanalyze" report "$run" --md >claims.md
  local file
  for file in claims.*; do
    run grep -c "Reads only" "$file"
    [ "$output" = 0 ]
    grep -q "other than reads (cow, fault, guest, metadata, safety," "$file" # numa was skipped
    for table in "cow: placement" "fault: placement" "scan: contents, use_zero_pages, mode" "unmerge: placement, way"; do
      grep -q "$table" "$file"
    done
    grep -q "0 0: skipped: this machine has 1 NUMA node" "$file"
  done
  # The first screen: the kernel bug, the claims, and where everything is.
  sed '/<nav>/q' claims.html >first
  grep -qE "[0-9]+ rows? failed verification(: a|, [0-9]+ of them because of a) kernel bug" first
  grep -q "ksm_zero_pages: [0-9]* too many" first
  grep -qE "Of [0-9]+ claims about zero pages that this run can judge: [0-9]+ confirmed" first
  grep -q "<dt>unmerge <span class=\"good\">confirmed</span></dt>" claims.html
  for id in $(sed -n 's/.*<h2 id="\([^"]*\)".*/\1/p' claims.html); do grep -q "<a href=\"#$id\">" claims.html; done
  grep -A1 "^  [0-9a-f]\{64\}$" claims.mail | grep -qx "    [0-9T-]*Z/pass-01.json"
  grep -q "<td>$median</td>" claims.html
  [ "$(wc -L <claims.mail)" -le 75 ]
  "$ZP_BIN/zpanalyze" report "$BATS_FILE_TMPDIR/run" --cover | grep -q "Reads only"
  for width in 1280 390; do
    run look "$PWD/claims.html" $width light
    echo "$width: $output"
    read -r seen wide _ _ _ ran <<<"$output"
    [ "$seen" = seen ]
    [ "$wide" -le $width ]
  done
}

@test "an emulated run: what the terminal shows, and no empty cell" {
  local top
  top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  "$ZP_BIN/zpanalyze" report "$(echo "$top"/results/reference/qemu-s390x/7.2*/*)" --out "$BATS_TEST_TMPDIR/guest.html"
  cd "$BATS_TEST_TMPDIR"
  grep -q 'class="headline">Page frames behind a table of zeros.*ksm_zero_page 128' guest.html
  grep -q "^ ksm_zero_page  *128  *128  *all  *none$" guest.html
  grep -q "^Model of z13, per read" guest.html
  not_empty=$(grep -c "<td></td>" guest.html) || :
  [ "$not_empty" = 0 ]
}

@test "a name that is a script stays text" {
  local bad='<script>parent.ran=1</script><img src=x onerror=parent.ran=1>'
  sed "s|ksm_single|$bad|g" "$BATS_FILE_TMPDIR/run/pass-01.json" >"$BATS_TEST_TMPDIR/bad.json"
  grep -q '<script>parent' "$BATS_TEST_TMPDIR/bad.json"
  "$ZP_BIN/zpanalyze" report "$BATS_TEST_TMPDIR/bad.json" --out "$BATS_TEST_TMPDIR/bad.html"
  run look "$BATS_TEST_TMPDIR/bad.html" 1280 light
  echo "$output"
  read -r seen _ _ _ _ ran <<<"$output"
  [ "$seen" = seen ]
  [ -z "$ran" ]
}
