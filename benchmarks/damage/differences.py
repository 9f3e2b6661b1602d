"""Differences in length between our decoder and FFmpeg's, counted by kind."""

import collections
from collections.abc import Sequence

#: Ours and FFmpeg's length in s, None where nothing was decoded; the largest difference in s that
#: is none; and whether we warned that the recording is cut.
Lengths = tuple[float | None, float | None, float, bool]
_EXAMPLES = 3


class Differences:
    """Collects the comparisons of damaged files."""

    def __init__(self) -> None:
        self._compared: collections.Counter[str] = collections.Counter()
        self._found: dict[tuple[str, str], list[tuple[int, str]]] = collections.defaultdict(list)

    def add(
        self,
        number: int,
        kind: str,
        outcome: str,
        damage: Sequence[str],
        lengths: Lengths | None,
    ) -> None:
        """Add a case.

        Args:
            number: Of the case.
            kind: Of the file.
            outcome: Ours: ``clip`` or the code of an error.
            damage: Kinds of damage.
            lengths: The comparison, or None if there was none.
        """
        if lengths is None:
            return
        ours, theirs, margin, warned = lengths
        self._compared[kind] += 1
        if ours is None:
            same = theirs is None or theirs <= margin
            difference = f"refused ({outcome}), FFmpeg decodes"
        elif theirs is None:
            same, difference = False, "decoded, FFmpeg refuses"
        elif ours < theirs - margin:
            same = False
            difference = "shorter, with a warning" if warned else "shorter, WITHOUT A WARNING"
        else:
            same, difference = ours <= theirs + margin, "longer"
        if not same:
            text = f"{_seconds(ours)} and {_seconds(theirs)} ({', '.join(damage)})"
            self._found[kind, difference].append((number, text))

    def report(self) -> str:
        """Return a Markdown table."""
        rows = [
            f"FFmpeg decoded {self._compared.total():,} of the files.\n",
            "| format | ours, compared with FFmpeg | files | cases: ours and FFmpeg's |",
            "| --- | --- | --- | --- |",
        ]
        for (kind, difference), cases in sorted(self._found.items()):
            examples = "; ".join(f"{number}: {text}" for number, text in cases[:_EXAMPLES])
            share = f"{len(cases):,} of {self._compared[kind]:,}"
            rows.append(f"| {kind} | {difference} | {share} | {examples} |")
        return "\n".join(rows)


def _seconds(length: float | None) -> str:
    return "nothing" if length is None else f"{length:.3f} s"
