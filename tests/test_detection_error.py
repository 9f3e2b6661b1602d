"""The detection error of benchmarks/recordings_long is that of pyannote.metrics.

`scripts/test_detection_error.sh tests/detection_errors.json --write` made the expected seconds with
pyannote.metrics 4.2.0.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from benchmarks.recordings_long.scoring import Scores, detection_error
from vocalbaby.entity.timeline import Segment

RECORDINGS: Final[dict[str, list[dict[str, Any]]]] = json.loads(
    Path(__file__).with_name("detection_errors.json").read_text("utf-8")
)


def timelines(recording: Mapping[str, Any]) -> tuple[list[Segment], list[Segment], float]:
    """True and given segments, and the duration."""
    truth, given = ([Segment(*each) for each in recording[side]] for side in ("truth", "given"))
    return truth, given, recording["duration_s"]


@pytest.mark.parametrize("name", RECORDINGS)
def test_seconds_are_those_of_pyannote(name: str) -> None:
    """Missed, falsely detected and true seconds, with a collar at each true boundary."""
    for recording in RECORDINGS[name]:
        found = detection_error(*timelines(recording))
        assert found.tolist() == pytest.approx(recording["pyannote"], abs=1e-5)


def test_rate_is_over_all_recordings() -> None:
    """Seconds are added before they are divided."""
    scores, missed, false, true = Scores(), 0.0, 0.0, 0.0
    for recording in (each for row in RECORDINGS.values() for each in row):
        scores.add(*timelines(recording))
        own = recording["pyannote"]
        missed, false, true = missed + own[0], false + own[1], true + own[2]
    assert scores.detection_error_rate == pytest.approx((missed + false) / true, abs=1e-5)
