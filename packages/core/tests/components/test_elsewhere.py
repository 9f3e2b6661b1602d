"""The section "Recordings from elsewhere" of the model card."""

import pandas as pd

from vocalbaby.components.elsewhere import measure_elsewhere
from vocalbaby.components.metrics import EvaluationConfig


def answers(*rows: tuple[str, float, str]) -> pd.DataFrame:
    """Clips from (truth, p of junk, reason of an abstention), each of another child."""
    table = []
    for number, (truth, p, why) in enumerate(rows):
        best = "Junk" if p >= 0.5 else "Crying"
        clip = {"clip_ID": str(number), "child_ID": str(number), "corpus": "x"}
        clip |= {"Answer": truth, "why": why}
        label = "" if why else best
        table.append(clip | {"predicted": best, "label": label, "p_Crying": 1 - p, "p_Junk": p})
    return pd.DataFrame(table)


CRIES = answers(("Crying", 0.2, ""), ("Crying", 0.4, "not_confident"), ("Junk", 0.9, ""))
HARD = answers(("Junk", 0.05, ""), ("Junk", 0.4, ""), ("Junk", 0.8, ""), ("Junk", 0.7, ""))
UNLABELLED = answers(("", 0.5, ""))
CONFIG = EvaluationConfig(resamples=0)


def test_each_corpus_is_a_row_and_abstentions_are_misses() -> None:
    found = measure_elsewhere({"phones": pd.concat([CRIES, UNLABELLED]), "hard": HARD}, CONFIG)
    rows = {row[0]: dict(zip(found.table.header, row, strict=True)) for row in found.table.rows}
    assert list(rows) == ["phones", "hard", "all"]
    phones, hard = rows["phones"], rows["hard"]
    assert (phones["Clips"], phones["Groups"]) == ("3", "3")
    assert (phones["UAR"], phones["Recall Crying"], phones["Recall Junk"]) == (
        "0.750",
        "0.500",
        "1.000",
    )
    assert phones["No label"] == "33.3%"
    assert phones["Calibration error"] == "0.233"
    assert (hard["Recall Crying"], hard["Junk, p >= 0.5"], hard["Junk, p >= 0.9"]) == (
        "-",
        "50.0%",
        "25.0%",
    )
    assert rows["all"]["Clips"] == "7"
    assert list(found.evaluations) == ["phones, left out of training", "hard, left out of training"]
    assert found.evaluations["hard, left out of training"].n_clips == 4


def test_the_note_states_coverage_against_risk() -> None:
    note = measure_elsewhere({"hard": HARD}, CONFIG).table.note
    assert "50.0% of 100%, 50.0% of 95%, 50.0% of 90%, 50.0% of 80%" in note


def test_one_corpus_has_no_row_for_all() -> None:
    assert [row[0] for row in measure_elsewhere({"hard": HARD}, CONFIG).table.rows] == ["hard"]
