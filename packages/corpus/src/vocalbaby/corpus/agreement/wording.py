"""Names and numbers of figures as tables and pages write them."""

import math
from typing import Final

from vocalbaby.corpus.agreement.results import Agreement, Figure

__all__ = ["MEASURES", "described", "duration", "number", "with_interval"]

#: Measure to its title in tables.
MEASURES: Final = {
    "agreement": "Agreement",
    "kappa": "Cohen's kappa",
    "alpha": "Krippendorff's alpha",
    "uar": "UAR",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "detection_precision": "Detection precision",
    "detection_recall": "Detection recall",
    "detection_f1": "Detection F1",
    "detection_error_rate": "Detection error rate",
    "identification_error_rate": "Identification error rate",
    "pearson": "Pearson's r",
    "icc_2_1": "ICC(2,1)",
    "bias": "Bias",
    "limit_low": "Lower limit",
    "limit_high": "Upper limit",
    "gamma": "Gamma",
}


def number(value: float | None, digits: int = 2) -> str:
    """Format a value; a hyphen if it is not defined.

    Args:
        value: The value.
        digits: Number of decimals.

    Returns:
        The text.

    Examples:
        >>> number(0.6249), number(None), number(-0.001)
        ('0.62', '-', '0.00')
    """
    if value is None or math.isnan(value):
        return "-"
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def with_interval(figure: Figure | None, digits: int = 2) -> str:
    """Format a figure and its interval.

    Args:
        figure: The figure; None for none.
        digits: Number of decimals.

    Returns:
        The text.

    Examples:
        >>> with_interval(Figure("all", "all", "units", "", "kappa", 0.62, 0.5, 0.7, 100))
        '0.62 (0.50 to 0.70)'
    """
    if figure is None:
        return "-"
    text = number(figure.value, digits)
    if figure.low is None or figure.high is None:
        return text
    return f"{text} ({number(figure.low, digits)} to {number(figure.high, digits)})"


def duration(seconds: float) -> str:
    """Format a length of time in minutes or hours.

    Args:
        seconds: The length.

    Returns:
        The text.

    Examples:
        >>> duration(90.0), duration(60 * 60 * 4)
        ('1.5 minutes', '4.0 hours')
    """
    return f"{seconds / 60:.1f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def described(agreement: Agreement) -> str:
    """Describe what was compared in one line.

    Args:
        agreement: The comparison.

    Returns:
        The text.

    Examples:
        >>> from vocalbaby.corpus.agreement.comparing import compare
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(0, 2, "Crying"),), duration_s=60.0)
        >>> described(compare([day], [day]))
        '1 recording, 1.0 minutes compared in units of 100 ms'
    """
    n = len(agreement.coverage.recordings) - len(agreement.coverage.without_stretches)
    children = agreement.coverage.n_children
    text = f"{n} recording{'s' * (n != 1)}"
    if children:
        text += f" of {children} {'child' if children == 1 else 'children'}"
    text += f", {duration(agreement.coverage.compared_s)} compared"
    return text + f" in units of {1000 * agreement.config.unit_s:g} ms"
