"""Style of the report. Colours of plots are those of Okabe and Ito."""

from typing import Final

__all__ = ["CSS"]

#: The style sheet: light and dark colours, narrow screens, and print on A4.
CSS: Final = """
:root { color-scheme: light dark; --page: #ffffff; --text: #1c2126; --soft: #56606b;
  --line: #d5dae0; --band: #f4f7f7; --note: #fff6dc; --note-line: #b98900; --accent: #1f5f5b;
  --mark: #e3f0ef; --c0: #0072b2; --c1: #d55e00; --c2: #007a5a; --c3: #a8327a; --c4: #8a6a00; }
@media (prefers-color-scheme: dark) { :root { --page: #14181c; --text: #e7ebef; --soft: #a9b3bd;
  --line: #3a434c; --band: #1b2126; --note: #352d10; --note-line: #e6c229; --accent: #7cc7bf;
  --mark: #1f3634; --c0: #5db2ea; --c1: #ff8b3d; --c2: #3fc79a; --c3: #e58cc4; --c4: #e6c229; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.5rem 4rem; background: var(--page);
  color: var(--text); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.15rem; font-weight: 600; margin: 0 0 1.25rem; color: var(--soft); }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 3rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; overflow-wrap: anywhere; }
p, li { max-width: 46rem; } p { margin: .4rem 0; } li { margin: .35rem 0; }
a { color: var(--accent); }
code, pre { font: .875em ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { background: var(--band); border: 1px solid var(--line); border-radius: .4rem;
  padding: .75rem 1rem; white-space: pre-wrap; }
.soft, figcaption, caption { color: var(--soft); font-size: .875rem; }
.answer { border-left: .35rem solid var(--accent); background: var(--band); padding: 1.25rem 1.5rem;
  border-radius: 0 .5rem .5rem 0; }
.answer .model { font-size: 1.6rem; line-height: 1.25; font-weight: 650; margin: 0; max-width: none;
  overflow-wrap: anywhere; }
.numbers { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1rem 0 0; }
.numbers div { min-width: 7rem; }
.numbers dt { color: var(--soft); font-size: .875rem; }
.numbers dd { margin: 0; font-size: 1.5rem; font-weight: 600; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
.numbers dd small { display: block; font-size: .875rem; font-weight: 400; color: var(--soft); }
.notes { background: var(--note); border-left: .35rem solid var(--note-line); padding: .5rem 1.5rem;
  border-radius: 0 .5rem .5rem 0; margin: 1.5rem 0; }
.notes h2 { margin: .5rem 0; font-size: 1.1rem; } ul { padding-left: 1.25rem; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem 1rem;
  font-size: .9rem; margin: 1.25rem 0 0; } nav li { margin: .2rem 0; }
figure { margin: 1.25rem 0; }
blockquote { margin: .75rem 0; padding: .25rem 1.25rem; border-left: .25rem solid var(--line); }
summary { cursor: pointer; color: var(--accent); }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums;
  min-width: 100%; }
caption { text-align: left; padding: 0 0 .4rem; }
th, td { padding: .35rem .6rem; text-align: right; border-bottom: 1px solid var(--line);
  vertical-align: top; white-space: nowrap; }
th { font-weight: 600; } thead th { border-bottom: 2px solid var(--soft); vertical-align: bottom; }
thead th:first-child, th[scope=row], td.text { text-align: left; }
th[scope=row], td.text { font-weight: 500; white-space: normal; min-width: 9rem;
  overflow-wrap: break-word; }
td small { display: block; color: var(--soft); font-size: .8rem; }
tr.chosen { background: var(--mark); } tr.chosen th { font-weight: 700; }
.settings { min-width: 0; } .settings th, .settings td { text-align: left; white-space: normal;
  overflow-wrap: anywhere; }
svg { display: block; width: 100%; overflow: visible; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
svg .grid { stroke: var(--line); stroke-width: 1; } svg .axis { stroke: var(--soft); }
svg .level, svg .ideal { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 4 4; }
.forest { list-style: none; margin: 0; padding: 0; }
.forest li { display: grid; grid-template-columns: minmax(12rem, 19rem) 1fr 11rem; gap: 0 1rem;
  align-items: center; max-width: none; margin: 0; padding: .1rem .5rem; font-size: .875rem;
  break-inside: avoid; border-radius: .3rem; }
.forest .name { overflow-wrap: break-word; line-height: 1.3; }
.forest .value { text-align: right; font-variant-numeric: tabular-nums; color: var(--soft); }
.forest .value b { color: var(--text); }
.forest .chosen { background: var(--mark); } .forest .chosen .name { font-weight: 700; }
.test { stroke: var(--c0); fill: var(--c0); } .devel { stroke: var(--c1); fill: var(--page); }
line.test, line.devel { stroke-width: 2.5; } circle, .diamond { stroke-width: 2; }
.s0 { stroke: var(--c0); fill: var(--c0); } .s1 { stroke: var(--c1); fill: var(--c1); }
.s2 { stroke: var(--c2); fill: var(--c2); } .s3 { stroke: var(--c3); fill: var(--c3); }
.s4 { stroke: var(--c4); fill: var(--c4); }
line.curve { stroke-width: 2; } line.bar { stroke-width: 1.25; opacity: .75; }
.bins { fill: var(--c0); opacity: .25; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; list-style: none; padding: 0;
  margin: .5rem 0; font-size: .875rem; } .legend li { margin: 0; }
.legend svg { display: inline-block; width: 1.6rem; height: .9rem; vertical-align: -.1rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr));
  gap: 1.5rem 2.5rem; align-items: start; }
.plot { max-width: 44rem; } .square { max-width: 24rem; }
.confusion td, .confusion thead th { text-align: center; }
.confusion td { border: 1px solid var(--page); min-width: 3.6rem; vertical-align: middle;
  background: color-mix(in srgb, var(--accent) calc(var(--share) * 50%), var(--page)); }
.confusion td small { color: var(--text); }
.small { display: grid; gap: 1.25rem; padding: 0; list-style: none;
  grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
.small li { font-size: .8rem; line-height: 1.3; break-inside: avoid; overflow-wrap: anywhere; }
.small svg { max-width: 9rem; margin-bottom: .35rem; } .small .tile { fill: var(--accent); }
.small .frame { fill: none; stroke: var(--line); }
@media (max-width: 40rem) { body { padding: 1rem 1rem 3rem; }
  .answer, .notes { padding: 1rem; } .answer .model { font-size: 1.3rem; }
  .forest li { grid-template-columns: 1fr auto; padding: .35rem .4rem; }
  .forest .mark { grid-column: 1 / -1; grid-row: 2; } .forest .axis .name { display: none; }
  th, td { padding: .3rem .4rem; } th[scope=row] { min-width: 7.5rem; }
  .confusion td { min-width: 2.7rem; } }
@page { size: A4; margin: 16mm 14mm; }
@media print { :root { color-scheme: light; --page: #ffffff; --text: #000000; --soft: #444444;
  --line: #cccccc; --band: #f4f7f7; --note: #fff6dc; --note-line: #b98900; --accent: #1f5f5b;
  --mark: #e3f0ef; --c0: #0072b2; --c1: #d55e00; --c2: #007a5a; --c3: #a8327a; --c4: #8a6a00; }
  body { max-width: none; padding: 0; font-size: 10pt; line-height: 1.4; } nav { display: none; }
  p, li { max-width: none; } h2 { margin-top: 1.5rem; } h2, h3, caption { break-after: avoid; }
  section > p, .legend { break-after: avoid; } td small { font-size: 7pt; }
  .wide { overflow: visible; } table { font-size: 8pt; } th, td { padding: .2rem .35rem; }
  th[scope=row] { min-width: 7rem; } .forest li { grid-template-columns: 13rem 1fr 9rem; }
  figure, tr, .answer, .plot, .square { break-inside: avoid; }
  p, li { break-inside: avoid; } tbody tr:first-child { break-before: avoid; }
  thead { display: table-header-group; break-after: avoid; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""
