"""The formats by name, and how a file's format is found."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType, ModuleType
from typing import Final

from vocalbaby.annotations import (
    audacity,
    childproject,
    csv_table,
    eaf_reading,
    eaf_writing,
    its,
    parquet,
    rttm,
    textgrid_reading,
    textgrid_writing,
)
from vocalbaby.annotations.notes import Notes
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import ConfigError

__all__ = ["FORMATS", "Format", "format_of_data", "format_of_name", "named"]

Writer = Callable[[Sequence[Timeline], Notes], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of annotations.

    Attributes:
        name: Name by which it is chosen.
        title: Name in sentences.
        suffixes: Suffixes of its files, in either case; the first is that of new files.
        read: Makes timelines of the content and the name of a file.
        recognises: Whether content is of this format, where a suffix is that of several.
        write: Makes the content of a file; None if the format is only read.
        many: Whether a file holds several recordings.

    Examples:
        >>> from vocalbaby import annotations
        >>> its = annotations.FORMATS["its"]
        >>> its.title, its.suffixes, its.write, its.many
        ('LENA .its', ('.its', '.xml'), None, False)
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    read: Callable[[bytes, str], tuple[Timeline, ...]]
    recognises: Callable[[bytes], bool]
    write: Writer | None
    many: bool

    def has(self, suffix: str) -> bool:
        """Whether a suffix is one of the format's.

        Args:
            suffix: The suffix in lower case, with its dot.

        Returns:
            True if files of the format may end in it.
        """
        return suffix in {own.lower() for own in self.suffixes}


def _of(
    name: str,
    title: str,
    suffixes: tuple[str, ...],
    module: ModuleType,
    write: Writer | None,
    *,
    many: bool = False,
) -> Format:
    return Format(name, title, suffixes, module.read, module.recognises, write, many)


_ALL: Final = (
    _of("rttm", "RTTM", (".rttm", ".vcm", ".txt"), rttm, rttm.write, many=True),
    _of(
        "textgrid",
        "TextGrid",
        (".TextGrid", ".txt"),
        textgrid_reading,
        textgrid_writing.write_long,
    ),
    _of(
        "textgrid_short",
        "TextGrid",
        (".TextGrid", ".txt"),
        textgrid_reading,
        textgrid_writing.write_short,
    ),
    _of("eaf", "EAF", (".eaf", ".xml"), eaf_reading, eaf_writing.write),
    _of("its", "LENA .its", (".its", ".xml"), its, None),
    _of("childproject", "ChildProject", (".csv",), childproject, childproject.write, many=True),
    _of("audacity", "Audacity", (".txt",), audacity, audacity.write),
    _of("csv", "CSV", (".csv", ".tsv"), csv_table, csv_table.write, many=True),
    _of("parquet", "Parquet", (".parquet",), parquet, parquet.write, many=True),
)

#: All formats by name.
FORMATS: Final = MappingProxyType({format_.name: format_ for format_ in _ALL})

#: Which format a new file has, where several have its suffix.
_NEW: Final = {".csv": "csv", ".txt": "audacity", ".textgrid": "textgrid", ".xml": "eaf"}


def named(name: str) -> Format:
    """Return the format with this name.

    Raises:
        ConfigError: There is none.
    """
    try:
        return FORMATS[name]
    except KeyError:
        raise ConfigError(
            f"There is no format of annotations {name!r}.", hint=f"Use one of {', '.join(FORMATS)}."
        ) from None


def format_of_data(data: bytes, name: str) -> Format:
    """Find the format of a file that exists.

    Raises:
        ConfigError: The suffix is that of no format, or the content is of none with this suffix.
    """
    suffix = PurePath(name).suffix.lower()
    # Formats that are read in the same way, as the two forms of TextGrid, count as one.
    fitting = {format_.read: format_ for format_ in reversed(_ALL) if format_.has(suffix)}
    candidates = list(reversed(fitting.values()))
    for format_ in candidates:
        if len(candidates) == 1 or format_.recognises(data):
            return format_
    raise _unknown(name, suffix, candidates, FORMATS)


def format_of_name(name: str) -> Format:
    """Find the format of a new file by its suffix.

    Raises:
        ConfigError: The suffix is that of no format.

    Examples:
        >>> format_of_name("day1.TextGrid").name, format_of_name("labels.txt").name
        ('textgrid', 'audacity')
    """
    suffix = PurePath(name).suffix.lower()
    for format_ in _ALL:
        if format_.has(suffix) and _NEW.get(suffix, format_.name) == format_.name:
            return format_
    raise _unknown(name, suffix, (), [each.name for each in _ALL if each.write])


def _unknown(
    name: str, suffix: str, candidates: Sequence[Format], known: Iterable[str]
) -> ConfigError:
    titles = " nor ".join(dict.fromkeys(format_.title for format_ in candidates))
    problem = f"is neither {titles}" if titles else f"has the suffix {suffix!r} of no format"
    return ConfigError(
        f"{name} {problem}, so its format is not known.",
        hint=f"Name its format: one of {', '.join(known)}.",
    )
