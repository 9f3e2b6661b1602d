"""Style of the page. Colours of marks are those of Okabe and Ito."""

from typing import Final

__all__ = ["CSS"]

#: The style sheet: light and dark colours, narrow screens, and print.
CSS: Final = """
:root { color-scheme: light dark; --page: #ffffff; --text: #1c2126; --soft: #56606b;
  --line: #d5dae0; --band: #f4f7f7; --note: #fff6dc; --note-line: #b98900; --heat: #0072b2;
  --c0: #0072b2; --c1: #d55e00; --c2: #007a5a; }
@media (prefers-color-scheme: dark) { :root { --page: #14181c; --text: #e7ebef; --soft: #a9b3bd;
  --line: #3a434c; --band: #1b2126; --note: #352d10; --note-line: #e6c229; --heat: #2d80bd;
  --c0: #5db2ea; --c1: #ff8b3d; --c2: #3fc79a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.5rem 4rem; background: var(--page);
  color: var(--text); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .5rem; padding-top: 1rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p, li { max-width: 46rem; } p { margin: .4rem 0; }
.soft, figcaption, caption { color: var(--soft); font-size: .875rem; }
.numbers { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.25rem 0 0; }
.numbers dt { color: var(--soft); font-size: .875rem; }
.numbers dd { margin: 0; font-size: 1.5rem; font-weight: 600; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
.numbers dd small { display: block; font-size: .875rem; font-weight: 400; color: var(--soft); }
.notes { background: var(--note); border-left: .35rem solid var(--note-line);
  padding: .5rem 1.5rem; border-radius: 0 .5rem .5rem 0; margin: 1.5rem 0; }
.notes ul { margin: 0; padding-left: 1rem; } .notes li { max-width: none; }
blockquote { margin: .75rem 0; padding: .25rem 1.25rem; border-left: .25rem solid var(--line); }
figure { margin: 1rem 0; max-width: 46rem; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 0 0 .4rem; }
th, td { padding: .35rem .7rem; text-align: right; border-bottom: 1px solid var(--line);
  vertical-align: top; white-space: nowrap; }
thead th { border-bottom: 2px solid var(--soft); vertical-align: bottom; font-weight: 600; }
thead th:first-child, th[scope=row] { text-align: left; font-weight: 500; }
td small { display: block; color: var(--soft); font-size: .8rem; }
.heat td { text-align: center; min-width: 5.5rem; border: 2px solid var(--page);
  background: color-mix(in srgb, var(--heat) calc(var(--share) * 60%), var(--band)); }
.heat td small { color: inherit; }
.heat td.hit { outline: 2px solid var(--soft); outline-offset: -2px; }
.heat thead th { text-align: center; border-bottom: 0; } .heat th[scope=row] { border-bottom: 0; }
svg { display: block; width: 100%; overflow: visible; }
svg text { fill: var(--text); font: 12px system-ui, sans-serif; }
svg .axis { fill: var(--soft); } svg .grid { stroke: var(--line); stroke-width: 1; }
svg .ideal { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 4 4; }
svg .mean { stroke: var(--c1); stroke-width: 1.5; }
.s0 { stroke: var(--c0); fill: var(--c0); } .s1 { stroke: var(--c1); fill: var(--c1); }
.s2 { stroke: var(--c2); fill: var(--c2); } line.s0, line.s1, line.s2 { stroke-width: 2; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; list-style: none; padding: 0;
  margin: .5rem 0; font-size: .875rem; } .legend svg { display: inline-block; width: 1.1rem;
  height: .8rem; vertical-align: baseline; }
details { margin: .5rem 0; } summary { cursor: pointer; color: var(--soft); }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; }
  figure, table, .notes { break-inside: avoid; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""
