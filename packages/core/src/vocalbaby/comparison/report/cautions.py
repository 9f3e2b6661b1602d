"""What to be careful about in the results of a comparison, as sentences."""

from collections.abc import Iterator
from typing import Final

from vocalbaby.comparison.report.results import ClassFigures, Figures, Results
from vocalbaby.comparison.report.wording import number, parts, signed, title, with_interval
from vocalbaby.utils.wording import counted

__all__ = ["cautions"]

#: Bounds below or above which there is a warning.
_FEW_CHILDREN: Final = 40
_FEW_CLIPS: Final = 10
_LARGE_ECE: Final = 0.1
_LARGE_GAP: Final = 0.05
_LARGE_SPREAD: Final = 0.15
_STILL_RISING: Final = 0.01
_SUSPICIOUS: Final = 0.99


def cautions(tables: Results, chosen: str, confidence: float) -> Iterator[str]:
    """Yield what to be careful about, the most important first.

    Args:
        tables: The results.
        chosen: Name of the chosen experiment.
        confidence: Coverage of the intervals.

    Yields:
        Complete sentences with their figures.

    Examples:
        >>> from vocalbaby.comparison.report.results import Estimate
        >>> row = Figures("a/svm/flat", "test", 90, 9, {"uar": Estimate(1.0, 1.0, 1.0)})
        >>> for sentence in cautions(Results((row,)), "a/svm/flat", 0.95):
        ...     print(sentence.split(":")[0])
        The UAR of a/svm/flat on test is 1.000, which is nearly perfect
        Few children
    """
    test, devel = tables.on(chosen, "test"), tables.on(chosen, "devel")
    yield from _perfect(tables)
    for name, detail in tables.findings:
        if name != "few_children":
            yield f"{detail[:1].upper()}{detail[1:].rstrip('.')}."
    yield from _children(test, devel)
    yield from _supports(tables, chosen)
    yield from _calibration(test, confidence)
    yield from _gap(test, devel, confidence)
    yield from _corpora(tables, chosen)
    yield from _unseen(tables)
    yield from _learning(tables, chosen)
    yield from _hierarchy(tables, chosen)


def _perfect(tables: Results) -> Iterator[str]:
    for row in tables.figures:
        value = row.metrics["uar"].value if "uar" in row.metrics else None
        if value is not None and value >= _SUSPICIOUS and row.split in {"devel", "test"}:
            yield (
                f"The UAR of {row.experiment} on {row.split} is {number(value)}, which is nearly "
                "perfect: check that no feature gives the class away, such as the loudness, "
                "length or file format of the recordings of one class, and that no clip is in "
                "two splits."
            )
            return


def _children(test: Figures | None, devel: Figures | None) -> Iterator[str]:
    few = [row for row in (devel, test) if row is not None and row.n_children < _FEW_CHILDREN]
    if few:
        sizes = " and ".join(f"{counted(row.n_children, 'child')} in {row.split}" for row in few)
        verb = "is" if few[0].n_children == 1 else "are"
        single = [row.split for row in few if row.n_children == 1]
        if single:
            yield (
                f"The intervals on {_and(single)} say nothing: there is only one child, so nothing "
                "is known about how much children differ."
            )
        yield (
            f"Few children: there {verb} {sizes}. With fewer than {_FEW_CHILDREN}, bootstrap "
            "intervals are too narrow on average, and a few other children could change the "
            "figures and the choice."
        )


def _supports(tables: Results, chosen: str) -> Iterator[str]:
    for split in ("devel", "test"):
        own = [c for c in tables.classes if (c.experiment, c.split) == (chosen, split)]
        missing = [c.name for c in own if c.support == 0]
        few = [c for c in own if 0 < c.support < _FEW_CLIPS]
        if missing:
            yield (
                f"The split {split} has no clip of {_and(missing)}, so nothing is known there "
                "about this class, and UAR is the mean of the others."
            )
        if few:
            names = _and([f"{c.name} ({counted(c.support, 'clip')})" for c in few])
            yield (
                f"The split {split} has fewer than {_FEW_CLIPS} clips of {names}: each single "
                "clip changes the recall of its class, and so UAR, visibly."
            )
        yield from _never(own, split)


def _never(own: list[ClassFigures], split: str) -> Iterator[str]:
    never = [c.name for c in own if c.support and c.precision.value is None]
    if never:
        yield f"The chosen model gives no clip of {split} the label {_and(never)}."


def _calibration(test: Figures | None, confidence: float) -> Iterator[str]:
    ece = test.metrics.get("ece") if test else None
    if ece is not None and ece.value is not None and ece.value > _LARGE_ECE:
        yield (
            f"The probabilities are not well calibrated: the expected calibration error on test "
            f"is {with_interval(ece, confidence)}. Do not add them up, and do not set a threshold "
            "on them, before they are calibrated on clips of your own."
        )


def _gap(test: Figures | None, devel: Figures | None, confidence: float) -> Iterator[str]:
    if test is None or devel is None:
        return
    ours, theirs = test.metrics["uar"], devel.metrics["uar"]
    if ours.value is None or theirs.value is None:
        return
    gap = theirs.value - ours.value
    if abs(gap) > _LARGE_GAP:
        why = (
            "a part of it may be that devel chose the model, and another that the children differ"
            if gap > 0
            else "the children of the splits differ in how easily their clips are classified"
        )
        yield (
            f"The UAR on devel, {number(theirs.value)}, is {number(abs(gap))} "
            f"{'higher' if gap > 0 else 'lower'} than the UAR on test, "
            f"{with_interval(ours, confidence)}: {why}. Report the one on test."
        )


def _corpora(tables: Results, chosen: str) -> Iterator[str]:
    own = [
        row
        for row in tables.corpora
        if (row.experiment, row.split) == (chosen, "test") and row.uar.value is not None
    ]
    if len(own) > 1:
        own.sort(key=lambda row: (row.uar.value or 0.0, row.corpus))
        low, high = own[0], own[-1]
        if (high.uar.value or 0) - (low.uar.value or 0) > _LARGE_SPREAD:
            yield (
                f"The UAR differs between corpora: {number(low.uar.value)} on {low.corpus} "
                f"({counted(low.n_children, 'child')}) and {number(high.uar.value)} on "
                f"{high.corpus} ({counted(high.n_children, 'child')}). If a class comes mostly "
                "from one corpus, a model can recognize the corpus instead of the class."
            )


def _unseen(tables: Results) -> Iterator[str]:
    rows = [row for row in tables.unseen if row.recall.value is not None]
    if rows:
        low = min(rows, key=lambda row: (row.recall.value or 0.0, row.corpus, row.label))
        yield (
            "With the same settings, but without a corpus in training, the recalls on that corpus "
            f"are {number(low.recall.value)} at worst ({low.label} of {low.corpus}). Recordings "
            "from elsewhere are like these corpora rather than like test."
        )


def _learning(tables: Results, chosen: str) -> Iterator[str]:
    own = [c for c in tables.curves if c.experiment == chosen and c.uar.value is not None]
    splits = {c.split for c in own}
    split = "devel" if "devel" in splits else next(iter(sorted(splits)), "")
    points = sorted((c.children, c.uar.value or 0.0) for c in own if c.split == split)
    if len(points) > 1:
        (before, old), (after, new) = points[-2:]
        if new - old > _STILL_RISING:
            yield (
                f"The learning curve still rises: from {counted(before, 'child')} to "
                f"{counted(after, 'child')} in training, the UAR on {split} changes by "
                f"{signed(new - old)}. Clips of more children promise more than other settings."
            )


def _hierarchy(tables: Results, chosen: str) -> Iterator[str]:
    feature_set, family, mode = parts(chosen)
    flat, tree = (f"{feature_set}/{family}/{each}" for each in ("flat", "hierarchical"))
    row = tables.difference(tree, flat, "devel", "uar")
    if row is None or row.estimate.value is None or row.estimate.includes(0) is None:
        return
    if row.estimate.includes(0) or row.estimate.value < 0:
        less = "" if mode == "flat" else " The flat model is the simpler one."
        yield (
            f"The hierarchy shows no gain for the {title(flat)}: its UAR on devel differs by "
            f"{signed(row.estimate.value)} ({signed(row.estimate.low)} to "
            f"{signed(row.estimate.high)}) from the flat one's.{less}"
        )


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
