"""The order in which clips lose their label, and the error rate of the rest."""

import pandas as pd
import pytest

from vocalbaby.components.risk_coverage import risk_curve


def answers(*rows: tuple[float, bool, str]) -> pd.DataFrame:
    """Clips of junk from (probability, right, why)."""
    return pd.DataFrame(
        [
            {
                "Answer": "Junk",
                "predicted": "Junk" if right else "Crying",
                "why": why,
                "p_Junk": p if right else 1 - p,
                "p_Crying": 1 - p if right else p,
            }
            for p, right, why in rows
        ]
    )


def test_the_least_probable_clips_are_set_aside_first() -> None:
    curve = risk_curve(
        answers((0.6, False, ""), (0.9, True, ""), (0.7, False, ""), (0.8, True, ""))
    )
    assert curve.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert curve.risk.tolist() == [0.0, 0.0, pytest.approx(1 / 3), 0.5]
    assert curve.area == pytest.approx((1 / 3 + 1 / 2) / 4)


def test_clips_unlike_the_training_data_are_set_aside_before_improbable_ones() -> None:
    novel = (0.99, False, "clipped unlike_training")
    curve = risk_curve(answers(novel, (0.9, True, ""), (0.5, True, "not_confident")))
    assert curve.risk.tolist() == [0.0, 0.0, pytest.approx(1 / 3)]


def test_ties_do_not_flatter() -> None:
    curve = risk_curve(answers((0.9, True, ""), (0.9, False, "")))
    assert curve.risk.tolist() == [1.0, 0.5]


def test_a_coverage_is_rounded_up_to_a_whole_clip() -> None:
    curve = risk_curve(answers(*[(0.9, True, "")] * 9, (0.6, False, "")))
    assert curve.at((1.0, 0.95, 0.9, 0.01)) == {1.0: 0.1, 0.95: 0.1, 0.9: 0.0, 0.01: 0.0}
