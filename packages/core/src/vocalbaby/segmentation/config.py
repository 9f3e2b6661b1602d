"""Settings of the segmentation of recordings."""

from typing import Final, Self

from pydantic import Field, model_validator

from vocalbaby.entity.config import StrictModel

__all__ = [
    "BLOCK_PATCHES",
    "BLOCK_SLOTS",
    "PATCH_HOP_SLOTS",
    "SLOT",
    "SLOT_S",
    "HearingConfig",
    "SegmentationConfig",
]

#: Samples and seconds of a slot, the step of all times.
SLOT: Final = 160
SLOT_S: Final = 0.01
#: Slots of a block of evidence, 30 s.
BLOCK_SLOTS: Final = 3000
#: Slots from one patch of a listener to the next, and patches of a block.
PATCH_HOP_SLOTS: Final = 50
BLOCK_PATCHES: Final = BLOCK_SLOTS // PATCH_HOP_SLOTS


class HearingConfig(StrictModel):
    """Settings of the first pass; other values mean that a recording is heard again.

    Attributes:
        window_s: Length of a window that the model classifies, in steps of 10 ms.
        hop_s: From the begin of a window to that of the next; 30 s are a multiple of it.
        gate_db: A window is classified if its sound is this far above the noise floor.
        gate_slots: ... in at least this many slots of 10 ms.

    Examples:
        >>> config = HearingConfig(window_s=1.0, hop_s=0.5)
        >>> config.window_slots, config.hop_slots, config.block_windows
        (100, 50, 60)
    """

    window_s: float = Field(default=0.6, ge=0.1, le=5.0)
    hop_s: float = Field(default=0.3, ge=0.05, le=5.0)
    gate_db: float = Field(default=5.0, ge=0.0, le=60.0)
    gate_slots: int = Field(default=4, ge=1, le=50)

    @model_validator(mode="after")
    def _whole_slots(self) -> Self:
        for name, value in (("window_s", self.window_s), ("hop_s", self.hop_s)):
            if abs(value / SLOT_S - round(value / SLOT_S)) > 1e-6:
                raise ValueError(f"{name} is not a multiple of {SLOT_S} s")
        if BLOCK_SLOTS % self.hop_slots:
            raise ValueError("30 s are not a multiple of hop_s")
        if self.window_slots < self.hop_slots:
            raise ValueError("hop_s exceeds window_s")
        return self

    @property
    def window_slots(self) -> int:
        """Slots of 10 ms of a window."""
        return round(self.window_s / SLOT_S)

    @property
    def hop_slots(self) -> int:
        """Slots of 10 ms from window to window."""
        return round(self.hop_s / SLOT_S)

    @property
    def block_windows(self) -> int:
        """Windows that begin in a block of evidence, 30 s."""
        return BLOCK_SLOTS // self.hop_slots


class SegmentationConfig(StrictModel):
    """Settings of both passes. The defaults were tuned on composite recordings.

    Attributes:
        hearing: The first pass, from sound to evidence.
        floor_quantile: Share of the slots around that are below the noise floor.
        onset_db: Sound begins where the level exceeds the noise floor by this.
        offset_db: ... and ends where the level is less than this above the floor.
        min_gap_s: Shorter pauses do not end a sound.
        min_sound_s: Shorter sounds are left out.
        change_cost: Cost of a change of class within a sound, in units of log-probability.
        context_cost: Cost of a change of class from one sound to the next, without a pause.
        context_s: Time constant with which this cost falls with the length of the pause.
        junk_bias: Added to the logit of Junk: recorders pick up more of it than the clips that
            the model was calibrated on.
        babble_bias: Added to the logits of Canonical and Non-canonical.
        laugh_bias: Added to the logit of Laughing.
        novelty_cost: Subtracted from the logits of infant classes in windows that are unlike the
            training data, per unit of the threshold.
        bridge_s: Pauses in sound of one infant class that do not end a segment.
        min_segment_s: Shorter infant segments are left out.
        scale: Factor of the mean logits of a segment, for calibrated probabilities.

    Examples:
        >>> from vocalbaby.segmentation import HearingConfig, SegmentationConfig
        >>> config = SegmentationConfig(hearing=HearingConfig(hop_s=0.15), min_segment_s=0.2)
        >>> config.hearing.hop_s, config.min_segment_s
        (0.15, 0.2)
    """

    hearing: HearingConfig = HearingConfig()
    floor_quantile: float = Field(default=0.1, gt=0.0, lt=1.0)
    onset_db: float = Field(default=10.0, ge=0.0, le=60.0)
    offset_db: float = Field(default=7.0, ge=0.0, le=60.0)
    min_gap_s: float = Field(default=0.2, ge=0.0, le=10.0)
    min_sound_s: float = Field(default=0.06, ge=0.01, le=10.0)
    change_cost: float = Field(default=4.0, gt=0.0, le=100.0)
    context_cost: float = Field(default=4.0, ge=0.0, le=100.0)
    context_s: float = Field(default=1.0, gt=0.0, le=60.0)
    junk_bias: float = Field(default=0.0, ge=-10.0, le=10.0)
    babble_bias: float = Field(default=0.0, ge=-10.0, le=10.0)
    laugh_bias: float = Field(default=-1.5, ge=-10.0, le=10.0)
    novelty_cost: float = Field(default=1.0, ge=0.0, le=20.0)
    bridge_s: float = Field(default=0.5, ge=0.0, le=10.0)
    min_segment_s: float = Field(default=0.1, ge=0.01, le=10.0)
    scale: float = Field(default=1.3, gt=0.0, le=10.0)

    @model_validator(mode="after")
    def _hysteresis(self) -> Self:
        if self.offset_db > self.onset_db:
            raise ValueError("offset_db exceeds onset_db")
        return self
