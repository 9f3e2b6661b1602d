"""The model kind ``ensemble``: several members, whose calibrated outputs are averaged.

Each member is a model of another kind on a range of the columns, which members of different kinds
may share. Its logits are ``margins / temperature + bias``, so that members whose margins have
different scales count equally. The margins of the ensemble are the mean of the logits, or, for a
soft vote, the logarithm of the mean of the probabilities, ``softmax(logits)``. Softmax ignores a
constant of a row, so a mean of logits needs no normalization.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from vocalbaby.exception import BundleError
from vocalbaby.models.classifier import Classifier, checked_rows
from vocalbaby.models.parts import parse_part

__all__ = ["KIND", "PART", "Combination", "Ensemble", "Member", "to_parts"]

#: What is averaged: calibrated logits, or calibrated probabilities (a soft vote).
Combination: TypeAlias = Literal["logits", "probabilities"]

#: Name of the kind in bundle manifests.
KIND: Final = "ensemble"

#: The part that lists the members; each part of a member is called ``<member>.<part>``.
PART: Final = "ensemble.json"

Load = Callable[[str, Mapping[str, bytes]], Classifier]


class Member(BaseModel):
    """A member, as ``ensemble.json`` lists it.

    Attributes:
        name: Unique name, with which the names of its parts begin.
        kind: Kind of the model; not an ensemble again, and not a hierarchy.
        first_column: First of its columns among those of the ensemble.
        n_columns: Number of its columns.
        temperature: Positive scale of its margins.
        bias: One offset per class.

    Examples:
        >>> Member(
        ...     name="trees", kind="boosted_trees", first_column=0, n_columns=105, temperature=1.2,
        ...     bias=(0.0, 0.1),
        ... ).n_columns
        105
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True
    )

    name: str = Field(pattern="^[a-z0-9][a-z0-9_-]{0,47}$")
    kind: str
    first_column: int = Field(ge=0, le=100_000)
    n_columns: int = Field(ge=1, le=100_000)
    temperature: Annotated[float, Field(gt=0.0)]
    bias: tuple[float, ...] = Field(max_length=100)


class _Members(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    members: tuple[Member, ...] = Field(min_length=2, max_length=16)
    combination: Combination = "logits"


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """An ensemble, ready to evaluate.

    Attributes:
        n_features: Number of columns of all members together.
        n_classes: Number of classes.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> from vocalbaby.models import registry
        >>> bundle = read_bundle(default_bundle_path())
        >>> model = registry.load(bundle.manifest.kind, bundle.parts)
        >>> model.margins(np.zeros((1, model.n_features), np.float32)).shape
        (1, 5)
    """

    n_features: int
    n_classes: int
    _members: Sequence[tuple[Member, Classifier]]
    _combination: Combination

    @classmethod
    def from_parts(cls, parts: Mapping[str, bytes], load: Load) -> Self:
        """Build the ensemble from the model parts of a bundle.

        Args:
            parts: Contents of the parts by name.
            load: Builds a member from its kind and its parts.

        Returns:
            The ensemble.

        Raises:
            BundleError: Parts are missing, unexpected or not valid, a member is an ensemble or
                a hierarchy, or the members do not fit each other.
        """
        content = _read(parts)
        members, loaded = content.members, []
        for member in members:
            if member.kind in {KIND, "hierarchical"}:
                raise BundleError(
                    f"The member '{member.name}' of an ensemble is an ensemble or a hierarchy."
                )
            own = f"{member.name}."
            named = {n.removeprefix(own): data for n, data in _model_parts(parts, own).items()}
            model = load(member.kind, named)
            if (model.n_features, model.n_classes) != (member.n_columns, len(member.bias)):
                raise BundleError(
                    f"The member '{member.name}' is for {member.n_columns} columns and "
                    f"{len(member.bias)} classes, its model for {model.n_features} and "
                    f"{model.n_classes}."
                )
            loaded.append((member, model))
        ranges = dict.fromkeys((m.first_column, m.first_column + m.n_columns) for m in members)
        starts, ends = ([bounds[i] for bounds in ranges] for i in (0, 1))
        if starts != [0, *ends[:-1]] or len({len(member.bias) for member in members}) != 1:
            raise BundleError("The members of the ensemble differ in classes or leave out columns.")
        return cls(ends[-1], len(members[0].bias), loaded, content.combination)

    def margins(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mean of the calibrated logits, or the logarithm of that of probabilities.

        Args:
            x: float32, shape (n, n_features).

        Returns:
            float32, shape (n, n_classes). A row's margins do not depend on other rows.

        Raises:
            ValueError: ``x`` has a wrong shape.
        """
        x = checked_rows(x, self.n_features)
        if self._combination == "probabilities":
            logs = np.stack([_log_softmax(logits) for logits in self._logits(x)])
            highest = logs.max(axis=0)
            mean = np.exp(logs - highest).sum(axis=0) / len(logs)
            margins: NDArray[np.float32] = (highest + np.log(mean)).astype(np.float32)
            return margins
        total = np.zeros((len(x), self.n_classes))
        for logits in self._logits(x):
            total += logits
        return (total / len(self._members)).astype(np.float32)

    def _logits(self, x: NDArray[np.float32]) -> Iterator[NDArray[np.float64]]:
        for member, model in self._members:
            own = x[:, member.first_column : member.first_column + member.n_columns]
            yield model.margins(own).astype(np.float64) / member.temperature + member.bias


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    scores = logits - logits.max(axis=1, keepdims=True)
    logs: NDArray[np.float64] = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return logs


def to_parts(
    members: Sequence[Member],
    parts: Sequence[Mapping[str, bytes]],
    combination: Combination = "logits",
) -> dict[str, bytes]:
    """Return the parts of an ensemble's bundle by name.

    Args:
        members: The members in the order of their columns.
        parts: The parts of each member's model.
        combination: What is averaged. The default is not written, as in earlier bundles.

    Examples:
        >>> common = {"kind": "mlp", "n_columns": 1, "temperature": 1.0, "bias": (0.0, 0.0)}
        >>> members = [Member(name=n, first_column=i, **common) for i, n in enumerate("ab")]
        >>> sorted(to_parts(members, [{"mlp.json": b"{}"}, {"mlp.json": b"{}"}]))
        ['a.mlp.json', 'b.mlp.json', 'ensemble.json']
    """
    content = _Members(members=tuple(members), combination=combination)
    found = {PART: (content.model_dump_json(indent=1, exclude_defaults=True) + "\n").encode()}
    for member, own in zip(members, parts, strict=True):
        found |= {f"{member.name}.{name}": data for name, data in own.items()}
    return found


def _model_parts(parts: Mapping[str, bytes], prefix: str) -> dict[str, bytes]:
    return {n: data for n, data in parts.items() if n != PART and n.startswith(prefix)}


def _read(parts: Mapping[str, bytes]) -> _Members:
    if PART not in parts:
        raise BundleError(
            f"A model of the kind {KIND} has the part {PART}, not only {sorted(parts)}.",
            hint="Fetch or train the model again.",
        )
    content = parse_part(parts[PART], PART, _Members)
    names = [member.name for member in content.members]
    if len(set(names)) < len(names):
        raise BundleError(f"{PART} names a member twice: {names}.")
    owned = {n for name in names for n in _model_parts(parts, f"{name}.")}
    if extra := sorted({*parts} - owned - {PART}):
        raise BundleError(f"No member of the ensemble has the parts {extra}.")
    return content
