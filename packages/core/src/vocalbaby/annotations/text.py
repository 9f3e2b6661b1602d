"""Text and numbers in files of annotations: encodings, times, and errors that name the line."""

import math
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from decimal import Context, Decimal
from pathlib import PurePath
from typing import Final

from vocalbaby.exception import DataError

__all__ = [
    "SourceName",
    "decode",
    "difference",
    "encode",
    "finite",
    "fixed",
    "lines",
    "milliseconds",
    "number",
    "recording_of",
    "total",
]

#: UTF-32 comes first, since its mark begins with that of UTF-16.
_MARKS: Final = (
    (BOM_UTF32_LE, "utf-32"),
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF8, "utf-8-sig"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
)
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)

_NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")

#: Digits enough for the exact sum of any two finite doubles.
_EXACT: Final = Context(prec=1100)

#: Milliseconds by which a time may differ from its rounded value without being called rounded:
#: a whole number of milliseconds, divided by 1,000, is off by less.
_SAME_MS: Final = 1e-6


class SourceName(str):
    """Name of a file, for messages."""

    __slots__ = ()

    def error(self, problem: str, *, line: int | None = None, hint: str = "") -> DataError:
        """Make an error about this file, or about one of its lines.

        Examples:
            >>> SourceName("a.rttm").error("The line is too short.", line=3).message
            'a.rttm, line 3: The line is too short.'
        """
        where = self if line is None else f"{self}, line {line}"
        return DataError(f"{where}: {problem}", hint=hint)


def recording_of(name: str) -> str:
    """Return the recording of a file that names none: the name of the file without suffix.

    Examples:
        >>> recording_of("annotations/day1.TextGrid")
        'day1'
    """
    return PurePath(name).stem


def decode(data: bytes, source: SourceName) -> str:
    """Decode a text file.

    A byte order mark decides; else zero bytes mean UTF-16. Bytes that are not valid UTF-8 are
    Windows-1252, or Latin-1 where Windows-1252 has no character.

    Raises:
        DataError: The data is not text.

    Examples:
        >>> [decode("bébé".encode(name), SourceName("a")) for name in ("utf-16", "latin-1")]
        ['bébé', 'bébé']
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None and b"\0" in data:
        # Text in Latin letters has its zero bytes at odd places, or at even ones.
        encoding = "utf-16-le" if b"\0" not in data[:200:2] else "utf-16-be"
    for name in [encoding] if encoding else ["utf-8", "cp1252", "latin-1"]:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise source.error(
        "The file is not text, or its text is damaged.",
        hint="Save it again as text in UTF-8, and check that it was copied completely.",
    )


def encode(text: str) -> tuple[bytes, int]:
    """Encode text as UTF-8, and count the characters that had to be replaced with U+FFFD.

    These are halves of surrogate pairs, and zero, which is no text to most programs.
    """
    count = len(_NO_TEXT.findall(text))
    return (_NO_TEXT.sub("\ufffd", text) if count else text).encode(), count


def lines(text: str) -> list[str]:
    r"""Split text at line feeds, with or without carriage returns, and at nothing else.

    Examples:
        >>> lines("a\r\nb c\n")
        ['a', 'b c']
    """
    found = [line.removesuffix("\r") for line in text.split("\n")]
    return found[:-1] if found[-1] == "" else found


def finite(text: str) -> float | None:
    """Read a decimal number; None if the text is not one, or is not finite.

    Examples:
        >>> finite("1.5"), finite("1e999"), finite("1_000"), finite("nan")
        (1.5, None, None, None)
    """
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    return value if math.isfinite(value) else None


def number(text: str, source: SourceName, line: int, what: str) -> float:
    """Read a finite decimal number.

    Raises:
        DataError: The text is not one.
    """
    if (value := finite(text)) is not None:
        return value
    hint = "Write times in seconds, such as 12.5."
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        hint = "Write numbers with a decimal point instead of a comma."
    raise source.error(f"The {what} is {text[:40]!r}, not a finite number.", line=line, hint=hint)


def fixed(value: float) -> str:
    """Write a number exactly and without an exponent, which many programs cannot read.

    Examples:
        >>> fixed(1e-05), fixed(2.0), fixed(-0.0)
        ('0.00001', '2.0', '0.0')
    """
    return format(Decimal(repr(float(value) + 0.0)), "f")


def difference(offset_s: float, onset_s: float) -> str:
    """Return a duration such that `total` gives the offset again.

    Examples:
        >>> difference(0.3, 0.1), total("0.1", "0.2"), 0.1 + 0.2
        ('0.2', 0.3, 0.30000000000000004)
    """
    exact = _EXACT.subtract(Decimal(repr(float(offset_s))), Decimal(repr(float(onset_s))))
    text = format(exact.normalize(_EXACT), "f")
    return text if "." in text else f"{text}.0"


def total(onset: str, duration: str) -> float:
    """Add two decimal numbers without an error of rounding in between."""
    return float(_EXACT.add(Decimal(onset), Decimal(duration)))


def milliseconds(seconds: float) -> tuple[int, bool]:
    """Round a time to milliseconds, and say whether that changes it.

    Examples:
        >>> milliseconds(1.234), milliseconds(1.2346)
        ((1234, False), (1235, True))
    """
    exact = 1000 * seconds
    rounded = round(exact)
    return rounded, abs(exact - rounded) > max(_SAME_MS, 1e-15 * abs(exact))
