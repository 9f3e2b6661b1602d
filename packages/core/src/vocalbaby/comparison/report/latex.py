r"""The results as a table for a paper, in LaTeX with the package booktabs."""

from collections.abc import Sequence
from typing import Final

from vocalbaby.comparison.report.results import Estimate, Figures
from vocalbaby.comparison.report.wording import FAMILIES, parts

__all__ = ["escape_latex", "to_latex"]

_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
    **dict.fromkeys("\r\n\t", " "),
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "-": "{-}",
}
_METRICS: Final = (("uar", "UAR"), ("macro_f1", "Macro F1"), ("ece", "ECE"))


def escape_latex(text: str) -> str:
    r"""Escape a text for LaTeX; control characters are left out.

    Examples:
        >>> print(escape_latex("a_b & 50 %"))
        a\_b \& 50 \%
    """
    found = "".join(_SPECIAL.get(character, character) for character in text)
    return "".join(character for character in found if character.isprintable())


def to_latex(rows: Sequence[Figures], confidence: float) -> str:
    r"""Return UAR, macro F1 and calibration error with intervals; the best figures are bold.

    Args:
        rows: Figures on devel and test, in the order of the table.
        confidence: Coverage of the intervals.

    Returns:
        A LaTeX environment ``table``, for documents with ``\usepackage{booktabs}``.

    Examples:
        >>> row = Figures("a/svm/flat", "test", 9, 3, {"uar": Estimate(0.7, 0.6, 0.8)})
        >>> print(to_latex([row], 0.95).splitlines()[10])
            a & support vector machine & flat & 0.700 {\footnotesize [0.600, 0.800]} \\
    """
    experiments = list(dict.fromkeys(row.experiment for row in rows))
    by_key = {(row.experiment, row.split): row.metrics for row in rows}
    columns = [("devel", "uar", "UAR (devel)")]
    columns += [("test", metric, f"{name} (test)") for metric, name in _METRICS]
    columns = [c for c in columns if any(c[1] in row.metrics for row in rows if row.split == c[0])]
    figures = {
        (name, split, metric): by_key.get((name, split), {}).get(metric, Estimate(None))
        for name in experiments
        for split, metric, _ in columns
    }
    best = {
        (split, metric): _best([figures[name, split, metric] for name in experiments], metric)
        for split, metric, _ in columns
    }
    body = []
    for name in experiments:
        feature_set, family, mode = parts(name)
        cells = [escape_latex(each) for each in (feature_set, FAMILIES.get(family, family), mode)]
        cells += [
            _cell(figures[name, split, metric], best[split, metric]) for split, metric, _ in columns
        ]
        body.append(" & ".join(cells) + r" \\")
    head = ["Features", "Family", "Mode", *(title for *_, title in columns)]
    return "\n".join(
        [
            "% Needs \\usepackage{booktabs}. Written by VocalBaby.",
            r"\begin{table}",
            r"  \centering",
            rf"  \caption{{{_caption(rows, confidence)}}}",
            r"  \label{tab:comparison}",
            r"  \small",
            rf"  \begin{{tabular}}{{lll{'r' * len(columns)}}}",
            r"    \toprule",
            f"    {' & '.join(head)} \\\\",
            r"    \midrule",
            *(f"    {line}" for line in body),
            r"    \bottomrule",
            r"  \end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _best(figures: Sequence[Estimate], metric: str) -> float | None:
    values = [figure.value for figure in figures if figure.value is not None]
    best = min if metric == "ece" else max
    return best(values) if len(values) > 1 else None


def _cell(figure: Estimate, best: float | None) -> str:
    if figure.value is None:
        return "--"
    text = f"{figure.value:.3f}"
    text = rf"\textbf{{{text}}}" if figure.value == best else text
    if figure.low is not None and figure.high is not None:
        text += rf" {{\footnotesize [{figure.low:.3f}, {figure.high:.3f}]}}"
    return text


def _caption(rows: Sequence[Figures], confidence: float) -> str:
    sizes = {row.split: (row.n_clips, row.n_children) for row in rows}
    text = "; ".join(
        f"{split}: {clips} clips of {children} children"
        for split, (clips, children) in sorted(sizes.items())
        if split in {"devel", "test"}
    )
    return (
        f"Comparison of models ({text}). In brackets: {100 * confidence:g}\\,\\% bootstrap "
        "intervals, resampling children. Devel chose the model; the best figures are bold."
    )
