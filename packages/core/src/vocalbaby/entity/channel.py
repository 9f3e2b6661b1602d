"""A channel: which model versions are served, and with which share."""

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["NAME", "Channel", "Shares"]

#: Pattern of channel names.
NAME: Final = r"[a-z0-9][a-z0-9-]{0,39}"

#: Model version to its share of the requests.
Shares = dict[str, Annotated[float, Field(gt=0.0, le=1.0)]]


class Channel(BaseModel):
    """``channels/<name>.json``.

    Attributes:
        format: Version of this layout.
        name: Name of the channel, e.g. ``production``.
        serves: Model version to its share of the requests; the shares sum to 1.
        shadow: A version that predicts too, for comparison only; not one of ``serves``.
        previous: What was served before the newest version was added; rolling back
            restores it.
        updated: UTC time of the last change, ISO 8601.

    Examples:
        >>> serves = {"babble-1": 0.9, "babble-2": 0.1}
        >>> channel = Channel(
        ...     name="production", serves=serves, shadow="babble-3", updated="2026-01-01T00:00:00Z"
        ... )
        >>> channel.versions
        ('babble-1', 'babble-2', 'babble-3')
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    format: Literal[1] = 1
    name: str = Field(pattern=f"^{NAME}$")
    serves: Shares = Field(min_length=1)
    shadow: str | None = None
    previous: Shares | None = None
    updated: str

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for shares in (self.serves, self.previous):
            if shares is not None and abs(sum(shares.values()) - 1.0) > 1e-6:
                raise ValueError(f"the shares of {', '.join(shares)} do not sum to 1")
        if self.shadow in self.serves:
            raise ValueError(f"{self.shadow} is served, so it cannot be the shadow")
        return self

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions that a server of this channel loads, the shadow last."""
        return (*self.serves, *([] if self.shadow is None else [self.shadow]))
