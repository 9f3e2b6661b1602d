"""Groups of recordings: the archive, its corpora, children and ages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.estimation.config import measure_index
from vocalbaby.corpus.sampling.manifest import SampledStretch
from vocalbaby.entity.timeline import Child

__all__ = ["By", "GroupSample", "PopulationRecording", "groups_of"]

Floats = NDArray[np.floating[Any]]

#: What a row is about.
By: TypeAlias = Literal["archive", "corpus", "child", "age"]


@dataclass(frozen=True, slots=True, eq=False)
class PopulationRecording:
    """A recording of the population: its child, and the model's totals."""

    child: Child | None
    plain: Floats
    expected: Floats


@dataclass(frozen=True, slots=True, eq=False)
class GroupSample:
    """The sampled stretches of a group, and the model's totals of its recordings.

    The totals are the numbers of labels, and the sums of probabilities, which predict better.
    """

    by: By
    name: str
    human: Floats
    predicted: Floats
    plain: Floats
    known: Floats
    n: int

    def values(self, measures: tuple[str, ...], scale: float) -> tuple[Floats, Floats, float]:
        """Return a column of annotators, one of the model, and the model's total."""
        columns = measure_index(measures)
        human, predicted = (
            scale * each[:, columns].sum(axis=1) for each in (self.human, self.predicted)
        )
        return human, predicted, scale * float(self.known[columns].sum())


def groups_of(
    kind: By,
    kept: Sequence[SampledStretch],
    population: Mapping[str, PopulationRecording],
    values: tuple[Floats, Floats],
) -> Iterator[GroupSample]:
    """Yield the groups of a kind, in the order of their names.

    Args:
        kind: Kind of the groups.
        kept: The sampled stretches.
        population: The recordings by name.
        values: Those of annotators and of the model in each stretch, each of shape (n, 9).
    """
    names = {name: _name_of(each.child, kind) for name, each in population.items()}
    for group in sorted({name for name in names.values() if name is not None}):
        member = np.array([names[each.recording_id] == group for each in kept], bool)
        own = [each for name, each in population.items() if names[name] == group]
        plain = np.sum([each.plain for each in own], axis=0)
        known = np.sum([each.expected for each in own], axis=0)
        y, x = (each * member[:, None] for each in values)
        yield GroupSample(kind, group, y, x, plain, known, int(member.sum()))


def _name_of(child: Child | None, kind: By) -> str | None:
    if kind == "archive":
        return ""
    if child is None:
        return None
    if kind == "corpus":
        return child.corpus or None
    if kind == "age":
        return None if child.age_months is None else f"{int(child.age_months):03d}"
    return "/".join(part for part in (child.corpus, child.child_id) if part)
