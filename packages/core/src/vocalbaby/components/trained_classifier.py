"""What calibration and packaging need of a trained model, whatever its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["TrainedClassifier", "TrainedParts"]


class TrainedClassifier(Protocol):
    """A trained model that is not calibrated yet."""

    @property
    def kind(self) -> str:
        """Kind of the model; see `vocalbaby.models.registry`."""

    @property
    def parts(self) -> Mapping[str, bytes]:
        """Contents of the model parts of its bundle, by name."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes in the order of the model's outputs."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the features in order."""

    @property
    def history(self) -> Sequence[Mapping[str, object]]:
        """Rows of the history of the training; all have the same keys."""


@dataclass(frozen=True, slots=True)
class TrainedParts:
    """A trained model of any kind, as the parts of its bundle.

    Attributes:
        kind: Kind of the model.
        classes: Classes in the order of the outputs.
        columns: Names of the features in order.
        parts: Contents of the parts of the bundle, by name.
        history: One row per round, epoch or member and round, with the keys of the history of
            `.boosting.TrainedModel`.
    """

    kind: str
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    parts: Mapping[str, bytes]
    history: Sequence[Mapping[str, object]]
