"""Figures of an archive, corrected by a sample that annotators labelled.

Examples:
    >>> from vocalbaby.corpus import estimation
    >>> from vocalbaby.corpus.sampling.manifest import SampledStretch
    >>> from vocalbaby.entity.timeline import Segment, Timeline
    >>> model = [Timeline("day1", (Segment(5, 6, "Canonical"),), duration_s=120.0)]
    >>> human = [Timeline("day1", (Segment(5, 6, "Non-canonical"),), duration_s=120.0)]
    >>> sample = [SampledStretch("r1-1", "day1", 0, 60, inclusion_probability=0.5, n_population=2)]
    >>> (row, *_) = estimation.estimate(sample, human, model, minimum=1).rows
    >>> row.figure, row.uncorrected, row.assisted.value
    ('n_Canonical', 1.0, 0.0)

``docs/corrected-figures.md`` has the formulas and their sources.
"""

from vocalbaby.corpus.estimation.config import FIGURES
from vocalbaby.corpus.estimation.estimating import Estimates, Row, estimate
from vocalbaby.corpus.estimation.inference import Interval

__all__ = ["FIGURES", "Estimates", "Interval", "Row", "estimate"]
