"""The table of a sample: which stretches, and with which probability each was drawn."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from vocalbaby.annotations.rows import as_csv, read_rows
from vocalbaby.annotations.text import SourceName
from vocalbaby.exception import DataError, DataNotFoundError

__all__ = ["COLUMNS", "SampledStretch", "read_sample", "write_sample"]

_REQUIRED: Final = ("sample_id", "recording_id", "onset_s", "offset_s")


@dataclass(frozen=True, slots=True)
class SampledStretch:
    """A stretch of a recording that was drawn for annotation.

    Attributes:
        sample_id: Unique within all rounds of a sample, such as ``r1-00042``.
        recording_id: The recording, as in its timeline.
        child_id: The child; empty if not known.
        corpus: The child's corpus; empty if not known.
        onset_s: Begin in seconds from the start of the recording.
        offset_s: End in seconds; after the begin.
        stratum: Part of the population from which it was drawn, independently of other strata;
            empty for a design without strata.
        inclusion_probability: With which the design draws this stretch, above 0 and at most 1; None
            if the sample is not a probability sample.
        weight: Number of stretches of the population that it stands for in an estimate, the
            inverse of the probability; None if there is no probability.
        sampler: Name of the sampler.
        seed: Seed of the draw.
        n_population: Number of stretches of the stratum in the population.
        n_sample: Number of stretches of the stratum in the sample.
        label: Predicted class, where the unit is a segment; else empty.
        probability: Probability of the predicted class; None where there is none.
        expected_gain: How much an annotation is expected to teach, in arbitrary units; None
            where the sampler does not compute it.
        model_version: Model of the predictions that the design used; empty if not known.

    Raises:
        DataError: Times, the probability or the weight are impossible.

    Examples:
        >>> stretch = SampledStretch("r1-1", "day1", 60.0, 120.0, inclusion_probability=0.25)
        >>> stretch.weight, stretch.duration_s
        (4.0, 60.0)
    """

    sample_id: str
    recording_id: str
    onset_s: float
    offset_s: float
    child_id: str = ""
    corpus: str = ""
    stratum: str = ""
    inclusion_probability: float | None = None
    weight: float | None = None
    sampler: str = ""
    seed: int = 0
    n_population: int = 0
    n_sample: int = 0
    label: str = ""
    probability: float | None = None
    expected_gain: float | None = None
    model_version: str = ""

    def __post_init__(self) -> None:
        if not (0.0 <= self.onset_s < self.offset_s < math.inf):
            raise DataError(
                f"The stretch {self.sample_id} from {self.onset_s} to {self.offset_s} s is "
                "impossible."
            )
        p = self.inclusion_probability
        if p is not None and not 0.0 < p <= 1.0:
            raise DataError(f"The inclusion probability of {self.sample_id} is {p}, not in (0, 1].")
        if self.weight is None and p is not None:
            object.__setattr__(self, "weight", 1.0 / p)
        if self.weight is not None and not 0.0 < self.weight < math.inf:
            raise DataError(f"The weight of {self.sample_id} is {self.weight}, not positive.")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.offset_s - self.onset_s


#: The columns of the file, in order.
COLUMNS: Final = (
    "sample_id",
    "recording_id",
    "child_id",
    "corpus",
    "onset_s",
    "offset_s",
    "stratum",
    "inclusion_probability",
    "weight",
    "sampler",
    "seed",
    "n_population",
    "n_sample",
    "label",
    "probability",
    "expected_gain",
    "model_version",
)
_KINDS: Final = {each.name: str(each.type) for each in fields(SampledStretch)}


def write_sample(stretches: Sequence[SampledStretch], path: str | os.PathLike[str]) -> None:
    """Write a sample as CSV, replacing the file as a whole.

    Numbers are written such that they are read as the same numbers. A value that is not known is
    an empty cell.

    Args:
        stretches: Rows of the file.
        path: The file.

    Raises:
        DataNotFoundError: The folder does not exist.
        DataError: Two stretches have the same identifier.

    Examples:
        >>> write_sample([SampledStretch("r1-1", "day1", 60.0, 120.0)], "sample.csv")
        >>> read_sample("sample.csv")[0].inclusion_probability is None
        True
    """
    path = Path(path)
    _check_unique([stretch.sample_id for stretch in stretches], str(path))
    if not path.parent.is_dir():
        raise DataNotFoundError(
            f"The folder {path.parent} does not exist.", hint="Create it first."
        )
    text = as_csv(COLUMNS, [_cells(stretch) for stretch in stretches], "")
    if path.exists() and not path.is_file():  # /dev/stdout stays what it is
        path.write_text(text, encoding="utf-8")
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_sample(path: str | os.PathLike[str]) -> tuple[SampledStretch, ...]:
    """Read a sample.

    Args:
        path: CSV file with at least ``sample_id, recording_id, onset_s, offset_s``; columns that
            are not of a sample are ignored.

    Returns:
        The stretches, in the order of the file.

    Raises:
        DataNotFoundError: There is no such file.
        DataError: The file is not such a table, or two stretches have the same identifier.

    Examples:
        >>> stretch = SampledStretch("r1-1", "day1", 0.0, 60.0, inclusion_probability=0.5)
        >>> write_sample([stretch], "sample.csv")
        >>> read_sample("sample.csv")[0].weight
        2.0
    """
    path = Path(path)
    source = SourceName(str(path))
    try:
        data = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise DataNotFoundError(
            f"There is no sample {path}.", hint="Draw one with vocalbaby sample."
        ) from None
    stretches = []
    for row in read_rows(data, source, _REQUIRED):
        try:
            stretches.append(_stretch(row.cells))
        except (TypeError, ValueError, DataError) as error:
            raise source.error(f"The row is impossible: {error}", line=row.line) from None
    _check_unique([stretch.sample_id for stretch in stretches], str(path))
    return tuple(stretches)


def _check_unique(names: Sequence[str], path: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError(f"{path}: two stretches have the sample_id {name!r}.")
        seen.add(name)


def _cells(stretch: SampledStretch) -> dict[str, str]:
    values = {name: getattr(stretch, name) for name in COLUMNS}
    return {
        name: "" if value is None else repr(value) if isinstance(value, float) else str(value)
        for name, value in values.items()
    }


def _stretch(cells: Mapping[str, str]) -> SampledStretch:
    given: dict[str, str | int | float] = {}
    for name, text in cells.items():
        kind = _KINDS.get(name)
        if kind is None:
            continue
        is_float = "float" in kind
        given[name] = float(text) if is_float else int(text) if "int" in kind else text
    return SampledStretch(**given)  # type: ignore[arg-type] # of the kinds above
