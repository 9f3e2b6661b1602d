"""The page docs/metrics.md, generated from the definitions of the metrics."""

import sys
from pathlib import Path
from typing import Final

from vocalbaby.monitoring.definitions import METRICS, MetricSpec

__all__ = ["main", "page"]

_HEAD: Final = """\
# Metrics

Every series that the service adds to those of its process. Label values come from fixed or
bounded sets: route templates (`unmatched` for every unknown path), the HTTP methods (`OTHER`
for the rest), statuses, codes (`unknown` for one that is not in the table of them), classes
(and `abstained`), and the versions of the models in memory and of the last four before them.

With several workers, whichever is asked shows all of them, dead ones included: counters and
histograms are sums, gauges what the table says. Figures of a process (CPU, memory, open files)
stand once for each living worker, with the label `worker`. What the drift job found is shown
where `--drift-results` names its results, and is the same in every worker.

Made by `python -m vocalbaby.monitoring.metrics_table docs/metrics.md`.

"""
_COLUMNS: Final = ("name", "type", "labels", "meaning", "buckets", "of several workers")


def page() -> str:
    """The page of the manual, in Markdown."""
    lines = [_COLUMNS, ("---",) * len(_COLUMNS), *(_row(spec) for spec in METRICS.values())]
    return _HEAD + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Write the page into the file that is named."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m vocalbaby.monitoring.metrics_table FILE")
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")


def _row(spec: MetricSpec) -> tuple[str, ...]:
    labels = ", ".join(f"`{label}`" for label in spec.labels)
    buckets = ", ".join(f"{bound:g}" for bound in spec.buckets)
    together = spec.workers if spec.kind == "gauge" else ""
    return (f"`{spec.name}`", spec.kind, labels, spec.meaning, buckets, together)


if __name__ == "__main__":
    main()
