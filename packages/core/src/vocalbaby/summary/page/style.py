"""Style of the page. Colours are those of Okabe and Ito, which colour-blind readers distinguish."""

from typing import Final

from vocalbaby.entity.labels import CLASSES, Label

__all__ = ["CSS", "SLUGS"]

#: Class to the name of its colour.
SLUGS: Final[dict[Label, str]] = dict(
    zip(CLASSES, ("canonical", "noncanonical", "crying", "laughing", "junk"), strict=True)
)

CSS: Final = (
    """
:root { color-scheme: light dark; --page: #ffffff; --text: #1c2126; --soft: #59636e;
  --line: #d5dae0; --band: #f5f7f9; --note: #fff6dc; --canonical: #0072b2;
  --noncanonical: #2ba6de; --crying: #d55e00; --laughing: #a07800; --junk: #8a929b; }
@media (prefers-color-scheme: dark) { :root { --page: #14181c; --text: #e7ebef; --soft: #a3adb8;
  --line: #343c45; --band: #1c2228; --note: #38300f; --canonical: #4aa3df;
  --noncanonical: #8fd3f5; --crying: #ff8b3d; --laughing: #e6c229; --junk: #8a929b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--page);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: 1rem;
  border-top: 1px solid var(--line); overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: .25rem 0; }
.soft, figcaption { color: var(--soft); font-size: .875rem; }
.notes { background: var(--note); border-radius: .375rem; padding: .5rem 1rem; margin: 1rem 0; }
.notes ul { margin: 0; padding-left: 1.25rem; }
figure { margin: 1rem 0; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--text); font: 12px system-ui, sans-serif; }
svg .axis { fill: var(--soft); }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .tick { stroke: var(--soft); stroke-width: 1; }
svg .lane { fill: var(--band); }
svg .unheard { fill: var(--line); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;
  font-size: .875rem; }
caption { text-align: left; color: var(--soft); padding: .25rem 0; }
th, td { padding: .3rem .4rem; text-align: right; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
th:first-child { text-align: left; font-weight: 600; }
thead th { vertical-align: bottom; font-weight: 600; }
td .ends { color: var(--soft); }
.swatch { display: inline-block; width: .7em; height: .7em; border-radius: 2px;
  margin-right: .4em; }
"""
    + "\n".join(
        f".{slug} {{ fill: var(--{slug}); background: var(--{slug}); }}" for slug in SLUGS.values()
    )
    + """
@media print { :root { --page: #ffffff; --text: #000000; --soft: #444444; --line: #bbbbbb;
    --band: #f5f5f5; --note: #ffffff; --canonical: #0072b2; --noncanonical: #2ba6de;
    --crying: #d55e00; --laughing: #a07800; --junk: #8a929b; }
  body { max-width: none; padding: 0; font-size: 11pt; }
  figure, table, .notes { break-inside: avoid; } h2, h3 { break-after: avoid; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""
)
