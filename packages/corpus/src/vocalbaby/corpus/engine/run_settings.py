"""What is the same for all recordings of a run."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from vocalbaby.commands.recordings.given import GivenSegments
from vocalbaby.segmentation import SegmentationConfig
from vocalbaby.summary import SummaryConfig

__all__ = ["RunSettings", "settings_hash"]


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Settings of a run, which every process gets.

    Attributes:
        dataset: Folder or ``s3://bucket/prefix`` of the results.
        model: Folder or zip of the model's bundle; None for the built-in one.
        listener: File of a listener; None to do without.
        segmentation: Settings of the segmentation.
        summary: Settings of the figures.
        given: Segments of another tool, which are classified; None if segments are looked for.
        state: Folder that keeps the evidence of each recording; None to discard it.
        run: Name of the run, for its log.

    Examples:
        >>> RunSettings("dataset").summary.level
        0.95
    """

    dataset: str
    model: Path | None = None
    listener: Path | None = None
    segmentation: SegmentationConfig = field(default_factory=SegmentationConfig)
    summary: SummaryConfig = field(default_factory=SummaryConfig)
    given: GivenSegments | None = None
    state: Path | None = None
    run: str = "run"


def settings_hash(values: object) -> str:
    """Return a hash of what JSON can hold, equal for equal values on every machine.

    Examples:
        >>> settings_hash({"a": 1, "b": 2}) == settings_hash({"b": 2, "a": 1})
        True
        >>> len(settings_hash({}))
        32
    """
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
