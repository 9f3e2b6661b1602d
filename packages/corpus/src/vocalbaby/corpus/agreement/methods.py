"""A paragraph for the methods section of a paper, with the figures."""

from typing import Final

from vocalbaby.corpus.agreement.results import Agreement
from vocalbaby.corpus.agreement.wording import duration, number, with_interval
from vocalbaby.utils.version import VERSION
from vocalbaby.utils.wording import counted

__all__ = ["methods_paragraph"]

_DRAWN: Final = {
    "children": "children",
    "recordings": "recordings",
    "blocks": "blocks of {minutes:g} minutes of the recordings",
}


def methods_paragraph(agreement: Agreement) -> str:
    """Write how the annotations were compared, and the main figures.

    Args:
        agreement: The comparison.

    Returns:
        Plain text of one paragraph.

    Examples:
        >>> from vocalbaby.corpus.agreement.comparing import compare
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> human = Timeline("day1", (Segment(0, 2, "Crying"),), duration_s=60.0)
        >>> machine = Timeline("day1", (Segment(1, 3, "Crying"),), duration_s=60.0)
        >>> text = methods_paragraph(compare([human], [machine]))
        >>> "time units of 100 ms" in text, "Cohen's kappa was 0.48" in text
        (True, True)
    """
    return " ".join((_what(agreement), _how(agreement), *_found(agreement)))


def _what(agreement: Agreement) -> str:
    covered, config = agreement.coverage, agreement.config
    n = len(covered.recordings) - len(covered.without_stretches)
    of = f" of {counted(covered.n_children, 'child')}" if covered.n_children else ""
    stretches = " in annotated stretches" if agreement.with_regions else ""
    what = ", ".join((*agreement.classes, agreement.none.lower()))
    text = (
        f"Annotations of {counted(n, 'recording')}{of} were compared on "
        f"{duration(covered.compared_s)} of sound{stretches} with VocalBaby {VERSION}, in time "
        f"units of {1000 * config.unit_s:g} ms with the categories {what}."
    )
    if config.junk == "merge" and agreement.mode == "classes":
        text += " Junk counted as no infant sound."
    return text


def _how(agreement: Agreement) -> str:
    config, covered = agreement.config, agreement.coverage
    collar = (
        f"with a collar of {1000 * config.collar_s:g} ms around the boundaries of the reference"
        if config.collar_s
        else "without a collar"
    )
    text = (
        "A unit had the labels of the segments at its centre, and one with several labels was "
        "shared among them. Detection and identification error rates were computed "
        f"{collar}, and segments were matched one to one by the Hungarian method if their "
        f"intersection over union was at least {config.iou:g}."
    )
    if covered.clusters in _DRAWN and config.draws:
        drawn = _DRAWN[covered.clusters].format(minutes=config.block_s / 60)
        text += (
            f" Intervals are {100 * config.level:g} % percentile intervals of a bootstrap over "
            f"{covered.n_clusters} {drawn} ({config.draws} draws)."
        )
    return text


def _found(agreement: Agreement) -> list[str]:
    found = agreement.find

    def shown(measure: str, level: str = "units") -> str:
        return with_interval(found(measure, level))

    units = (
        f"The two sides agreed on {number(100 * agreement.value('agreement'), 1)} % of the units; "
        f"Cohen's kappa was {shown('kappa')} and the unweighted average recall {shown('uar')}."
    )
    errors = (
        f"The detection error rate was {shown('detection_error_rate', 'seconds')} and the "
        f"identification error rate {shown('identification_error_rate', 'seconds')}; "
        f"detection of segments had a precision of {shown('detection_precision', 'segments')} "
        f"and a recall of {shown('detection_recall', 'segments')}."
    )
    texts = [units, errors]
    rate = next((f for f in agreement.figures
                 if f.measure == "icc_2_1" and f.value is not None), None)  # fmt: skip
    if rate is not None:
        texts.append(
            f"The intraclass correlation ICC(2,1) of {rate.class_} was {with_interval(rate)} "
            f"over {rate.n:g} recordings or blocks."
        )
    gamma = found("gamma", "gamma")
    if gamma is not None and gamma.value is not None:
        texts.append(f"The mean of gamma over recordings was {number(gamma.value)}.")
    if agreement.second is not None and agreement.same_stretches is not None:
        texts.append(
            f"On the {duration(agreement.second.coverage.compared_s)} that a second coder had "
            "annotated too, kappa of the two human coders was "
            f"{with_interval(agreement.second.find('kappa'))}, and kappa of the first coder and "
            f"the other side was {with_interval(agreement.same_stretches.find('kappa'))}."
        )
    return texts
