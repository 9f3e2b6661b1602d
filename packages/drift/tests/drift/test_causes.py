"""Causes of a drift, from effect sizes and from what the mixture of classes explains."""

from collections import defaultdict

import pytest

from vocalbaby.monitoring.drift.causes import DriftSignature, likely_causes
from vocalbaby.monitoring.drift.effect_sizes import EffectSizes

#: A duller spectrum, while F0 and voice quality stay.
DULLER = EffectSizes(
    z=defaultdict(
        float, f0_q50=0.0, hnr_mean=0.0, f2_mean=-1.0, f3_mean=-1.0, slope_high_mean=-1.0
    ),
    change=defaultdict(float),
    ratio=defaultdict(lambda: 1.0),
    units={},
)


def signature(*, classes: bool, same: float, score: float = 0.70) -> DriftSignature:
    return DriftSignature(DULLER, classes, score, same, threshold=0.60)


def codes(found: list[tuple[str, float]]) -> list[str]:
    return [code for code, _ in found]


def test_a_spectrum_that_changes_with_the_classes_is_no_other_microphone() -> None:
    assert codes(likely_causes(signature(classes=True, same=0.52))) == ["class_mix"]


def test_the_same_spectrum_without_other_classes_is_another_microphone() -> None:
    assert codes(likely_causes(signature(classes=False, same=0.52))) == ["microphone"]


def test_a_microphone_is_named_if_the_classes_explain_little() -> None:
    assert codes(likely_causes(signature(classes=True, same=0.69))) == ["microphone"]


def test_the_evidence_of_the_classes_falls_gradually_above_the_threshold() -> None:
    evidence = [
        dict(likely_causes(signature(classes=True, same=same, score=0.9))).get("class_mix", 0.0)
        for same in (0.59, 0.61, 0.63)
    ]
    assert evidence[0] > evidence[1] > evidence[2] > 0.0
    assert evidence[0] == pytest.approx(0.6 + 0.4 * (1 - 0.09 / 0.4))
