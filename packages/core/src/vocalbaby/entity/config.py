"""The base class of all settings, which stand beside the code that they configure."""

from pydantic import BaseModel, ConfigDict

__all__ = ["StrictModel"]


class StrictModel(BaseModel):
    """Base class of settings: instances are immutable, and unknown keys are an error.

    Defaults are held to the same bounds as other values.

    Examples:
        >>> from typing import Annotated
        >>> from pydantic import Field
        >>> class Settings(StrictModel):
        ...     trees: int = 100
        >>> Settings(trees=50)
        Settings(trees=50)
        >>> Settings.model_validate({"tree": 50})
        Traceback (most recent call last):
        pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings
        ...
        >>> class Wrong(StrictModel):
        ...     share: Annotated[float, Field(le=1)] = 1.5
        >>> Wrong()
        Traceback (most recent call last):
        pydantic_core._pydantic_core.ValidationError: 1 validation error for Wrong
        ...
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
