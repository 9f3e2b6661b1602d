"""The comparison of two sides, and of a second coder as the ceiling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.agreement.cells import cells_of, join_cells
from vocalbaby.corpus.agreement.gamma import gamma_figures, require_gamma
from vocalbaby.corpus.agreement.group_figures import clusters_of, group_figures, snr_figures
from vocalbaby.corpus.agreement.grouping import CellTable, groups_of
from vocalbaby.corpus.agreement.pairing import Pairing, common_spans, pair_recordings
from vocalbaby.corpus.agreement.remarks import remarks_of
from vocalbaby.corpus.agreement.results import Agreement, Confusion, Coverage
from vocalbaby.corpus.agreement.settings import AgreementConfig
from vocalbaby.corpus.agreement.sides import Side, choose_mode, side_of
from vocalbaby.corpus.agreement.stretches import Spans
from vocalbaby.corpus.agreement.tracks import (
    NONE,
    Mode,
    Track,
    ordered,
    track_of,
)
from vocalbaby.corpus.agreement.volumes import paired_figures, volume_pairs
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import DataError

__all__ = ["Regions", "compare"]

#: Recording to onsets and offsets of its annotated stretches in seconds.
Regions = Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class _Task:
    """What all comparisons of a call share."""

    mode: Mode
    config: AgreementConfig
    sounds: Mapping[str, Path]
    with_regions: bool
    gamma: bool
    progress: TaskProgressCallback | None


def compare(  # noqa: PLR0913 - options by name
    reference: Sequence[Timeline],
    other: Sequence[Timeline],
    *,
    second: Sequence[Timeline] | None = None,
    regions: Regions | None = None,
    names: Mapping[str, str] | None = None,
    mapping: Mapping[str, str] | None = None,
    recordings: Mapping[str, Path] | None = None,
    gamma: bool = False,
    config: AgreementConfig | None = None,
    progress: TaskProgressCallback | None = None,
) -> Agreement:
    """Compare two sets of annotations of the same recordings.

    Args:
        reference: Annotations that are taken as true, such as those of a human coder.
        other: Annotations that are compared with them, such as those of a model.
        second: Annotations of a second human coder, whose agreement with the reference is the
            ceiling.
        regions: Recording of the reference to its annotated stretches; time outside is not
            compared. Recordings that are not in it have none. None compares whole recordings.
        names: Recording of the reference to that of the other side, where names differ.
        mapping: Label, speaker or tier to class; ``-`` leaves a label out. It comes before the
            vocabulary of the field.
        recordings: Recording of the reference to its sound, from which the signal-to-noise ratio
            of its segments is measured.
        gamma: Also compute gamma of each recording, by pygamma-agreement.
        config: Settings.
        progress: Callback for the task's name, the recordings that are done, and all.

    Returns:
        The agreement, by class and by recording, child, age and hour.

    Raises:
        DataError: No recording is annotated on both sides, or nothing is left to compare.
        AudioError: A recording cannot be read.
        MissingExtraError: pygamma-agreement is not installed, and gamma is to be computed.

    Examples:
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> human = Timeline("day1", (Segment(0, 2, "Crying"), Segment(5, 6, "Canonical")),
        ...                  duration_s=60.0)
        >>> machine = Timeline("day1", (Segment(0, 2, "Crying"), Segment(5, 6, "Laughing")),
        ...                    duration_s=60.0)
        >>> found = compare([human], [machine])
        >>> round(found.value("agreement"), 3)
        0.983
        >>> found.value("detection_f1", "segments"), found.value("agreement", "segments")
        (1.0, 0.5)
    """
    config = config or AgreementConfig()
    if gamma:
        require_gamma()
    given = [reference, other, *([second] if second is not None else [])]
    mode = choose_mode(given, mapping, config)
    sides = [side_of(side, mode, mapping) for side in given]
    pairing = pair_recordings(list(sides[0].timelines), list(sides[1].timelines), names)
    if not pairing.pairs:
        raise DataError(
            "No recording is annotated on both sides: the reference has "
            f"{sides[0].listed}, and the other side has {sides[1].listed}.",
            hint="Name the pairs: a CSV with the columns reference and other.",
        )
    task = _Task(mode, config, recordings or {}, regions is not None, gamma, progress)
    spans = _spans(sides[:2], pairing, regions)
    found = _compare(sides[0], sides[1], pairing, spans, task)
    if second is None:
        return found
    third = pair_recordings(list(pairing.pairs), list(sides[2].timelines), None)
    if not third.pairs:
        raise DataError("The second coder has annotated none of the recordings that are compared.")
    shared = {name: pairing.pairs[name] for name in third.pairs}
    common = {
        name: common_spans(
            [sides[0].timelines[name], sides[1].timelines[shared[name]],
             sides[2].timelines[partner]],
            None if regions is None else regions.get(name, ()),
        )
        for name, partner in third.pairs.items()
    }  # fmt: skip
    alone = replace(task, sounds={})
    return replace(
        found,
        same_stretches=_compare(sides[0], sides[1], Pairing(shared, (), ()), common, alone),
        second=_compare(sides[0], sides[2], third, common, alone),
    )


def _spans(sides: Sequence[Side], pairing: Pairing, regions: Regions | None) -> dict[str, Spans]:
    return {
        name: common_spans(
            [sides[0].timelines[name], sides[1].timelines[partner]],
            None if regions is None else regions.get(name, ()),
        )
        for name, partner in pairing.pairs.items()
    }


def _compare(
    reference: Side, other: Side, pairing: Pairing, spans: Mapping[str, Spans], task: _Task
) -> Agreement:
    config = task.config
    classes = ordered(reference.classes(pairing.pairs) | other.classes(pairing.pairs.values()),
                      task.mode)  # fmt: skip
    if config.junk == "merge":
        classes = tuple(name for name in classes if name != "Junk")
    pairs = {name: partner for name, partner in pairing.pairs.items() if len(spans[name])}
    if not pairs:
        raise DataError(
            "No stretch of the recordings that both sides have is compared.",
            hint="The annotated stretches or the durations of the recordings do not fit.",
        )
    parts, tracks = [], {}
    for done, (name, partner) in enumerate(pairs.items()):
        own, given = (
            track_of(side.labelled.recordings[each], classes)
            for side, each in ((reference, name), (other, partner))
        )
        tracks[name] = own, given
        parts.append(
            cells_of(own, given, spans[name], len(classes), config,
                     clock=reference.timelines[name].clock_start
                     or other.timelines[partner].clock_start,
                     snr=_snr(task, name, own),
                    junk=classes.index("Junk") if "Junk" in classes else -1)
        )  # fmt: skip
        if task.progress is not None:
            task.progress("comparing", done + 1, len(pairs))
    known = [
        reference.timelines[name].child or other.timelines[partner].child
        for name, partner in pairs.items()
    ]
    keys = [f"{c.corpus} {c.child_id}".strip() if c and c.child_id else "" for c in known]
    children = tuple(sorted(set(keys) - {""}))
    sizes = [part.n for part in parts]
    number = [children.index(key) if key else -1 for key in keys]
    table = CellTable(
        join_cells(parts),
        np.repeat(np.arange(len(parts)), sizes),
        np.repeat(np.array(number, np.intp), sizes),
        tuple(pairs),
        children,
        tuple(known),
    )
    return _result(table, classes, task, pairing, (reference, other), tracks, spans)


def _snr(task: _Task, name: str, own: Track) -> NDArray[np.floating[Any]] | None:
    if not task.sounds:
        return None
    if name not in task.sounds:
        return np.full(own.size, np.nan)
    from vocalbaby.corpus.agreement.snr import segment_snr  # noqa: PLC0415 - imports audio

    return segment_snr(task.sounds[name], own.onset, own.offset)


def _result(
    table: CellTable,
    classes: tuple[str, ...],
    task: _Task,
    pairing: Pairing,
    sides: tuple[Side, Side],
    tracks: Mapping[str, tuple[Track, Track]],
    spans: Mapping[str, Spans],
) -> Agreement:
    config, none = task.config, NONE[task.mode]
    figures = [
        figure
        for by, group, chosen in groups_of(table, config.age_bands)
        for figure in group_figures(table, chosen, config, classes, none, by=by, group=group)
    ]
    if task.sounds:
        figures += snr_figures(table, config, classes)
    if task.gamma:
        figures += gamma_figures(tracks, spans, classes, config.seed)
    pairs = tuple(volume_pairs(table, classes, task.mode))
    figures += paired_figures(pairs, config)
    clusters = clusters_of(table, np.flatnonzero(table.cells.seconds > 0))
    coverage = Coverage(
        dict(pairing.pairs),
        pairing.reference_only,
        pairing.other_only,
        tuple(name for name in pairing.pairs if not len(spans[name])),
        len(table.children),
        float(table.cells.seconds.sum()),
        clusters.kind,
        clusters.n,
        {side: dict(s.labelled.unmapped) for side, s in zip(("reference", "other"), sides,
                                                            strict=True)},
    )  # fmt: skip
    rows = (*classes, none)
    confusions = (
        Confusion("units", rows, rows, _counts(table.cells.units)),
        Confusion("segments", (*classes, "Only other"), (*classes, "Only reference"),
                  _counts(table.cells.segments)),
    )  # fmt: skip
    notes = remarks_of(
        coverage,
        tracks=tracks,
        timelines=(sides[0].timelines, sides[1].timelines),
        others=(sides[0].labelled.others, sides[1].labelled.others),
        with_regions=task.with_regions,
        sounds=task.sounds,
    )
    return Agreement(
        task.mode, classes, none, coverage, tuple(figures), confusions, pairs, config,
        task.with_regions, notes,
    )  # fmt: skip


def _counts(values: NDArray[np.floating[Any]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in values.sum(axis=0).tolist())
