"""The result of a soak: JSON, a Markdown table and a plot of memory against time."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.soak.ledger import Ledger
from benchmarks.soak.watch import Sample, growth_per_hour

__all__ = ["Limits", "Result", "summarize"]

#: Soaks that are shorter say nothing about a slope.
_LEAST_S: Final = 3600.0


@dataclass(frozen=True)
class Limits:
    """What a service may use.

    Attributes:
        warm_share: Share of the time in which caches and pools fill.
        kb_per_hour: Most growth of the memory.
        most_mb: Most memory.
        files_per_hour: Most growth of the number of open files, without connections.
        threads_per_hour: Most growth of the number of threads.
    """

    warm_share: float = 0.5
    kb_per_hour: float = 8192.0
    most_mb: float = 700.0
    files_per_hour: float = 2.0
    threads_per_hour: float = 2.0


@dataclass
class Result:
    """Figures of a soak, in the order of the table, and the faults."""

    figures: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    clips: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether there was any fault."""
        return bool(self.faults)

    def markdown(self) -> str:
        """Return the table."""
        rows = [f"| {name} | {value} |" for name, value in self.figures.items()]
        rows += [f"| fault: {name} | {count} |" for name, count in self.faults.items()]
        return "\n".join(("| figure | value |", "| --- | --- |", *rows))

    def write(self, folder: Path) -> None:
        """Write ``soak.json``, ``soak.md`` and ``memory.png``."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {**asdict(self), "samples": [sample._asdict() for sample in self.samples]}
        (folder / "soak.json").write_text(json.dumps(content, indent=1) + "\n")
        (folder / "soak.md").write_text(self.markdown() + "\n")
        _plot(self.samples, folder / "memory.png")


def summarize(
    ledger: Ledger, samples: Sequence[Sample], limits: Limits, rows: int, *, seconds: float
) -> Result:
    """Compare what was measured with the limits.

    Args:
        ledger: The answers and faults; gets the faults of the limits.
        samples: Looks at the service.
        limits: What it may use.
        rows: Rows of the prediction log.
        seconds: How long the soak was.
    """
    warm = [s for s in samples if s.seconds >= limits.warm_share * seconds] or list(samples)
    slopes = {
        name: growth_per_hour([s.seconds for s in warm], [getattr(s, name) for s in warm])
        for name in ("pss_kb", "rss_kb", "files", "threads")
    }
    most_mb = max(s.pss_kb for s in samples) / 1024
    if most_mb > limits.most_mb:
        ledger.fault("memory", f"{most_mb:.0f} MB, more than {limits.most_mb:.0f}")
    bounds = {
        "pss_kb": limits.kb_per_hour,
        "files": limits.files_per_hour,
        "threads": limits.threads_per_hour,
    }
    if seconds >= _LEAST_S and not ledger.kills:
        for name, bound in bounds.items():
            if slopes[name] > bound:
                ledger.fault(f"growth of {name}", f"{slopes[name]:.0f} per hour, above {bound:g}")
    milliseconds = np.quantile(ledger.latencies_s or [0.0], [0.5, 0.99, 1.0]) * 1000
    figures = {
        "duration": f"{seconds:.0f} s",
        "requests answered": sum(ledger.answered.values()),
        "clips classified and compared": sum(len(clips) for _, clips in ledger.rows.values()),
        "rows of the prediction log": rows,
        "attacks": sum(n for kind, n in ledger.kinds.items() if kind.startswith("hostile")),
        "jobs": sum(n for kind, n in ledger.kinds.items() if "job" in kind),
        "refused by design (429, 503)": sum(ledger.refused.values()),
        "lost answers": sum(ledger.lost.values()),
        "wrong answers": sum(ledger.wrong.values()),
        "cut by a killed worker": sum(ledger.cut.values()),
        "killed workers": len(ledger.kills),
        "latency p50, p99, longest": " / ".join(f"{ms:.0f} ms" for ms in milliseconds),
        "memory at the begin, at the end, most (PSS)": (
            f"{warm[0].pss_kb / 1024:.1f} / {warm[-1].pss_kb / 1024:.1f} / {most_mb:.1f} MB"
        ),
        "growth of memory after warm-up (PSS)": f"{slopes['pss_kb']:+.0f} kB per hour",
        "growth of memory after warm-up (RSS)": f"{slopes['rss_kb']:+.0f} kB per hour",
        "growth of open files": (
            f"{slopes['files']:+.1f} per hour, most {max(s.files for s in samples)}"
        ),
        "most open files and connections": max(s.fds for s in samples),
        "growth of threads": (
            f"{slopes['threads']:+.1f} per hour, most {max(s.threads for s in samples)}"
        ),
        "most bytes in the folder of the log": max(s.log_bytes for s in samples),
        "most bytes in the folder of jobs": max(s.job_bytes for s in samples),
    }
    faults = {f"lost {kind}": n for kind, n in ledger.lost.items()}
    faults |= {f"wrong {kind}": n for kind, n in ledger.wrong.items()} | dict(ledger.faults)
    return Result(
        figures,
        faults,
        ledger.examples,
        dict(sorted(ledger.kinds.items())),
        dict(sorted(ledger.clips.items())),
        dict(ledger.refused),
        list(samples),
    )


def _plot(samples: Sequence[Sample], path: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - slow to import

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - slow to import

    figure, axes = plt.subplots(2, 1, figsize=(8, 6), sharex=True)
    minutes = [s.seconds / 60 for s in samples]
    axes[0].plot(minutes, [s.pss_kb / 1024 for s in samples], label="PSS, MB")
    axes[0].set_ylim(bottom=0)
    axes[1].plot(minutes, [s.fds for s in samples], label="open files and connections")
    axes[1].plot(minutes, [s.threads for s in samples], label="threads")
    axes[1].plot(minutes, [s.log_bytes / 2**20 for s in samples], label="log folder, MiB")
    axes[1].set_xlabel("minutes")
    for axis in axes:
        axis.legend()
    figure.savefig(path, dpi=100)
    plt.close(figure)
