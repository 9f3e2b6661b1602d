"""The errors of a classifier, measured on recordings whose truth is known.

File formats: CSV with the columns of `COLUMNS`, one row for each cell that is not zero; or
JSON, an object with ``format`` (1), ``model_version``, ``source``, ``prior`` (object or null),
``rows`` (a list of the first five columns) and, if a listener helped,
``listener_sha256``, which CSV has as another column. A text of JSON begins with ``{``.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.utils.site import page_address

__all__ = ["COLUMNS", "GIVEN", "NONE", "ConfusionTable", "default_confusion"]

#: Name for the absence of a segment: a miss where it is given, an insertion where it is true.
NONE: Final = "none"
#: Order of rows and columns.
GIVEN: Final = (*CLASSES, NONE)
_DEFAULT: Final = Path(__file__).with_name("default_confusion.json")
COLUMNS: Final = ("group", "true", "given", "segments", "seconds", "model_version")

Row = tuple[str, str, str, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionTable:
    """How segments of each true class are classified, by group.

    A group is a child or source recording; the errors within a group are more alike than those
    of two groups. Neither the model nor the segmentation may have heard these recordings.

    Attributes:
        model_version: Version of the model, such as ``vocalbaby-8fca749e4e22``.
        groups: Names of the groups.
        segments: Counts of segments, float64, shape (n_groups, 6, 6): group x true class x given
            class, in the order of the classes and ``none``. A missed segment counts in the column
            ``none``, an inserted one in the row ``none``.
        seconds: The same in seconds, float64, shape (n_groups, 6, 6).
        source: What the table was measured on.
        prior: The frequencies of the classes for which the probabilities were calibrated, in the
            order of the classes; None if not known. Only the method ``em`` needs them.
        listener: Checksum of the listener with which the segments were made; empty without one.

    Raises:
        DataError: A number is negative or not finite, or shapes do not fit.

    Examples:
        >>> rows = [("c1", "Crying", "Crying", 90, 80.0), ("c1", "Crying", "Junk", 10, 5.0)]
        >>> table = ConfusionTable.from_rows(rows, "mine-1")
        >>> table.segments[0, 2, [2, 4]].tolist()
        [90.0, 10.0]
    """

    model_version: str
    groups: tuple[str, ...]
    segments: NDArray[np.float64]
    seconds: NDArray[np.float64]
    source: str = ""
    prior: tuple[float, ...] | None = None
    listener: str = ""

    def __post_init__(self) -> None:
        shape = (len(self.groups), len(GIVEN), len(GIVEN))
        for name, values in (("segments", self.segments), ("seconds", self.seconds)):
            if values.shape != shape:
                raise DataError(f"The {name} have the shape {values.shape}, not {shape}.")
            if not (np.isfinite(values).all() and (values >= 0).all()):
                raise DataError(f"The {name} of a confusion table must not be negative or NaN.")
        prior = self.prior
        if prior is not None and not (
            len(prior) == len(CLASSES) and all(0 < value < math.inf for value in prior)
        ):
            raise DataError("The prior of a confusion table needs a positive number per class.")

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Row],
        model_version: str,
        *,
        source: str = "",
        prior: Mapping[str, float] | None = None,
        listener: str = "",
    ) -> "ConfusionTable":
        """Make a table of its cells; equal cells add up.

        Args:
            rows: Each ``(group, true, given, segments, seconds)``.
            model_version: Version of the model.
            source: What the table was measured on.
            prior: Class to the frequency for which the probabilities were calibrated.
            listener: As the attribute.

        Returns:
            The table, whose groups are in the order of their first rows.

        Raises:
            DataError: A class is not known, or a number is negative or not finite.
        """
        rows = list(rows)
        groups = tuple(dict.fromkeys(group for group, *_ in rows))
        index = {group: i for i, group in enumerate(groups)}
        cells = np.zeros((2, len(groups), len(GIVEN), len(GIVEN)))
        for group, true, given, segments, seconds in rows:
            for name in (true, given):
                if name not in GIVEN:
                    raise DataError(f"{name!r} is no class.", hint=f"Use {', '.join(GIVEN)}.")
            at = (index[group], GIVEN.index(true), GIVEN.index(given))
            cells[(0, *at)] += segments
            cells[(1, *at)] += seconds
        weights = None if prior is None else tuple(float(prior.get(k, 0.0)) for k in CLASSES)
        return cls(model_version, groups, cells[0], cells[1], source, weights, listener)

    def rows(self) -> list[Row]:
        """Return the cells that are not zero, in order, as `from_rows` takes them."""
        used = np.argwhere((self.segments > 0) | (self.seconds > 0))
        return [
            (
                self.groups[g],
                GIVEN[t],
                GIVEN[k],
                float(self.segments[g, t, k]),
                round(float(self.seconds[g, t, k]), 3),
            )
            for g, t, k in used.tolist()
        ]

    @classmethod
    def read(cls, path: str | Path) -> "ConfusionTable":
        """Read a file of either format.

        Args:
            path: The file, JSON or CSV.

        Returns:
            The table.

        Raises:
            DataNotFoundError: There is no such file.
            DataError: It is no confusion table.
        """
        path = Path(path)
        try:
            text = path.read_text("utf-8-sig")
        except (FileNotFoundError, IsADirectoryError):
            raise DataNotFoundError(f"There is no confusion table {path}.") from None
        except UnicodeDecodeError:
            raise DataError(f"{path} is not text in UTF-8.") from None
        try:
            return cls.parse(text)
        except DataError as error:
            raise DataError(f"{path}: {error.message}", hint=error.hint) from None

    @classmethod
    def parse(cls, text: str) -> "ConfusionTable":
        r"""Read a text of either format.

        Args:
            text: JSON, which begins with ``{``, or CSV.

        Returns:
            The table.

        Raises:
            DataError: It is no confusion table.

        Examples:
            >>> csv_text = "group,true,given,segments,seconds\nc1,Crying,Junk,10,5.0\n"
            >>> ConfusionTable.parse(csv_text).rows()
            [('c1', 'Crying', 'Junk', 10.0, 5.0)]
        """
        try:
            if text.lstrip().startswith("{"):
                return cls._of_json(json.loads(text))
            return cls._of_csv(text)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"This is no confusion table ({type(error).__name__}: {error}).",
                hint=f"The formats: {page_address('summaries')}#confusion-tables",
            ) from None

    @classmethod
    def _of_json(cls, data: dict[str, Any]) -> "ConfusionTable":
        if data["format"] != 1:
            raise DataError(f"Confusion tables have the format 1, not {data['format']}.")
        rows = ((str(g), str(t), str(k), float(n), float(s)) for g, t, k, n, s in data["rows"])
        return cls.from_rows(
            rows,
            str(data["model_version"]),
            source=str(data.get("source", "")),
            prior=data.get("prior"),
            listener=str(data.get("listener_sha256", "")),
        )

    @classmethod
    def _of_csv(cls, text: str) -> "ConfusionTable":
        reader = csv.DictReader(io.StringIO(text))
        if missing := [name for name in COLUMNS[:5] if name not in (reader.fieldnames or ())]:
            raise DataError(f"The confusion table has no column {missing[0]!r}.")
        table = list(reader)
        made = [(r.get("model_version") or "", r.get("listener_sha256") or "") for r in table]
        if len(set(made)) > 1:
            raise DataError("The confusion table is of several versions of a model.")
        version, listener = made[0] if made else ("", "")
        rows = (
            (r["group"], r["true"], r["given"], float(r["segments"]), float(r["seconds"]))
            for r in table
        )
        return cls.from_rows(rows, version, listener=listener)

    def to_json(self) -> str:
        """Return the text of the JSON format, a row per line."""
        prior = self.prior and dict(zip(CLASSES, self.prior, strict=True))
        head = {
            "format": 1,
            "model_version": self.model_version,
            "source": self.source,
            "prior": prior,
            **self._listened(),
        }
        lines = ",\n".join(json.dumps(row) for row in self.rows())
        return f'{json.dumps(head, indent=1)[:-2]},\n "rows": [\n{lines}\n]}}\n'

    def to_csv(self) -> str:
        """Return the text of the CSV format, which has neither source nor prior."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        made = {"model_version": self.model_version, **self._listened()}
        writer.writerow([*COLUMNS[:5], *made])
        writer.writerows([*row, *made.values()] for row in self.rows())
        return stream.getvalue()

    def _listened(self) -> dict[str, str]:
        return {"listener_sha256": self.listener} if self.listener else {}


def default_confusion() -> ConfusionTable | None:
    """Return the table of the built-in model; None if this version has none.

    Examples:
        >>> from vocalbaby import summary
        >>> table = summary.default_confusion()
        >>> table.segments.shape == (len(table.groups), 6, 6)
        True
    """
    return ConfusionTable.read(_DEFAULT) if _DEFAULT.is_file() else None
