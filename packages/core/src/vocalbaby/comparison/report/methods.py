"""What readers do with the result: use the model, and write about it."""

from vocalbaby.comparison.report.results import Estimate, Results
from vocalbaby.comparison.report.sections import ranked
from vocalbaby.comparison.report.summary import Summary
from vocalbaby.comparison.report.wording import METRIC_NAMES, sentence, title, with_interval
from vocalbaby.utils.wording import counted

__all__ = ["method", "use"]


def use() -> str:
    """Return how to use the bundle.

    Examples:
        >>> "vocalbaby-serve" in use()
        True
    """
    commands = (
        "vocalbaby predict CLIPS --model bundle\n"
        "vocalbaby-serve --host 127.0.0.1 --port 8000 --model bundle\n"
        "curl -F files=@CLIP.wav http://127.0.0.1:8000/predict"
    )
    return (
        "<p>The folder <code>bundle</code> beside this page is the chosen model. From this folder, "
        f"label clips with it, or serve it over HTTP:</p><pre>{commands}</pre>"
    )


def method(results: Results, summary: Summary) -> str:
    """Return a paragraph for the section on methods.

    Examples:
        >>> "<blockquote>" in method(Results(()), Summary(chosen="a/b/flat"))
        True
    """
    names = ranked(results)
    sizes = [results.on(summary.chosen, split) for split in ("devel", "test")]
    said = " and ".join(
        f"{counted(row.n_clips, 'clip')} of {counted(row.n_children, 'child')} in {row.split}"
        for row in sizes
        if row is not None
    )
    resamples = results.setting("resamples")
    count = f" ({resamples} resamples)" if resamples else ""
    test = sizes[1].metrics.get("uar", Estimate(None)) if sizes[1] else Estimate(None)
    reached = with_interval(test, summary.confidence)
    version = summary.versions.get("vocalbaby-core", "")
    text = (
        f"We compared {counted(len(names), 'combination')} of acoustic features, family of models "
        f"and mode of classification with VocalBaby{f' {version}' if version else ''}, on {said}; "
        "no child was in two splits. Settings were chosen and models compared by "
        f"{METRIC_NAMES[summary.objective]} on the development split; the test split was used "
        "only for the figures reported here. Intervals are "
        f"{100 * summary.confidence:g} % percentile intervals of a bootstrap over children{count}; "
        "differences are paired by child. The chosen model, "
        f"{title(summary.chosen)}, reached an unweighted average recall of {reached} on test."
    )
    return (
        f"<blockquote><p>{sentence(text)}</p></blockquote>"
        "<p><code>table.tex</code> beside this page is the table in LaTeX, for the package "
        "booktabs. To cite VocalBaby, use "
        "<code>CITATION.cff</code> of its repository; cite your corpus and feature sets too.</p>"
    )
