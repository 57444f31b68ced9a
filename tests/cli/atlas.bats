#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# zpanalyze atlas: pages over the reference runs, and over runs that try to be more than text.

setup() {
  load ../lib/zpanalyze
  reference=$BATS_TEST_DIRNAME/../../results/reference
  cd "$BATS_TEST_TMPDIR" || return
}

@test "a row per CPU and kernel, a page per CPU; every link leads somewhere" {
  zpa_apart -0 atlas "$reference" --out site
  echo "$stderr"
  [ "$status" = 0 ]
  [ "$output" = site/index.html ]
  for cpu in "Zen 3" "Zen 4" "Zen 5" "IBM/S390"; do grep -q "<tr id=.*$cpu" site/index.html; done
  # No time of an emulated machine, and no cost without an interval.
  grep '<tr id=.*emulated' site/index.html | grep -c 'no time: emulated' | grep -qvx 0
  run ! grep -E '<tr id=.*emulated.*[0-9] %' site/index.html
  grep '<tr id=.*Zen 5' site/index.html | grep -qE 'sequential 1024: <span class="bad">\+[0-9.]+%</span> <span class="figure">\(\+'
  # The oldest run of Zen 5 has neither probe nor boot: the others have.
  grep '<tr id=.*Zen 5' site/index.html | grep -q 'utag 12^27.*measured by zpbench --probe'
  grep -q "Times are those of 10 runs: 1 more records no boot" site/*zen-5*.html
  grep -oh 'href="[^"]*"' site/*.html | sort -u | sed 's/href="\(.*\)"/\1/' | while IFS='#' read -r file anchor; do
    : "${file:=index.html}"
    [ -f "site/$file" ]
    [ -z "$anchor" ] || grep -q "id=\"$anchor\"" "site/$file"
  done
  # Nothing is asked of a network.
  run ! grep -hE 'src=|@import|https?:' site/index.html
}

@test "a virtual machine and the CPU itself are two rows" {
  for kind in kvm none; do
    "$ZP_BIN/zp_make_results" run $kind 2>/dev/null
    sed -i "s/\"machine.virtualisation\": \"[a-z]*\"/\"machine.virtualisation\": \"$kind\"/" $kind/pass-*.json
  done
  sed -i 's/"state": "complete"/"state": "interrupted"/' none/manifest.json
  zpa_apart -0 atlas kvm none --out site
  grep -q '>2 runs of 1 CPU; passes: run is interrupted: 3 of 3 passes.<' site/index.html
  [ "$(grep -c '<tr id=' site/index.html)" = 2 ]
  grep -q '<small>hardware<' site/index.html
}

@test "what other commands do not take together is not pooled, and what they warn of is said" {
  "$ZP_BIN/zp_make_results" run one 2>/dev/null
  cp -r one two
  change() { # PASS KEY VALUE
    jq -c --arg key "$2" --arg value "$3" '.context[$key] = $value' one/"$1".json >two/"$1".json
  }
  rows() { zpa_apart -0 atlas one two --out site; grep -c '<tr id=' site/index.html; }
  for key in num_cpus cache.l1d.size_bytes cache.l1d.ways; do
    for pass in pass-01 pass-02 pass-03; do change $pass $key 64; done
    [ "$(rows)" = 2 ]
  done
  for pass in pass-01 pass-02 pass-03; do change $pass cpu.governor powersave; done
  [ "$(rows)" = 1 ]
  grep -qh 'Runs are taken together that differ: cpu.governor is' site/*.html
  # One pass of another kernel.
  change pass-03 kernel.release 6.99.0
  [ "$(rows)" = 1 ]
  grep -q '>1 run of 1 CPU; 1 left out whose passes are of several machines or kernels' site/index.html
}

@test "one pass is no finding" {
  zpa_apart -0 atlas "$reference"/vm/*/2026-11-26T191645Z/pass-01.json --out site
  grep -q 'not known: 1 pass, an interval needs 3' site/index.html
  grep -q '>not known from 1 pass<' site/index.html
  run ! grep 'rows slower' site/index.html
}

@test "names are text, whatever they hold" {
  run_of=$(ls -d "$reference"/vm/*/2026-11-25T205228Z)
  mkdir hostile
  jq -c '.context["cpu.model"] = "<script>alert(1)</script>\u001b[31m" | .context["kernel.release"] = "\"><img src=x>"' \
    "$run_of/pass-01.json" >hostile/a.json
  zpa_apart -0 atlas hostile/a.json --out site
  [ "$(grep -c '<script' site/index.html)" = 1 ] # ours
  run ! grep -F '<img' site/*.html
  run ! grep -P '\x1b' site/*.html
}

@test "what is not ours is not written over, and then nothing is" {
  mkdir site && echo mine >site/index.html
  zpa_apart -2 atlas "$reference/vm" --out site
  [ "$(ls site)" = index.html ]
  [ "$(cat site/index.html)" = mine ]
  zpa_apart -2 atlas "$BATS_TEST_DIRNAME/../fuzz/corpus/loader" --keep-going --out other
  [ ! -e other ]
}

# What the browser says of the overview, WIDTH pixels wide in SCHEME, once it was filtered by "zen" and sorted twice by
# its fourth column: the page's width, text that is too faint, texts that overlap, cells without text, rows shown, CPUs.
# With SANDBOX as a third argument the page may run no script; then all rows are counted, and the box must not be shown.
look() { # WIDTH SCHEME [sandbox=allow-same-origin]
  local dark=1
  [ "$2" = light ] || dark=0
  cat >frame.html <<HTML
<iframe id="f" ${3-} src="file://$PWD/site/index.html" style="border:0;width:${1}px;height:900px"></iframe><p id="seen"></p>
<script>
onload = () => {
  const page = document.getElementById("f").contentDocument, view = page.defaultView;
  const all = css => [...page.querySelectorAll(css)];
  const channels = colour => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = colour => channels(colour).slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const paper = e => { for (; e; e = e.parentElement) { const c = view.getComputedStyle(e).backgroundColor, [, , , a] = channels(c); if (a !== 0) return c; } };
  const faint = all("h1, p, th, td, small, a, strong, span, code, button").filter(e => e.offsetParent).filter(e => {
    const [a, b] = [light(view.getComputedStyle(e).color), light(paper(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05) < 4.5;
  }).length;
  const boxes = all("tbody tr").flatMap(row => [...row.cells]).map(cell => {
    const range = page.createRange(); range.selectNodeContents(cell); return range.getBoundingClientRect();
  });
  const overlap = boxes.filter((a, i) => boxes.some((b, j) => j > i && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)).length;
  const empty = all("tbody th, tbody td").filter(cell => !cell.textContent.trim()).length;
  const wide = page.documentElement.scrollWidth, table = all("table")[0];
  const cut = table.scrollWidth > table.parentElement.clientWidth ? "cut" : "whole";
  const box = page.querySelector("#filter");
  let shown = "all-" + all("tbody tr").filter(row => row.offsetParent).length, first = "";
  if (box.offsetParent) {
    box.value = "zen"; box.dispatchEvent(new view.Event("input"));
    const button = all("thead button")[3]; button.click(); button.click();
    const rows = all("tbody tr").filter(row => row.offsetParent);
    shown = rows.length; first = rows[0].cells[0].textContent.replaceAll(" ", "_");
  }
  document.getElementById("seen").textContent = ["seen", wide, cut, faint, overlap, empty, shown, first].join(" ");
};
</script>
HTML
  timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --allow-file-access-from-files \
    --user-data-dir="$PWD/profile" --blink-settings="preferredColorScheme=$dark" --enable-logging=stderr --v=0 \
    --window-size=1400,1000 --virtual-time-budget=5000 --dump-dom "file://$PWD/frame.html" 2>said |
    sed -n 's/.*<p id="seen">seen \([^<]*\)<.*/\1/p'
}

@test "in a browser: nothing is cut, overlaps, is faint or empty, on a desktop and a phone, light and dark" {
  command -v chromium >/dev/null || skip "no chromium here (scripts/install-deps.sh --for test)"
  zpa_apart -0 atlas "$reference" --out site
  for width in 1280 390; do
    for scheme in light dark; do
      run look $width $scheme
      echo "$width $scheme: $output"
      read -r wide cut faint overlap empty shown first <<<"$output"
      [ "$wide" -le $width ]
      [ "$cut $faint $overlap $empty" = "whole 0 0 0" ]
      # Three Zens are left, and the one that pays most for one frame stands first.
      [ "$shown" = 3 ]
      [[ $first == *Zen_5* ]]
      run ! grep 'CONSOLE' said
    done
    run look $width light sandbox=allow-same-origin
    echo "$width, no script: $output"
    read -r wide cut faint overlap empty shown first <<<"$output"
    [ "$wide" -le $width ]
    [ "$cut $faint $overlap $empty $shown" = "whole 0 0 0 all-$(grep -c '<tr id=' site/index.html)" ]
  done
  # The sentence about the knob wraps; only its table scrolls.
  run grep -c '^<p>On this CPU' site/amd-epyc-family-2*.html
  [ "$(grep -c ':1$' <<<"$output")" = 3 ]
  grep -oE '<a href="#[^"]*"' site/index.html | sed 's/.*#\(.*\)"/\1/' >links
  [ "$(wc -l <links)" = "$(grep -c '<tr id=' site/index.html)" ]
  while read -r anchor; do grep -q "<tr id=\"$anchor\"" site/index.html; done <links
}
