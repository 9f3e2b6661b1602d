"""Scores of segments against the truth, on slots of 10 ms."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment

__all__ = [
    "COLLAR_S",
    "Recording",
    "Scores",
    "detection_error",
    "labels_of_slots",
    "write_timelines",
]

#: True and given segments, and the duration in s.
Recording = tuple[Sequence[Segment], Sequence[Segment], float]

_JUNK = CLASSES.index("Junk")
_CRYING = CLASSES.index("Crying")
_INFANT = frozenset(CLASSES) - {"Junk"}
#: What is left out around the true boundaries, half before and half after.
COLLAR_S = 0.25


def labels_of_slots(segments: Iterable[Segment], n_slots: int) -> NDArray[np.int8]:
    """Return the number of the class of each slot, -1 where there is no segment.

    Where an infant and junk overlap, the infant counts.
    """
    found = np.full(n_slots, -1, np.int8)
    known = [s for s in segments if s.label in CLASSES]
    for segment in sorted(known, key=lambda s: s.label != "Junk"):
        begin, end = round(100 * segment.onset_s), round(100 * segment.offset_s)
        found[begin:end] = CLASSES.index(str(segment.label))
    return found


def detection_error(
    truth: Sequence[Segment], given: Sequence[Segment], duration_s: float
) -> NDArray[np.float64]:
    """Return seconds of missed and of falsely detected infant sound, and of true infant sound.

    The first two over the last are the detection error rate of pyannote.metrics, with a collar of
    0.25 s around each boundary of each true segment; scripts/test_detection_error.sh compares.
    """
    true, found = ([s for s in segments if s.label in _INFANT] for segments in (truth, given))
    edges = np.array([t for s in true for t in (s.onset_s, s.offset_s) if s.duration_s > 0])
    collars = np.stack([edges - COLLAR_S / 2, edges + COLLAR_S / 2], axis=-1)
    spans = [_spans(true), _spans(found), collars]
    ends = np.concatenate([[0, duration_s], *(span.ravel() for span in spans)])
    cuts = np.unique(np.clip(ends, 0, duration_s))
    is_true, is_found, ignored = (_covered(span, (cuts[1:] + cuts[:-1]) / 2) for span in spans)
    parts = (is_true & ~is_found, is_found & ~is_true, is_true)
    return np.array([np.diff(cuts)[part & ~ignored].sum() for part in parts])


def _spans(segments: Sequence[Segment]) -> NDArray[np.float64]:
    return np.array([(s.onset_s, s.offset_s) for s in segments]).reshape(-1, 2)


def _covered(spans: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each time is within a span: more of them have begun than have ended."""
    begun, ended = (np.searchsorted(np.sort(side), times) for side in spans.T)
    return np.asarray(begun > ended)


@dataclass(slots=True)
class Scores:
    """Counts over recordings."""

    slots: NDArray[np.int64] = field(default_factory=lambda: np.zeros((6, 6), np.int64))
    detection: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    onset_errors_s: list[float] = field(default_factory=list)
    duration_s: float = 0.0
    recordings: list[Recording] = field(default_factory=list)

    def add(self, truth: Sequence[Segment], given: Sequence[Segment], duration_s: float) -> None:
        """Add a recording."""
        self.recordings.append((truth, given, duration_s))
        n = round(100 * duration_s)
        true, found = labels_of_slots(truth, n), labels_of_slots(given, n)
        cells = (true.astype(np.int64) % 6) * 6 + found.astype(np.int64) % 6
        self.slots += np.bincount(cells, minlength=36).reshape(6, 6)
        self.detection += detection_error(truth, given, duration_s)
        infants = [s for s in given if s.label != "Junk"]
        for segment in truth:
            if segment.label == "Junk":
                continue
            near = [
                abs(s.onset_s - segment.onset_s)
                for s in infants
                if s.onset_s < segment.offset_s and s.offset_s > segment.onset_s
            ]
            if near:
                self.onset_errors_s.append(min(near))
        self.duration_s += duration_s

    @property
    def cry(self) -> tuple[float, float, float]:
        """Precision, recall and F1 of Crying on slots."""
        hits = self.slots[_CRYING, _CRYING]
        precision = hits / max(1, self.slots[:, _CRYING].sum())
        recall = hits / max(1, self.slots[_CRYING].sum())
        return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)

    @property
    def junk_called_cry(self) -> float:
        """Share of the slots of junk that are called Crying."""
        return float(self.slots[_JUNK, _CRYING] / max(1, self.slots[_JUNK].sum()))

    @property
    def infant_minutes_per_hour(self) -> float:
        """Minutes called infant in an hour."""
        infant = self.slots[:, :_JUNK].sum() / 6000
        return float(infant / max(1e-9, self.duration_s / 3600))

    @property
    def detection_error_rate(self) -> float:
        """Missed and false infant seconds over true ones, with a collar of 0.25 s; or NaN."""
        missed, false, true = self.detection.tolist()
        return (missed + false) / true if true else float("nan")

    @property
    def recalls(self) -> dict[str, float]:
        """Share of the true slots of each class that are called so."""
        return {
            name: float(self.slots[i, i] / self.slots[i].sum())
            for i, name in enumerate(CLASSES)
            if self.slots[i].sum()
        }

    def summary(self) -> dict[str, float]:
        """Return all figures: shares in percent, times in ms."""
        precision, recall, f1 = self.cry
        errors = self.onset_errors_s or [float("nan")]
        return {
            "hours": self.duration_s / 3600,
            "cry precision": 100 * precision,
            "cry recall": 100 * recall,
            "cry F1": 100 * f1,
            "junk called cry": 100 * self.junk_called_cry,
            "infant min/h": self.infant_minutes_per_hour,
            "detection error rate": 100 * self.detection_error_rate,
            "onset error median ms": 1000 * float(np.median(errors)),
        }


def write_timelines(path: Path, rows: Mapping[str, Sequence[Recording]]) -> None:
    """Write recordings of each row as JSON, which `benchmarks.recordings_long.pyannote` reads."""
    found = {
        name: [
            {"duration_s": duration_s, "truth": _written(truth), "given": _written(given)}
            for truth, given, duration_s in recordings
        ]
        for name, recordings in rows.items()
    }
    path.write_text(json.dumps(found), "utf-8")


def _written(segments: Sequence[Segment]) -> list[tuple[float, float, str]]:
    return [(s.onset_s, s.offset_s, str(s.label)) for s in segments]
