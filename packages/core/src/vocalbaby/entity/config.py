"""The base class of all settings, which stand beside the code that they configure."""

from pydantic import BaseModel, ConfigDict

__all__ = ["StrictModel"]


class StrictModel(BaseModel):
    """Base class of settings: instances are immutable, and unknown keys are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
