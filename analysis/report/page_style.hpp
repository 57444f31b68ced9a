// SPDX-License-Identifier: MIT
// The page's style sheet. Colours are given once for each scheme; all text passes WCAG AA (4.5:1).
#pragma once

namespace zp::analysis {

inline constexpr const char* kPageStyle = R"(:root {
  --paper: #ffffff; --ink: #222222; --soft: #5b6068; --line: #d9dce1; --band: #f4f5f7;
  --good: #00704f; --bad: #b04500; --banner: #fff1c9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181d; --ink: #e6e6e6; --soft: #a5abb5; --line: #3a3f47; --band: #1f2229;
    --good: #4cc9a0; --bad: #ff9a5c; --banner: #4a3d10;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem;
  border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; overflow-wrap: anywhere; }
.host, .note, figcaption, .unit, small { color: var(--soft); }
.host, .note, figcaption { font-size: .875rem; margin: .3rem 0; }
p, li, dd, figcaption { max-width: 50rem; }
nav ul { padding: 0; margin: 1.2rem 0; list-style: none; display: flex; flex-wrap: wrap;
  gap: .2rem 1.2rem; font-size: .875rem; }
a { color: inherit; }
.headline { font-size: 1.1rem; font-weight: 600; margin: 1rem 0; overflow-wrap: anywhere; }
.banner { background: var(--banner); padding: .6rem .8rem; border-radius: .3rem; }
/* What is too wide scrolls by itself; the page never does. */
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; white-space: nowrap; }
th:first-child { text-align: left; padding-left: 0; }
tbody th { font-weight: 400; }
/* The label stays when a narrow screen scrolls the figures. */
th:first-child { position: sticky; left: 0; background: var(--paper); }
tbody tr:nth-child(odd) > * { background: var(--band); }
thead th { border-bottom: 1px solid var(--ink); vertical-align: bottom; }
td small { display: block; }
.unit { display: block; font-weight: 400; font-size: .75rem; }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.same, .open { color: var(--soft); }
.files td { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .75rem; }
figure { margin: 1.2rem 0 2rem; }
img { display: block; max-width: 100%; height: auto; }
pre { overflow-x: auto; background: var(--band); padding: .8rem; font-size: .8rem; }
li, dd { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(8rem, auto) 1fr; gap: .2rem 1rem;
  font-size: .875rem; }
dt { color: var(--soft); overflow-wrap: anywhere; }
dd { margin: 0; }
.claims dt { color: var(--ink); }
summary { cursor: pointer; margin: 1rem 0; }
@page { size: A4; margin: 15mm; }
@media print {
  main { max-width: none; padding: 0; }
  :root, body { font-size: 12px; }
  table, pre, dl { font-size: .75rem; }
  th, td { padding: .15rem .3rem; }
  /* Paper does not scroll. */
  .wide { overflow: visible; }
  thead th, .files td { white-space: normal; }
  .files td { overflow-wrap: anywhere; }
  tr, figure, dd { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  nav, details { display: none; }
}
/* On a phone labels are wrapped, so that figures are in sight beside them. */
@media (max-width: 36rem) {
  dl { grid-template-columns: 1fr; }
  dd { margin-bottom: .5rem; }
  table { font-size: .8rem; }
  th, td { padding: .2rem .4rem; }
  th:first-child { max-width: 9rem; white-space: normal; overflow-wrap: break-word; }
  img { width: 100%; }
}
)";

}  // namespace zp::analysis
