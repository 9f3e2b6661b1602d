r"""The time of day at which a recording starts, from the name of its file.

=============================== ============================== ==================================
name                            written by                     read as
=============================== ============================== ==================================
``20190523_0930``               people, ChildProject corpora   23 May 2019, 9:30
``20190523_093015``             AudioMoth, Song Meter,         23 May 2019, 9:30:15
                                Android recorders
``2019-05-23T09:30:15+02:00``   ISO 8601; ``:`` may be ``-``,  the same, with its time zone
                                ``.`` or missing
``190523_093015``               Zoom, Tascam, Olympus          23 May 2019, 9:30:15
``5CE66B98``                    first AudioMoths: seconds      23 May 2019, 9:44:56 UTC
                                since 1970, hexadecimal
``e20190523_093015_012345``     LENA: the time of the transfer nothing; the ``.its`` has the start
``190523_0012``                 Olympus, Sony: a date and a    nothing: it may be a number or a
                                number, or a time              time
=============================== ============================== ==================================

The time may stand anywhere in the name, with ``_``, ``-``, ``.``, blanks or ``T`` between the date
and the time. Without a time zone it is local time. What LENA's names mean:
https://lena-sp-support.screenstepslive.com/m/79940/l/1241282.
"""

import re
from datetime import UTC, datetime
from typing import Final

__all__ = ["clock_of_name"]

_LENA: Final = re.compile(r"(?:^|[^a-z0-9])e\d{8}_\d{6}_\d{6}(?!\d)", re.IGNORECASE)
_DATE_TIME: Final = re.compile(
    r"""(?<!\d)
    (?:(?P<century>19|20)(?P<year>\d\d)(?P<dash>[-_.]?)(?P<month>\d\d)(?P=dash)(?P<day>\d\d)
     |(?P<short>(?P<y>\d\d)(?P<m>\d\d)(?P<d>\d\d)))
    [ _.T-]{1,3}
    (?P<hour>\d\d)(?P<colon>[-:._]?|h)(?P<minute>\d\d)
    (?:(?:(?P=colon)|(?<=h\d\d)m)(?P<second>\d\d)(?:[.,]\d{1,6})?)?
    (?P<zone>Z(?![a-zA-Z])|[+-]\d\d:?\d\d)?
    (?!\d)""",
    re.VERBOSE,
)
_HEXADECIMAL: Final = re.compile(r"[0-9A-F]{8}")
#: 2015 to 2035: the first AudioMoth was built in 2017.
_SECONDS: Final = range(1_420_070_400, 2_051_222_400)


def clock_of_name(name: str) -> datetime | None:
    """Find the time of day in the name of a recording; see the table of this module.

    Args:
        name: Name of a file without its suffix.

    Returns:
        The time, with a time zone where the name has one; None where there is no time, or where
        it may be something else.

    Examples:
        >>> clock_of_name("c07_20190523_0930").isoformat()
        '2019-05-23T09:30:00'
        >>> clock_of_name("2019-05-23T09.30.15+0200").isoformat()
        '2019-05-23T09:30:15+02:00'
        >>> clock_of_name("5CE66B98").isoformat()
        '2019-05-23T09:44:56+00:00'
        >>> clock_of_name("e20190523_093015_012345"), clock_of_name("190523_0012")
        (None, None)
    """
    if _LENA.search(name):
        return None
    if _HEXADECIMAL.fullmatch(name) and not name.isdigit() and int(name, 16) in _SECONDS:
        return datetime.fromtimestamp(int(name, 16), UTC)
    for match in _DATE_TIME.finditer(name):
        if match["short"] and not match["second"]:
            continue
        year = f"20{match['y']}" if match["short"] else f"{match['century']}{match['year']}"
        month, day = match["m"] or match["month"], match["d"] or match["day"]
        time = f"{match['hour']}:{match['minute']}:{match['second'] or '00'}{match['zone'] or ''}"
        try:
            return datetime.fromisoformat(f"{year}-{month}-{day}T{time}")
        except ValueError:  # no such date, such as month 13
            continue
    return None
