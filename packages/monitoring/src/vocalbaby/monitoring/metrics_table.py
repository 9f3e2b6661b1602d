"""The page docs/metrics.md, generated from the definitions of the metrics."""

import sys
from pathlib import Path
from typing import Final

from vocalbaby.monitoring.definitions import METRICS, MetricSpec

__all__ = ["page"]

_HEAD: Final = """\
# Metrics

The service exports these metrics in addition to those of its process. Label values come from
fixed or bounded sets: route templates (`unmatched` for a path without a route), HTTP methods
(`OTHER` for methods that are not standard), statuses, error and warning codes (`unknown` for a
code that is not in the table of codes), classes and `abstained`, and the versions of the models in
memory and of the four models before them.

With several workers, every response to a scrape covers all workers, including those that have
ended: counters and histograms are summed, and the last column says how gauges are combined. CPU
time, memory and open files appear once per running worker, with the label `worker`. The metrics of
the drift job appear if `--drift-results` names the folder of its results, and are the same in every
worker.

This page is generated: `python -m vocalbaby.monitoring.metrics_table docs/metrics.md`.

"""
_COLUMNS: Final = ("name", "type", "labels", "meaning", "buckets", "combined over workers")


def page() -> str:
    """Return the page in Markdown.

    Examples:
        >>> page().splitlines()[0]
        '# Metrics'
    """
    lines = [_COLUMNS, ("---",) * len(_COLUMNS), *(_row(spec) for spec in METRICS.values())]
    return _HEAD + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Write the page to the file named on the command line."""
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
