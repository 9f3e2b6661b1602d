from typing import Any

import pytest

from vocalbaby.entity.bundle import Calibration
from vocalbaby.entity.clip import ClipWarning
from vocalbaby.models.abstention import abstention_reason

CALIBRATION = Calibration(
    temperature=1.0,
    bias=(0.0, 0.0),
    abstain_below=0.5,
    novelty_center=(0.0,),
    novelty_scale=(1.0,),
    novelty_components=(),
    novelty_variances=(1.0,),
    novelty_threshold=2.0,
    missing_limit=0.25,
)
CLEAR: dict[str, Any] = {"label": "Crying", "probability": 0.5, "novelty": 2.0, "missing": 0.25}


def test_a_clip_at_the_limits_gets_its_label() -> None:
    assert abstention_reason(CALIBRATION, **CLEAR) is None


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"probability": 0.49}, "not_confident", "Crying has 0.49, 0.50 is needed"),
        ({"novelty": 2.1}, "unlike_training", "novelty 2.1, limit 2.0"),
        ({"missing": 0.3}, "unlike_training", "30% of the features are missing, limit 25%"),
    ],
)
def test_a_clip_beyond_a_limit_gets_no_label(
    change: dict[str, float], code: str, words: str
) -> None:
    reason = abstention_reason(CALIBRATION, **CLEAR | change)
    assert reason is not None
    assert reason.code == code
    assert words in reason.message


def test_missing_features_are_named_before_novelty_and_confidence() -> None:
    reason = abstention_reason(
        CALIBRATION, label="Crying", probability=0.2, novelty=9.0, missing=1.0
    )
    assert reason is not None
    assert "can be measured" in reason.message


def test_unknown_sounds_that_are_probably_junk_are_junk() -> None:
    def unlike(probability: float) -> ClipWarning | None:
        return abstention_reason(
            CALIBRATION, label="Junk", probability=probability, novelty=9.0, missing=1.0
        )

    assert unlike(0.5) is None
    reason = unlike(0.49)
    assert reason is not None
    assert reason.code == "not_confident"
