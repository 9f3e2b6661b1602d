"""The base class of all settings, which stand beside the code that they configure."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = [
    "SourceConfig",
    "StrictModel",
]


class StrictModel(BaseModel):
    """Base of all settings: immutable, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceConfig(StrictModel):
    """Where a corpus comes from, for the model card.

    Attributes:
        corpus: The name in the manifest's ``corpus`` column.
        kind: Recorded children or adults, or synthesized sound.
        licence: e.g. ``CC BY 3.0``.
        attribution: Whom to name, and where the corpus is found.
    """

    corpus: str
    kind: Literal["real", "synthetic"]
    licence: str
    attribution: str
