"""The label set of BabbleCor (ComParE 2019 Baby Sounds sub-challenge)."""

from typing import Final, Literal

__all__ = ["CLASSES", "Label"]

#: Name of a class.
Label = Literal["Canonical", "Non-canonical", "Crying", "Laughing", "Junk"]

#: Class order everywhere: columns of probabilities, confusion matrices, tables.
CLASSES: Final[tuple[Label, ...]] = (
    "Canonical",
    "Non-canonical",
    "Crying",
    "Laughing",
    "Junk",
)
