"""A small archive with random predictions, for the tests of samplers."""

import numpy as np

from vocalbaby.corpus.sampling.frame import Frame, build_frame
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Child, Segment, Timeline

__all__ = ["day", "small_frame"]


def day(name: str, seed: int, minutes: float, child: str = "c1", n: int = 40) -> Timeline:
    """A recording whose vocalizations are in its first half, with probabilities."""
    rng = np.random.default_rng(seed)
    segments = []
    for onset in np.sort(rng.uniform(0, 30 * minutes, n)).tolist():
        p = rng.dirichlet([0.4, 1.0, 0.5, 0.2, 0.8]).tolist()
        label = CLASSES[int(np.argmax(p))]
        segments.append(Segment(onset, onset + 0.7, label, dict(zip(CLASSES, p, strict=True))))
    return Timeline(
        name,
        tuple(segments),
        duration_s=60 * minutes,
        child=Child(child, "lab"),
        attributes={"model_version": "m-1"},
    )


def small_frame(**settings: object) -> Frame:
    """Three children with recordings of different lengths: 56 stretches of a minute."""
    days = [
        day("a", 1, 12.2, "c1"),
        day("b", 2, 20.0, "c2", n=90),
        day("c", 3, 9.7, "c2", n=5),
        day("d", 4, 14.0, "c3", n=0),
    ]
    return build_frame(days, **settings)  # type: ignore[arg-type] # of build_frame
