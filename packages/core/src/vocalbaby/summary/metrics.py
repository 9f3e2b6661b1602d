"""Figures by the names of ChildProject's metrics.

https://github.com/LAAC-LSCP/ChildProject, ``ChildProject/pipelines/metricsFunctions.py``.
Durations are in milliseconds there, and so here. It has no names for laughs, junk, shares of
time and bouts; those are formed in the same way.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.summary.events import UNCLASSIFIED
from vocalbaby.summary.grid import BOUTS

__all__ = ["METRICS", "figures", "unit_of"]

Floats = NDArray[np.floating[Any]]

#: Begin of the names of a class's figures to its columns in a grid.
_KINDS: Final[Mapping[str, tuple[int, ...]]] = {
    "voc": (0, 1, 2, 3, UNCLASSIFIED),
    "can_voc": (0,),
    "non_can_voc": (1,),
    "cry_voc": (2,),
    "laugh_voc": (3,),
    "junk": (4,),
    "cry_bout": (BOUTS,),
}
_HOUR_S: Final = 3600.0
#: Number of classes of vocalizations; junk is the fifth.
_CLASSIFIED: Final = 4


def figures(counts: Floats, seconds: Floats, observed: Floats) -> dict[str, Floats]:
    """Compute all figures.

    Args:
        counts: Numbers of segments by column of a grid, shape (..., 7).
        seconds: Their seconds.
        observed: Seconds of sound, shape (...).

    Returns:
        Name to figures of the shape (...); NaN where a figure has no value, as a proportion
        of nothing, or the number of cries where no vocalization has a class.

    Examples:
        >>> counts = np.array([3.0, 1, 4, 0, 0, 0, 1])
        >>> values = figures(counts, counts / 2, np.array(1800.0))
        >>> float(values["cp_n"]), float(values["voc_chi_ph"]), float(values["cry_voc_dur_chi"])
        (0.75, 16.0, 2000.0)
    """
    found: dict[str, Floats] = {}
    unknown = (counts[..., :_CLASSIFIED].sum(axis=-1) == 0) & (counts[..., UNCLASSIFIED] > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        for kind, columns in _KINDS.items():
            who = "_chi" if kind.endswith("voc") else ""
            number = counts[..., columns].sum(axis=-1)
            if kind not in ("voc", "junk"):
                number = np.where(unknown, np.nan, number)
            length = 1000.0 * seconds[..., columns].sum(axis=-1) + 0.0 * number
            found |= {
                f"{kind}{who}": number,
                f"{kind}{who}_ph": _over(number * _HOUR_S, observed),
                f"{kind}_dur{who}": length,
                f"{kind}_dur{who}_ph": _over(length * _HOUR_S, observed),
                f"avg_{kind}_dur{who}": _over(length, number),
                f"{kind}_share{who}": _over(length / 1000.0, observed),
            }
        for name, values in (("n", counts), ("dur", seconds)):
            canonical, cry = values[..., 0], values[..., 2]
            speech = values[..., 0] + values[..., 1]
            found[f"cp_{name}"] = _over(canonical, speech)
            found[f"lp_{name}"] = _over(speech, speech + cry)
    return found


def _over(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, part / whole, np.nan)


#: Names of all figures, in the order of columns.
METRICS: Final = tuple(figures(np.zeros(BOUTS + 1), np.zeros(BOUTS + 1), np.array(0.0)))


def unit_of(name: str) -> str:
    """Unit of a figure.

    Examples:
        >>> [unit_of(name) for name in ("voc_chi", "voc_dur_chi_ph", "cp_n", "cry_voc_chi_ph")]
        ['', 'ms/h', '', '1/h']
    """
    if "share" in name or name.startswith(("cp_", "lp_")):
        return ""
    unit = "ms" if "_dur" in name else ""
    return f"{unit or 1}/h" if name.endswith("_ph") else unit
