"""What the commands of the pipeline print about their results."""

from pathlib import Path

import pytest

from vocalbaby.commands.tables import show_evaluations, show_report, show_summary
from vocalbaby.components.findings import Finding
from vocalbaby.components.manifest_checks import ValidationReport
from vocalbaby.components.metrics import ClassFigures, Evaluation
from vocalbaby.entity.labels import CLASSES


def evaluation(
    uar: float, low: float | None, high: float | None, recalls: dict[str, float | None]
) -> Evaluation:
    figures = {
        name: ClassFigures(support=1, precision=None, recall=recall, f1=None)
        for name, recall in recalls.items()
    }
    return Evaluation(
        n_clips=12,
        n_children=3,
        uar=uar,
        uar_low=low,
        uar_high=high,
        confidence=0.95,
        accuracy=0.5,
        macro_f1=0.5,
        weighted_f1=0.5,
        log_loss=1.0,
        calibration_error=0.1,
        classes=figures,
        confusion=[[1, 0], [0, 1]],
        abstention_rate=0.0,
        uar_answered=None,
        abstentions={},
    )


def test_evaluations_are_a_table_of_figures_below_their_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_evaluations(
        {
            "all": evaluation(0.6124, 0.5, 0.7, dict.fromkeys(CLASSES, 0.25)),
            "child": evaluation(1.0, None, 0.7, {"Crying": 1.0, "Junk": None}),
        }
    )
    lines = capsys.readouterr().out.splitlines()
    assert [line[:33] for line in lines[:3]] == [
        "Test set  Clips  UAR    Interval ",
        "all       12     0.612  0.500 to ",
        "child     12     1.000           ",
    ]
    assert [line[33:] for line in lines[:3]] == [
        "       Canonical  Non-canonical  Crying  Laughing   Junk",
        "0.700      0.250          0.250   0.250     0.250  0.250",
        "               -              -   1.000         -      -",
    ]
    assert lines[3:] == [
        "UAR is the mean of the recalls in the columns of the classes.",
    ]


def test_a_report_counts_clips_children_and_minutes_of_each_split(
    capsys: pytest.CaptureFixture[str],
) -> None:
    counts: dict[str, dict[str, int]] = {"train": {}}
    counts["train"].update(zip(CLASSES, range(1, 6), strict=True))
    finding = Finding("error", "split_leak", "A child is in two splits:", 1, ("a [1]", "b"))
    show_report(ValidationReport(counts, {"train": 7}, {"train": 90.0}, (finding,)))
    assert capsys.readouterr().out.splitlines() == [
        "Split  Canonical  Non-canonical  Crying  Laughing  Junk  Children  Minutes",
        "train  1          2              3       4         5     7         1.5    ",
        "error split_leak: A child is in two splits: a [1]; b",
    ]
    show_report(ValidationReport(counts, {"train": 7}, {"train": 90.0}, ()))
    assert capsys.readouterr().out.splitlines()[-1] == "No findings."


def test_a_summary_names_the_files_that_are_not_empty(
    capsys: pytest.CaptureFixture[str],
) -> None:
    summary = {"accepted": 5, "rejected": 2, "notes_by_code": {}, "rejected_by_code": {"a": 2}}
    show_summary(summary, Path("out"))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "accepted          5",
        "rejected          2",
        "notes by code     none",
        "rejected by code  a 2",
        "The rejections are listed in out/rejections.csv.",
    ]
