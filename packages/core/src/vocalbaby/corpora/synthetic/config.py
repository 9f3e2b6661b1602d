"""Settings of a synthetic corpus."""

import math
from typing import Annotated, Self

from pydantic import Field, model_validator

from vocalbaby.audio.acoustics.config import Probability, RecordingConfig
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.labels import CLASSES, Label

__all__ = ["SyntheticConfig"]


class SyntheticConfig(StrictModel):
    """Size, class mix, ages and recording conditions of a synthetic corpus.

    Attributes:
        seed: Seed of the random generator, at least 0. It determines every sample.
        n_children: Number of children to simulate.
        clips_per_child: Number of clips per child.
        shares: Expected share of each class; must sum to 1. The default is imbalanced
            like BabbleCor. The share of Canonical grows with the child's age at the
            expense of Non-canonical; the expectation over all ages stays as given.
        age_months: Lowest and highest age in months.
        duration_s: Lowest and highest duration in seconds.
        median_duration_s: Median of the log-normal distribution of durations, in seconds.
        background_probability: Probability of a background sound behind a vocalization:
            speech, television, a musical toy or any sound of the class Junk.
        background_snr_db: Range of the level of the vocalization above the background, dB.
        recording: Simulated rooms, noise and recorders. They are milder than those of the
            augmentation, which is applied in addition when a model is trained.

    Examples:
        >>> SyntheticConfig(n_children=3, clips_per_child=10, age_months=(6, 12)).age_months
        (6, 12)
    """

    seed: Annotated[int, Field(ge=0)] = 0
    n_children: Annotated[int, Field(ge=1)] = 40
    clips_per_child: Annotated[int, Field(ge=1)] = 75
    shares: dict[Label, Probability] = Field(
        default={
            "Canonical": 0.15,
            "Non-canonical": 0.37,
            "Crying": 0.10,
            "Laughing": 0.05,
            "Junk": 0.33,
        }
    )
    age_months: tuple[int, int] = (2, 30)
    duration_s: tuple[float, float] = (0.2, 1.2)
    median_duration_s: float = 0.65
    background_probability: Probability = 0.3
    background_snr_db: tuple[float, float] = (3.0, 30.0)
    recording: RecordingConfig = RecordingConfig(
        room_probability=0.35,
        rt60_s=(0.1, 0.4),
        direct_to_reverberant_db=(6.0, 25.0),
        noise_probability=0.6,
        snr_db=(12.0, 50.0),
        noise_slope_db=(-5.0, 1.0),
        low_pass_probability=0.15,
        muffle_probability=0.03,
        phone_probability=0.02,
        high_pass_hz=(20.0, 300.0),
        codec_probability=0.05,
        speech_codec_probability=0.03,
        suppression_probability=0.03,
        clip_probability=0.04,
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if set(self.shares) != set(CLASSES):
            raise ValueError(f"shares: name each of the classes {', '.join(CLASSES)} once")
        if not math.isclose(sum(self.shares.values()), 1.0, abs_tol=1e-6):
            raise ValueError(f"shares: sum to {sum(self.shares.values()):g}, not to 1")
        if not 0 <= self.age_months[0] <= self.age_months[1] <= 36:
            raise ValueError("age_months: must be rising and within 0 to 36")
        low, high = self.duration_s
        if not 0.05 <= low <= self.median_duration_s <= high <= 10:
            raise ValueError("duration_s: must be rising, within 0.05 to 10, and hold the median")
        if self.background_snr_db[0] > self.background_snr_db[1]:
            raise ValueError("background_snr_db: the low end exceeds the high end")
        return self
