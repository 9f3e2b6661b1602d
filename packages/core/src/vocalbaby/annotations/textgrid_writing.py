"""Writes Praat's TextGrid, long and short, in UTF-8."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from vocalbaby.annotations.layers import free_name, layer_numbers
from vocalbaby.annotations.notes import Holds, Notes
from vocalbaby.annotations.text import encode, finite, fixed
from vocalbaby.annotations.textgrid_reading import INTERVALS, POINTS
from vocalbaby.entity.timeline import Segment, Tier, Timeline

__all__ = ["write_long", "write_short"]

#: Tier of segments that have neither tier nor speaker.
_TIER: Final = "segments"

#: Text of intervals without label or speaker; without a text, an interval is a gap.
_UNLABELLED: Final = "unlabelled"

_HOLDS: Final = Holds(
    segment=("speaker", "tier"),  # reported one by one
    tier_attributes=frozenset({"class", "name", "xmin", "xmax", "boundaries"}),
    timeline=("duration_s",),
    timeline_attributes=frozenset({"xmin"}),
)


class _Entry(NamedTuple):
    onset_s: float
    offset_s: float
    text: str


class _Written(NamedTuple):
    """A tier of the file."""

    kind: str
    name: str
    xmin: float
    xmax: float
    entries: Sequence[_Entry]


def write_long(timelines: Sequence[Timeline], notes: Notes) -> bytes:
    """Write one timeline in the long form, with names before all values."""
    return _write(_long, timelines, notes)


def write_short(timelines: Sequence[Timeline], notes: Notes) -> bytes:
    """Write one timeline in the short form, which has only the values."""
    return _write(_short, timelines, notes)


def _write(
    form: Callable[[float, float, Sequence[_Written]], Iterator[str]],
    timelines: Sequence[Timeline],
    notes: Notes,
) -> bytes:
    (timeline,) = timelines
    _HOLDS.report(timelines, notes)
    xmin, xmax = _range(timeline, notes)
    rows = form(xmin, xmax, _tiers(timeline, xmin, xmax, notes))
    data, replaced = encode("".join(row + "\n" for row in rows))
    notes.add("characters", "U+FFFD replaces {n} unusable characters", replaced)
    return data


def _range(timeline: Timeline, notes: Notes) -> tuple[float, float]:
    """Begin and end of the file, which contain all segments."""
    start = finite(timeline.attributes.get("xmin", "0")) or 0.0
    begin = min([start, *(segment.onset_s for segment in timeline.segments)])
    last = max((s.offset_s for s in timeline.segments), default=begin)
    if timeline.duration_s is None:
        notes.add(
            "duration_s", "the duration of {n} recordings is not known: the last segment ends it"
        )
        end = max(last, 0.0)
        return begin, end if end > begin else begin + 1.0
    past = sum(s.offset_s > timeline.duration_s for s in timeline.segments)
    notes.add("past_the_end", "the recording is lengthened to the end of {n} segments", past)
    return begin, max(timeline.duration_s, last)


def _tiers(timeline: Timeline, xmin: float, xmax: float, notes: Notes) -> list[_Written]:
    listed = {tier.name: tier for tier in timeline.tiers}
    of_tier: dict[str, list[Segment]] = {name: [] for name in listed}
    for segment in timeline.segments:
        of_tier.setdefault(_tier_of(segment, notes), []).append(segment)
    taken = set(of_tier)
    written = []
    for name, segments in of_tier.items():
        tier = listed.get(name, Tier(name))
        for kind, further, entries in _layers(tier, segments, taken, notes):
            taken.add(further)
            shown = tier.attributes.get("name", name) if further == name else further
            low, high = _tier_range(tier, entries, xmin, xmax)
            if kind == INTERVALS:
                boundaries = tier.attributes.get("boundaries", "") if further == name else ""
                inner = [at for text in boundaries.split() if (at := finite(text)) is not None]
                full = list(_filled(entries, low, high, inner))
                written.append(_Written(kind, shown, low, high, full))
            else:
                written.append(_Written(kind, shown, low, high, entries))
    return written


def _tier_range(
    tier: Tier, entries: Sequence[_Entry], xmin: float, xmax: float
) -> tuple[float, float]:
    """Begin and end of a tier: those that it had, as far as they contain its entries."""
    own = (finite(tier.attributes.get(key, "")) for key in ("xmin", "xmax"))
    low, high = (
        given if value is None else value for value, given in zip(own, (xmin, xmax), strict=True)
    )
    low = min([low, *(entry.onset_s for entry in entries)])
    return low, max([low, high, *(entry.offset_s for entry in entries)])


def _tier_of(segment: Segment, notes: Notes) -> str:
    if segment.tier is not None:
        if segment.speaker not in {None, segment.tier} and segment.label:
            notes.add("speaker", "the speakers of {n} segments are left out")
        return segment.tier
    return segment.speaker or _TIER


def _layers(
    tier: Tier, segments: Sequence[Segment], taken: set[str], notes: Notes
) -> Iterator[tuple[str, str, Sequence[_Entry]]]:
    """Tiers without overlap, and one of points for segments of no length."""
    of_points = tier.attributes.get("class") == POINTS
    points = _sorted([s for s in segments if s.duration_s == 0])
    intervals = _sorted([s for s in segments if s.duration_s > 0])
    moved = sum(later.onset_s < earlier.onset_s for earlier, later in pairwise(segments))
    notes.add("order", "a tier is in order of time, which moves {n} segments", moved)
    if of_points:
        yield POINTS, tier.name, [_Entry(s.onset_s, s.onset_s, s.label or "") for s in points]
        notes.add(
            "points",
            "further tiers hold {n} segments with a length from tiers of points",
            len(intervals),
        )
    numbers = layer_numbers(intervals)
    overlapping = sum(number > 0 for number in numbers)
    notes.add("overlap", "further tiers hold {n} overlapping segments", overlapping)
    for i in range(max(numbers, default=-1 if of_points else 0) + 1):
        further = free_name(tier.name, taken, "intervals" if of_points else "")
        layer = [s for s, number in zip(intervals, numbers, strict=True) if number == i]
        entries = [_Entry(s.onset_s, s.offset_s, _text(s, notes)) for s in layer]
        yield INTERVALS, further if i or of_points else tier.name, entries
    if points and not of_points:
        notes.add("points", "tiers of points hold {n} segments without length", len(points))
        further = free_name(tier.name, taken, "points")
        yield POINTS, further, [_Entry(s.onset_s, s.onset_s, _text(s, notes)) for s in points]


def _sorted(segments: Sequence[Segment]) -> list[Segment]:
    return sorted(segments, key=lambda s: s.onset_s)


def _text(segment: Segment, notes: Notes) -> str:
    text = segment.label or segment.speaker
    if not text:
        notes.add("label", f"the text {_UNLABELLED!r} stands for {{n}} segments without a label")
    return text or _UNLABELLED


def _filled(
    entries: Sequence[_Entry], low: float, high: float, boundaries: Sequence[float]
) -> Iterator[_Entry]:
    """Add the empty intervals between entries, and their boundaries."""
    inner = sorted(boundaries)
    at = low
    for onset, offset, text in [*entries, _Entry(high, high, "")]:
        if at < onset:
            cuts = [at, *(b for b in inner if at < b < onset), onset]
            yield from (_Entry(a, b, "") for a, b in pairwise(cuts))
        if offset > onset:
            yield _Entry(onset, offset, text)
        at = offset


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _short(xmin: float, xmax: float, tiers: Sequence[_Written]) -> Iterator[str]:
    yield from ('File type = "ooTextFile"', 'Object class = "TextGrid"', "")
    yield from (fixed(xmin), fixed(xmax), "<exists>", str(len(tiers)))
    for tier in tiers:
        yield from (f'"{tier.kind}"', _quoted(tier.name), fixed(tier.xmin), fixed(tier.xmax))
        yield str(len(tier.entries))
        for entry in tier.entries:
            yield fixed(entry.onset_s)
            if tier.kind == INTERVALS:
                yield fixed(entry.offset_s)
            yield _quoted(entry.text)


def _long(xmin: float, xmax: float, tiers: Sequence[_Written]) -> Iterator[str]:
    yield from ('File type = "ooTextFile"', 'Object class = "TextGrid"', "")
    yield from (f"xmin = {fixed(xmin)} ", f"xmax = {fixed(xmax)} ", "tiers? <exists> ")
    yield from (f"size = {len(tiers)} ", "item []: ")
    for i, tier in enumerate(tiers, 1):
        yield f"    item [{i}]:"
        yield f'        class = "{tier.kind}" '
        yield f"        name = {_quoted(tier.name)} "
        yield f"        xmin = {fixed(tier.xmin)} "
        yield f"        xmax = {fixed(tier.xmax)} "
        what = "intervals" if tier.kind == INTERVALS else "points"
        yield f"        {what}: size = {len(tier.entries)} "
        for j, entry in enumerate(tier.entries, 1):
            yield f"        {what} [{j}]:"
            if tier.kind == INTERVALS:
                yield f"            xmin = {fixed(entry.onset_s)} "
                yield f"            xmax = {fixed(entry.offset_s)} "
                yield f"            text = {_quoted(entry.text)} "
            else:
                yield f"            number = {fixed(entry.onset_s)} "
                yield f"            mark = {_quoted(entry.text)} "
