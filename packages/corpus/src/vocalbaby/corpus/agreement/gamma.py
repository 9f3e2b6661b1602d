"""Gamma of Mathet et al., by pygamma-agreement, which only this module imports."""

import importlib
import importlib.util
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from vocalbaby.corpus.agreement.results import Figure
from vocalbaby.corpus.agreement.stretches import Spans, clip_track
from vocalbaby.corpus.agreement.tracks import Track
from vocalbaby.exception import MissingExtraError

__all__ = ["gamma_figures", "gamma_of", "require_gamma"]

_SIDES: Final = ("reference", "other")


def require_gamma() -> None:
    """Verify that pygamma-agreement is installed.

    Raises:
        MissingExtraError: It is not.

    Examples:
        >>> from vocalbaby.exception import MissingExtraError
        >>> try:
        ...     require_gamma()
        ... except MissingExtraError as error:
        ...     print(error.hint)
        pip install 'vocalbaby-corpus[gamma]'
    """
    if importlib.util.find_spec("pygamma_agreement") is None:
        raise MissingExtraError(
            "Computing gamma needs pygamma-agreement, which is not installed.",
            hint="pip install 'vocalbaby-corpus[gamma]'",
            name="pygamma_agreement",
        )


def gamma_of(reference: Track, other: Track, classes: Sequence[str], seed: int) -> float:
    """Compute gamma of a recording, which measures places and classes of segments at once.

    Mathet, Widlöcher and Métivier (2015, "The unified and holistic method gamma for
    inter-annotator agreement measure and alignment",
    https://doi.org/10.1162/COLI_a_00227), with the combined dissimilarity, alpha = beta = 1,
    delta of empty units 1, and 30 random continua.

    Args:
        reference: Segments of the reference that have a length.
        other: Segments of the other side that have a length.
        classes: Names of the classes.
        seed: Seed of the random continua; the state of numpy's global generator is restored.

    Returns:
        Gamma; NaN where a side has no segment.

    Raises:
        MissingExtraError: pygamma-agreement is not installed.

    Examples:
        >>> from vocalbaby.corpus.agreement.tracks import track_of
        >>> one, none = track_of([(0, 1, "A")], ["A"]), track_of([], ["A"])
        >>> gamma_of(one, none, ["A"], seed=0)
        nan
    """
    if not (reference.size and other.size):
        return math.nan
    require_gamma()
    pygamma: Any = importlib.import_module("pygamma_agreement")
    core: Any = importlib.import_module("pyannote.core")
    continuum = pygamma.Continuum()
    for side, track in zip(_SIDES, (reference, other), strict=True):
        for onset, offset, kind in zip(track.onset, track.offset, track.kind, strict=True):
            continuum.add(side, core.Segment(float(onset), float(offset)), classes[kind])
    state = np.random.get_state()  # noqa: NPY002 - pygamma-agreement draws from it
    try:
        np.random.seed(seed)  # noqa: NPY002
        dissimilarity = pygamma.CombinedCategoricalDissimilarity(alpha=1, beta=1, delta_empty=1.0)
        return float(continuum.compute_gamma(dissimilarity, n_samples=30).gamma)
    finally:
        np.random.set_state(state)  # noqa: NPY002


def gamma_figures(
    tracks: Mapping[str, tuple[Track, Track]],
    spans: Mapping[str, Spans],
    classes: Sequence[str],
    seed: int,
) -> Iterator[Figure]:
    """Compute gamma of each recording, and its mean over recordings.

    Args:
        tracks: Recording to the segments of both sides.
        spans: Recording to its compared stretches.
        classes: Names of the classes.
        seed: Seed of the random continua.

    Yields:
        Gamma of each recording with the number of the reference's segments, and the mean with
        the number of recordings.

    Raises:
        MissingExtraError: pygamma-agreement is not installed.

    Examples:
        >>> list(gamma_figures({}, {}, ["A"], seed=0))[0].value is None
        True
    """
    found = []
    for name, pair in tracks.items():
        own, given = (clip_track(track, spans[name])[0] for track in pair)
        value = gamma_of(own, given, classes, seed)
        known = None if math.isnan(value) else value
        found += [] if known is None else [known]
        yield Figure("recording", name, "gamma", "", "gamma", known, n=float(own.size))
    mean = float(np.mean(found)) if found else None
    yield Figure("all", "all", "gamma", "", "gamma", mean, n=float(len(found)))
