"""The results of a run as Markdown, reliability plots and curves of risk and coverage."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vocalbaby.entity.labels import CLASSES

__all__ = ["markdown", "plot_coverage", "plot_reliability"]

Results = Mapping[str, Any]

_NOTE = (
    "Shares are in percent; an abstention is a miss. ECE has 15 bins of equal width. p is "
    "1 - P(Junk), whether or not the model abstains."
)


def markdown(results: Results) -> str:
    """Render all results; shares are in percent."""
    run = results["run"]
    quick = (
        " Quick run: a reduced training, whose figures are not those of the recipe."
        * (run["quick"])
    )
    parts = [
        f"Recipe `{run['recipe']}`, commit {run['commit']}, {run['half']} half.{quick}",
        _NOTE,
        "### Corpora left out of training",
        _corpora(results["left_out"]),
        "### Error rate of the clips that remain if the doubtful ones are set aside",
        _coverage(results["left_out"]),
        "### Groups held out, with other groups of DonateACry in training",
        _corpora(results["held_out_groups"]),
        "### Recording channels: recall, and recall relative to clean clips",
        _channels(results["channels"]),
        "### Hard sounds called an infant sound",
        _hard(results["hard"]),
        "### Speech of adults and children called an infant sound",
        _table(
            ("speech", "clips", "Canonical", "any infant sound", "p >= .9"),
            (
                (
                    name,
                    row["clips"],
                    *(_percent(row[c]) for c in ("Canonical", "infant", "p >= .9")),
                )
                for name, row in results["speech"].items()
            ),
        ),
        "### First choice of YAMNet",
        _listener(results["listener"]) if results["listener"] else "",
        "### Synthetic against real cries",
        _table(
            ("real cries", "clips", "synthetic clips", "AUC"),
            (
                (name, row["real"], row["synthetic"], f"{row['auc']:.3f}")
                for name, row in results["two_sample"].items()
            ),
        ),
        *(f"- {remark}" for remark in results["remarks"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _corpora(scores: Mapping[str, Results]) -> str:
    classes = [c for c in CLASSES if any(c in part["recalls"] for part in scores.values())]
    head = ("corpus", "clips", "groups", "UAR", *(f"recall {name}" for name in classes))
    rows = (
        (
            name,
            part["clips"],
            part["groups"],
            _percent(part["uar"]),
            *(_percent(part["recalls"].get(c)) for c in classes),
            _percent(part["ece"]),
            _percent(part["abstentions"]),
            _percent(part.get("cries_at_junk")),
        )
        for name, part in scores.items()
    )
    return _table((*head, "ECE", "abstentions", "cries at 93 % of junk"), rows)


def _coverage(scores: Mapping[str, Results]) -> str:
    first = next(iter(scores.values()))["coverage"]
    head = ["corpus", *(f"{c} % kept" for c in first["risk"]), "AURC"]
    head += [f"{reason}{what}" for reason in first["reasons"] for what in ("", ", error")]
    rows = []
    for name, part in scores.items():
        found = part["coverage"]
        values = [*found["risk"].values(), found["area"]]
        values += [r[what] for r in found["reasons"].values() for what in ("share", "error")]
        rows.append((name, *map(_percent, values)))
    return _table(head, rows)


def _channels(scores: Mapping[str, Results]) -> str:
    classes = list(scores["clean"]["recalls"])
    corpora = [
        name for name, recalls in scores["clean"]["by_corpus"].items() if "Crying" in recalls
    ]
    head = ("channel", *(f"{c}{what}" for c in classes for what in ("", ", relative")))
    rows = []
    for name, part in scores.items():
        values = [part[what][c] for c in classes for what in ("recalls", "relative")]
        values += [part["by_corpus"][corpus].get("Crying") for corpus in corpora]
        rows.append((name, *map(_percent, values)))
    return _table((*head, *(f"cries of {corpus}" for corpus in corpora)), rows)


def _hard(models: Mapping[str, Mapping[str, Results]]) -> str:
    rows = [
        (model, kind, row["clips"], *(_percent(row[c]) for c in ("labelled", "p >= .5", "p >= .9")))
        for model, kinds in models.items()
        for kind, row in kinds.items()
    ]
    return _table(("model", "kind", "clips", "label", "p >= .5", "p >= .9"), rows)


def _listener(heard: Mapping[str, Results]) -> str:
    families = ("cry", "laughter", "speech")
    rows = [
        (
            name,
            row["clips"],
            *(_percent(row[family]) for family in families),
            ", ".join(f"{choice} {n}" for choice, n in row["most_frequent"]),
        )
        for name, row in heard.items()
    ]
    return _table(("clips of", "clips", *families, "most frequent"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def plot_reliability(path: Path, scores: Mapping[str, Results]) -> None:
    """Plot accuracy against confidence for each corpus, with the number of clips in each bin."""
    figure = Figure(figsize=(3.2 * len(scores), 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (name, part) in zip(
        figure.subplots(1, len(scores), squeeze=False)[0], scores.items(), strict=True
    ):
        bins = part["reliability"]
        axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
        axes.plot(
            [b["confidence"] for b in bins],
            [b["accuracy"] for b in bins],
            marker="o",
            markersize=4,
        )
        for b in bins:
            axes.annotate(
                str(b["n"]),
                (b["confidence"], b["accuracy"]),
                xytext=(0, 5),
                textcoords="offset points",
                ha="center",
                fontsize=7,
            )
        axes.set(xlim=(0, 1.03), ylim=(-0.02, 1.1), xlabel="Confidence", ylabel="Accuracy")
        axes.set_title(f"{name}: ECE {100 * part['ece']:.1f} %", fontsize=10)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def plot_coverage(path: Path, scores: Mapping[str, Results]) -> None:
    """Plot the error rate against the share of clips that keep their label."""
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for name, part in scores.items():
        shares, risks = zip(*part["coverage"]["curve"], strict=True)
        width = 2.0 if name == "all" else 1.0
        axes.plot(shares, risks, linewidth=width, label=name)
    axes.set(xlim=(0, 1), ylim=(0, None), xlabel="Coverage", ylabel="Error rate (risk)")
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=110, metadata={"Software": None})
