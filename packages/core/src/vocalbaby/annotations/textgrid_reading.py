"""Praat's TextGrid, long and short: https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html.

As Praat does, the reader takes only texts in quotes, free-standing numbers and ``<flags>``
from the file, in their order. Long and short files have the same ones.
"""

import math
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from vocalbaby.annotations.layers import free_name
from vocalbaby.annotations.text import SourceName, decode, recording_of
from vocalbaby.entity.timeline import Segment, Tier, Timeline

__all__ = ["INTERVALS", "POINTS", "read", "recognises"]

INTERVALS: Final = "IntervalTier"
POINTS: Final = "TextTier"

_TOKEN: Final = re.compile(
    r'"(?P<text>[^"]*(?:""[^"]*)*)"'
    r"|<(?P<flag>\w+)>"
    r"|(?<![^\s=])(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?!\S)"
    r"|(?<![^\s=])(?P<wrong>--undefined--|[+-]?(?:nan|inf)\w*)(?!\S)"
    r'|![^\r\n]*|(?P<open>")',
    re.IGNORECASE | re.ASCII,
)


def recognises(data: bytes) -> bool:
    """Whether the file begins as text files of Praat do."""
    return b"ooTextFile" in data[:200].replace(b"\0", b"")


class _Tokens:
    """The tokens of a file, of which the next one has to be of the kind that is asked for."""

    def __init__(self, text: str, source: SourceName) -> None:
        self._text, self._source = text, source
        self._found: Iterator[re.Match[str]] = (
            match for match in _TOKEN.finditer(text) if match.lastgroup
        )
        self._last = 0

    def take(self, kind: str, what: str) -> str:
        """Return the next token.

        Raises:
            DataError: The file ends, or the token is of another kind.
        """
        match = next(self._found, None)
        if match is None:
            self._last = len(self._text)
            raise self.error(
                f"The file ends where {what} is expected.",
                hint="The file is cut short, or counts more tiers or intervals than it has.",
            )
        self._last = match.start()
        if match.lastgroup == "open":
            raise self.error("A quotation mark is not closed.", hint='Double it inside text: "".')
        if match.lastgroup != kind:
            raise self.error(f"There is {match.group()[:40]!r} where {what} is expected.")
        return match.group(kind)

    def text(self, what: str) -> str:
        return self.take("text", what).replace('""', '"')

    def number(self, what: str) -> float:
        value = float(self.take("number", what))
        if not math.isfinite(value):
            raise self.error(f"{what.capitalize()} is not finite.")
        return value

    def count(self, what: str) -> int:
        value = self.number(what)
        if value < 0 or value != int(value):
            raise self.error(f"There is {value} where {what} is expected.")
        return int(value)

    def error(self, problem: str, hint: str = "") -> Exception:
        line = self._text.count("\n", 0, self._last) + 1
        return self._source.error(problem, line=line, hint=hint)


class _Head(NamedTuple):
    kind: str
    name: str
    xmin: float
    xmax: float


def read(data: bytes, name: str) -> tuple[Timeline, ...]:
    """Read all tiers, and as segments their points and their intervals that are not empty.

    Empty intervals are gaps between segments; where two of them meet, the tier's attribute
    ``boundaries`` has the time. Tiers with the name of another one are numbered.

    Raises:
        DataError: The file is not a whole TextGrid in text form.
    """
    source = SourceName(name)
    if data.startswith(b"ooBinaryFile"):
        raise source.error(
            "This is a binary TextGrid.", hint='Save it in Praat with "Save as text file...".'
        )
    tokens = _Tokens(decode(data, source), source)
    head = tokens.text('the text "ooTextFile"')
    kind = tokens.text('the text "TextGrid"') if head.startswith("ooTextFile") else head
    if kind != "TextGrid":
        hint = 'Save it in Praat with "Save as text file..." or "Save as short text file...".'
        raise tokens.error(f"This is {kind[:40]!r}, not a TextGrid.", hint)
    xmin, xmax = tokens.number("the begin"), tokens.number("the end")
    tiers: dict[str, Tier] = {}
    segments: list[Segment] = []
    has_tiers = tokens.take("flag", "the flag <exists>") == "exists"
    for _ in range(tokens.count("the number of tiers") if has_tiers else 0):
        tier, found = _tier(tokens, tiers, xmin, xmax)
        tiers[tier.name] = tier
        segments += found
    return (
        Timeline(
            recording_of(name),
            tuple(segments),
            duration_s=xmax if xmax >= 0 else None,
            tiers=tuple(tiers.values()),
            attributes={"xmin": repr(xmin)} if xmin else {},
        ),
    )


def _tier(
    tokens: _Tokens, known: dict[str, Tier], xmin: float, xmax: float
) -> tuple[Tier, list[Segment]]:
    head = _Head(
        tokens.text("the class of a tier"),
        tokens.text("the name of a tier"),
        tokens.number("the begin of a tier"),
        tokens.number("the end of a tier"),
    )
    if head.kind not in {INTERVALS, POINTS}:
        raise tokens.error(f"There is no class of tiers {head.kind[:40]!r}.")
    name = free_name(head.name, known) if head.name in known else head.name
    n = tokens.count("the number of intervals or points")
    attributes = {"class": head.kind} if head.kind == POINTS else {}
    if name != head.name:
        attributes["name"] = head.name
    if (head.xmin, head.xmax) != (xmin, xmax):
        attributes |= {"xmin": repr(head.xmin), "xmax": repr(head.xmax)}
    if head.kind == POINTS:
        points = [(tokens.number("the time of a point"), tokens.text("a mark")) for _ in range(n)]
        return Tier(name, attributes), [Segment(t, t, mark, tier=name) for t, mark in points]
    segments: list[Segment] = []
    boundaries: list[str] = []
    gap_until: float | None = None
    for _ in range(n):
        onset, offset = tokens.number("an onset"), tokens.number("an offset")
        if offset < onset:
            raise tokens.error(f"An interval ends at {offset} s, before it begins at {onset} s.")
        text = tokens.text("a label")
        if text:
            segments.append(Segment(onset, offset, text, tier=name))
        elif gap_until == onset:
            boundaries.append(repr(onset))
        gap_until = None if text else offset
    if boundaries:
        attributes["boundaries"] = " ".join(boundaries)
    return Tier(name, attributes), segments
