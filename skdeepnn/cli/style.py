"""How a page looks: on a desk, on a phone, in the dark and on paper."""

__all__ = ["STYLE"]

STYLE = """
:root {
  color-scheme: light dark;
  --ink: #1b1b1b; --muted: #5c5c5c; --paper: #fff; --card: #f6f6f4;
  --rule: #d9d9d6; --link: #005a92;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #a55a94; --c4: #8a6d00;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ink: #ececea; --muted: #a9a9a5; --paper: #161718; --card: #202224;
    --rule: #3a3d40; --link: #7cc4f0;
    --c0: #56b4e9; --c1: #f08a3c; --c2: #2fc79b; --c3: #dd9cc4; --c4: #f0e442;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere;
}
header, nav, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1.6rem 0 .3rem; }
h2 {
  font-size: 1.2rem; line-height: 1.3; margin: 2.4rem 0 .6rem; padding-top: .7rem;
  border-top: 2px solid var(--rule);
}
h3 { font-size: 1rem; margin: 0 0 .3rem; }
h4 { font-size: .9rem; margin: 0 0 .3rem; }
p, ul { margin: .4rem 0 .8rem; max-width: 44rem; }
ul { padding-left: 1.2rem; }
a { color: var(--link); }
nav a { display: inline-block; padding: .25rem .8rem .25rem 0; }
.lead, .small, figcaption, caption, footer { color: var(--muted); }
.small, figcaption, caption, footer { font-size: .875rem; }
.lead { margin: 0 0 .6rem; }
footer { margin-top: 3rem; padding-bottom: 2rem; }

.grid {
  display: grid; gap: 1rem; margin: .8rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
}
.grid:has(.wide) {
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
}
.grid > * { min-width: 0; }
@media (min-width: 56rem) { .grid > .wide { grid-column: 1 / -1; } }
.scores { grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
.card {
  background: var(--card); border: 1px solid var(--rule); border-radius: 6px;
  padding: .7rem .9rem; margin: 0;
}
.card svg:not(.bar) { display: block; width: 100%; max-width: 30rem; height: auto; }
figcaption { margin-top: .5rem; }
dl { margin: .8rem 0; }
dt { font-size: .875rem; color: var(--muted); }
dd { margin: 0; }
dd.value { font-size: 1.7rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
dd.value small { font-size: .95rem; color: var(--muted); white-space: nowrap; }
dd.small { line-height: 1.35; margin-top: .2rem; }

.scroll { overflow-x: auto; max-width: 100%; }
.scroll:focus-visible, a:focus-visible, summary:focus-visible {
  outline: 2px solid var(--link); outline-offset: 2px;
}
table {
  border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums;
}
caption { text-align: left; padding: 0 0 .4rem; }
caption span { display: block; max-width: calc(100vw - 4rem); }
th, td {
  text-align: left; vertical-align: baseline; padding: .22rem .9rem .22rem 0;
  border-bottom: 1px solid var(--rule); unicode-bidi: isolate;
  overflow-wrap: normal;
}
thead th { color: var(--muted); font-weight: 600; vertical-align: bottom; }
tbody th {
  font-weight: 500; min-width: 5.5rem; max-width: 18rem; overflow-wrap: anywhere;
}
td:not(.num) { min-width: 5.5rem; max-width: 18rem; overflow-wrap: anywhere; }
th.num, td.num { text-align: right; white-space: nowrap; }
td.best { font-weight: 700; }
td small { color: var(--muted); font-size: inherit; font-weight: 400; }
code, pre { font: .85em/1.45 ui-monospace, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: .4rem 0; white-space: pre; }
summary { cursor: pointer; padding: .3rem 0; }

table.matrix th, table.matrix td {
  text-align: right; padding: .3rem .5rem; border: 1px solid var(--rule);
}
table.matrix th { min-width: 2.2rem; max-width: 8rem; overflow-wrap: anywhere; }
table.matrix th:first-child { min-width: 6.5rem; }
table.matrix td { min-width: 2.2rem; position: relative; z-index: 0; }
table.matrix td::before {
  content: ""; position: absolute; inset: 0; z-index: -1;
  background: var(--c1); opacity: calc(.75 * var(--share, 0));
}
table.matrix td.right { font-weight: 700; }
table.matrix td.right::before {
  background: var(--c0); opacity: calc(.35 * var(--share, 0));
}
table.matrix td.none { color: var(--muted); }
table.bars td.bar { width: 45%; min-width: 4rem; padding-right: .6rem; }
table.bars tbody th { min-width: 5rem; }
table.bars { width: 100%; }
svg.bar { display: block; width: 100%; height: .9rem; }

svg text { fill: var(--ink); font-size: 11px; }
svg .tick { fill: var(--muted); font-size: 10px; }
svg .strong { font-weight: 700; }
svg .halo { paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
svg .grid { stroke: var(--rule); stroke-width: .7; }
svg .axis { stroke: var(--muted); stroke-width: 1; }
svg .reference {
  stroke: var(--muted); stroke-width: 1; stroke-dasharray: 1 3; fill: none;
}
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .thin { stroke-width: 1.3; }
svg .faint { stroke: var(--muted); stroke-width: .8; opacity: .45; }
svg .c0 { stroke: var(--c0); } svg .c1 { stroke: var(--c1); }
svg .c2 { stroke: var(--c2); } svg .c3 { stroke: var(--c3); }
svg .c4 { stroke: var(--c4); }
svg .dot { stroke: none; }
svg .dot.c0, svg .fill, svg .right { fill: var(--c0); }
svg .dot.c1, svg .wrong { fill: var(--c1); }
svg .soft { fill: var(--c0); opacity: .45; }
svg .fold { fill: var(--c0); opacity: .4; }
svg .field { fill: var(--paper); stroke: var(--rule); }
svg .whisker {
  stroke: var(--ink); stroke-width: 1.2; vector-effect: non-scaling-stroke;
}

@page { margin: 14mm; }
@media print {
  :root { color-scheme: light; }
  body { font-size: 10pt; }
  header, main, footer { max-width: none; padding: 0; }
  nav { display: none; }
  h1 { margin-top: 0; }
  h2, h3, h3 + p, h4, caption, thead { break-after: avoid; }
  .card { background: none; }
  svg .halo { stroke: #fff; }
  .grid, .grid:has(.wide) { grid-template-columns: 1fr 1fr; gap: .6rem; }
  .grid.scores { grid-template-columns: repeat(4, 1fr); }
  .card, tr, svg { break-inside: avoid; }
  .scroll { overflow: visible; }
  .wide, .broad { grid-column: 1 / -1; }
  table { font-size: 8.5pt; }
  th, td { padding-right: .5rem; }
  table.matrix th, table.matrix td { padding: .15rem .3rem; font-size: 8pt; }
  th.num { white-space: normal; }
  pre { white-space: pre-wrap; }
  details::details-content { content-visibility: visible; height: auto; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
