"""Settings of samplers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["SampleOptions"]


class SampleOptions(BaseModel):
    """Settings of a draw; each sampler uses those that concern it.

    Attributes:
        size: Size measure of ``pps`` and of levels: ``speech``, ``variance``, ``seconds``,
            ``segments`` or ``duration``; see `sizes.size_of`.
        floor: Share of the sizes that is divided equally, 0.001 to 1.
        strata: What strata are divided by: ``child``, ``level``, ``class``.
        levels: Number of levels of activity.
        allocation: ``optimal`` for the size measure, or ``proportional``.
        balance_children: Draw as many units of each child.
        min_per_child: Fewest units of a child.
        max_per_child: Most units of a child; None for no bound.
        overhead_s: Seconds that a unit takes an annotator besides its length.
        period_s: Time between two stretches of ``periodic``, end to begin.
        start_s: Begin of the first stretch of ``periodic``; None for a random one.
        per_recording: Stretches of each recording of ``high-volubility`` and ``energy``.
        threshold: Quantile of the energy from which ``energy`` draws.
        top: ``expected-gain`` takes the highest gains, instead of drawing.

    Examples:
        >>> SampleOptions(size="seconds").per_child
        False
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    size: Literal["speech", "variance", "seconds", "segments", "duration"] = "speech"
    floor: float = Field(default=0.1, ge=0.001, le=1.0)
    strata: tuple[Literal["child", "level", "class"], ...] = ("level",)
    levels: int = Field(default=5, ge=1, le=100)
    allocation: Literal["optimal", "proportional"] = "optimal"
    balance_children: bool = False
    min_per_child: int = Field(default=0, ge=0)
    max_per_child: int | None = Field(default=None, ge=1)
    overhead_s: float = Field(default=10.0, ge=0.0)
    period_s: float | None = Field(default=None, ge=0.0)
    start_s: float | None = Field(default=None, ge=0.0)
    per_recording: int | None = Field(default=None, ge=1)
    threshold: float = Field(default=0.8, ge=0.0, lt=1.0)
    top: bool = False

    @property
    def per_child(self) -> bool:
        """Whether the size of each child's sample is bounded or balanced."""
        return self.balance_children or self.min_per_child > 0 or self.max_per_child is not None
