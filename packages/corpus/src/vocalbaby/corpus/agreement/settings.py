"""Settings of a comparison."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["AgreementConfig"]


class AgreementConfig(BaseModel):
    """How two sets of annotations are compared.

    Attributes:
        unit_s: Length of a time unit in seconds.
        collar_s: Seconds around each boundary of the reference that are left out of the detection
            and identification error rates, half before and half after.
        iou: Least intersection over union of two segments that are matched.
        labels: What is compared: ``classes`` of the infant's vocalizations, ``speakers``, or
            ``auto``: classes where both sides have some.
        junk: ``merge`` takes Junk as no infant sound; ``separate`` as a class of its own.
        block_s: Length in seconds of the blocks that intervals of few recordings are drawn from.
        draws: Number of bootstrap draws; 0 gives no intervals.
        seed: Seed of the draws.
        level: Coverage of the intervals.
        age_bands: Limits of the age bands in months.
        snr_bands: Limits of the bands of signal-to-noise ratio in dB.

    Raises:
        ValueError: Bands do not increase.

    Examples:
        >>> AgreementConfig(unit_s=0.01).unit_s
        0.01
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    unit_s: float = Field(default=0.1, ge=0.001, le=60.0)
    collar_s: float = Field(default=0.0, ge=0.0, le=10.0)
    iou: float = Field(default=0.5, gt=0.0, le=1.0)
    labels: Literal["auto", "classes", "speakers"] = "auto"
    junk: Literal["merge", "separate"] = "merge"
    block_s: float = Field(default=300.0, ge=1.0)
    draws: int = Field(default=2000, ge=0, le=100_000)
    seed: int = Field(default=0, ge=0)
    level: float = Field(default=0.95, gt=0.5, lt=1.0)
    age_bands: tuple[float, ...] = (6.0, 12.0, 18.0, 24.0, 36.0)
    snr_bands: tuple[float, ...] = (0.0, 10.0, 20.0)

    @model_validator(mode="after")
    def _bands_increase(self) -> Self:
        for bands in (self.age_bands, self.snr_bands):
            if sorted(set(bands)) != list(bands):
                raise ValueError(f"the limits of bands must increase: {bands}")
        return self
