"""Names and numbers as the report writes them."""

from html import escape
from typing import Final

from vocalbaby.comparison.report.results import Estimate

__all__ = [
    "FAMILIES",
    "METRIC_NAMES",
    "breakable",
    "complexity",
    "number",
    "parts",
    "sentence",
    "signed",
    "title",
    "with_interval",
]

#: Families, the simplest first, with their names in sentences.
FAMILIES: Final = {
    "logistic_regression": "logistic regression",
    "svm": "support vector machine",
    "mlp": "multilayer perceptron",
    "boosted_trees": "boosted trees",
    "soft_vote": "soft vote",
}
#: Metrics with their names in tables.
METRIC_NAMES: Final = {
    "uar": "UAR",
    "macro_f1": "Macro F1",
    "weighted_f1": "Weighted F1",
    "precision": "Precision",
    "recall": "Recall",
    "accuracy": "Accuracy",
    "ece": "ECE",
}


def title(experiment: str) -> str:
    """Return an experiment in words.

    Examples:
        >>> title("egemaps/svm/flat")
        'support vector machine on egemaps (flat)'
    """
    feature_set, family, mode = parts(experiment)
    return f"{FAMILIES.get(family, family)} on {feature_set} ({mode})"


def parts(experiment: str) -> tuple[str, str, str]:
    """Return feature set, family and mode.

    Examples:
        >>> parts("a/svm/flat")
        ('a', 'svm', 'flat')
    """
    feature_set, _, rest = experiment.partition("/")
    family, _, mode = rest.partition("/")
    return feature_set, family, mode


def complexity(experiment: str) -> tuple[int, int, int, str]:
    """Return a key that sorts experiments, the simplest first.

    Families have the order of `FAMILIES`; a flat model is simpler than a hierarchical one, and a
    single feature set than joined ones.

    Examples:
        >>> sorted(["a+b/svm/flat", "a/mlp/flat", "a/svm/flat"], key=complexity)
        ['a/svm/flat', 'a+b/svm/flat', 'a/mlp/flat']
    """
    feature_set, family, mode = parts(experiment)
    order = list(FAMILIES)
    rank = order.index(family) if family in order else len(order)
    return rank, int(mode == "hierarchical"), feature_set.count("+"), experiment


def number(value: float | None) -> str:
    """Return a figure with three decimals; ``n/a`` if it is undefined.

    Examples:
        >>> number(0.7), number(-1e-9), number(None)
        ('0.700', '0.000', 'n/a')
    """
    return "n/a" if value is None else f"{round(value, 3) + 0.0:.3f}"


def signed(value: float | None) -> str:
    r"""Return a difference with its sign.

    Examples:
        >>> signed(0.02), signed(-0.02) == "\N{MINUS SIGN}0.020"
        ('+0.020', True)
    """
    return "n/a" if value is None else _minus(f"{round(value, 3) + 0.0:+.3f}")


def with_interval(estimate: Estimate, confidence: float, about: str = "") -> str:
    """Return a figure with its interval, for a sentence.

    Examples:
        >>> with_interval(Estimate(0.7, 0.6, 0.8), 0.95)
        '0.700 (95 % interval 0.600 to 0.800)'
    """
    more = [about] if about else []
    if estimate.low is not None and estimate.high is not None:
        ends = f"{_minus(number(estimate.low))} to {_minus(number(estimate.high))}"
        more.insert(0, f"{100 * confidence:g} % interval {ends}")
    return _minus(number(estimate.value)) + (f" ({'; '.join(more)})" if more else "")


def breakable(text: str) -> str:
    """Escape a name for HTML, which may be broken into lines at its marks.

    Examples:
        >>> breakable("a_b/<c>")
        'a_<wbr>b/<wbr>&lt;c&gt;'
    """
    return "".join(f"{escape(c)}<wbr>" if c in "_/+." else escape(c) for c in text)


def sentence(text: str) -> str:
    """Escape a sentence for HTML, and keep numbers and their per cent signs in one line.

    Examples:
        >>> sentence("95 % of <b>")
        '95&nbsp;% of &lt;b&gt;'
    """
    return escape(text).replace(" %", "&nbsp;%")


def _minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")
