"""Settings of figures and of their intervals."""

from typing import Final, Literal

from pydantic import Field

from vocalbaby.entity.config import StrictModel

__all__ = ["BIN_S", "UNHEARD", "SummaryConfig"]

#: Length of a time bin in seconds; hours and the blocks of the bootstrap are made of bins.
BIN_S: Final = 60.0

#: Labels of the tier ``quality`` during which a recording holds no sound.
UNHEARD: Final = frozenset({"digital_silence", "gap"})


class SummaryConfig(StrictModel):
    """Settings of `vocalbaby.summary.summarize`.

    Attributes:
        level: Coverage of the intervals.
        draws: Number of bootstrap draws.
        block_s: Length of the bootstrap's blocks in seconds. Shorter blocks are used where a
            unit is shorter than six of them.
        sampling: The intervals include sampling, and so concern the child's rate in recordings
            of this kind. Otherwise they concern what happened in this recording, and
            include the classifier's error only.
        method: Correction of the classifier's error: ``matrix`` by the confusion table, ``em``
            by the segments' probabilities.
        assume_model: Recordings that do not name the model of their segments are corrected like
            those of the confusion table's model.
        bout_gap_s: Cries that are at most this far apart are one bout, in seconds.
        bout_min_s: Shortest bout in seconds.
        seed: Seed of the draws. The same input and seed give the same intervals.

    Examples:
        >>> SummaryConfig(block_s=900).block_s
        900.0
    """

    level: float = Field(default=0.95, gt=0.5, lt=1.0)
    draws: int = Field(default=2000, ge=100, le=100_000)
    block_s: float = Field(default=1800.0, ge=BIN_S)
    sampling: bool = True
    method: Literal["matrix", "em"] = "matrix"
    assume_model: bool = True
    bout_gap_s: float = Field(default=5.0, ge=0.0)
    bout_min_s: float = Field(default=5.0, ge=0.0)
    seed: int = Field(default=0, ge=0)
