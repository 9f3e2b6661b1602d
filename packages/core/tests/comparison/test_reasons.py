"""The choice of a comparison, its reasons and its warnings."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from packages.core.tests.comparison.sample_results import CLASSES, EXPERIMENTS, write_sample
from vocalbaby.comparison.reasons import explain
from vocalbaby.comparison.report.summary import Summary, read_summary
from vocalbaby.exception import DataError, DataNotFoundError

BEST = "spectral_prosodic+mfcc/boosted_trees/flat"
SECOND = "spectral_prosodic+mfcc/soft_vote/flat"
Row = dict[str, str]


def change(path: Path, edit: Callable[[Row], None]) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        edit(row)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def name(row: Row) -> str:
    return f"{row['feature_set']}/{row['family']}/{row['mode']}"


def test_devel_chooses_and_test_does_not(tmp_path: Path) -> None:
    write_sample(tmp_path)
    before = explain(tmp_path)
    assert (before.chosen, before.runner_up) == (BEST, SECOND)

    def edit(row: Row) -> None:
        if row["split"] == "test":
            row["uar"] = "0.9" if row["family"] == "svm" else "0.1"

    change(tmp_path / "results.csv", edit)
    after = explain(tmp_path)
    assert (after.chosen, after.runner_up) == (BEST, SECOND)
    assert "0.100 (95 % interval" in after.reasons[1]


def test_the_objective_of_the_settings_chooses(tmp_path: Path) -> None:
    write_sample(tmp_path)

    def edit(row: Row) -> None:
        row["macro_f1"] = "0.9" if name(row) == "mfcc/svm/flat" else "0.5"

    change(tmp_path / "results.csv", edit)
    settings = {"comparison": {"objective": "macro_f1", "confidence": 0.9}}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    found = explain(tmp_path)
    assert found.chosen == "mfcc/svm/flat"
    assert "the highest Macro F1 on devel, 0.900 (90 % interval" in found.reasons[0]


def test_the_simpler_of_equal_experiments_is_chosen(tmp_path: Path) -> None:
    write_sample(tmp_path)

    def edit(row: Row) -> None:
        row["uar"] = "0.6"

    change(tmp_path / "results.csv", edit)
    assert explain(tmp_path).chosen == "spectral_prosodic/logistic_regression/flat"


def test_the_choice_of_the_comparison_is_kept(tmp_path: Path) -> None:
    write_sample(tmp_path)
    choice = {"best": SECOND, "runner_up": BEST, "objective": "uar"}
    more = {"indistinguishable": [BEST], "simplest": BEST}
    (tmp_path / "choice.json").write_text(json.dumps(choice | more))
    found = explain(tmp_path)
    assert (found.chosen, found.runner_up) == (SECOND, BEST)
    text = " ".join(found.reasons)
    assert "from 1 other experiment." in text
    assert "mfcc (flat), which is easier to explain and cheaper" in text


def test_the_reasons_have_the_figures_with_their_intervals(tmp_path: Path) -> None:
    write_sample(tmp_path)
    found = explain(tmp_path)
    figures = found.figures
    text = " ".join(found.reasons)
    for metric in ("chosen.devel.uar", "chosen.test.uar"):
        value, low, high = (figures[f"{metric}{end}"] for end in ("", "_low", "_high"))
        assert f"{value:.3f} (95 % interval {low:.3f} to {high:.3f})" in text
    assert "expected UAR of 0.200 with 5 classes (chance level); the whole interval lies" in text
    assert "resampling children with replacement" in text
    assert "of 14 children that neither training nor any choice has used" in text
    assert read_summary(tmp_path) == found
    assert not any(s[0].islower() for s in (*found.reasons, *found.warnings))
    assert all(s.endswith(".") for s in (*found.reasons, *found.warnings))


@pytest.mark.parametrize(
    ("low", "high", "distinguished"), [("-0.02", "0.03", False), ("0.004", "0.03", True)]
)
def test_a_difference_is_distinguished_if_its_interval_excludes_0(
    tmp_path: Path,
    low: str,
    high: str,
    distinguished: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    write_sample(tmp_path)

    def edit(row: Row) -> None:
        row |= {"low": low, "high": high, "difference": "0.01"}
        row["p_value"] = "0.01" if distinguished else "0.3"
        if row["second"] == BEST:
            row |= {"low": f"-{high}", "high": f"-{low}".replace("--", ""), "difference": "-0.01"}

    change(tmp_path / "differences.csv", edit)
    text = " ".join(explain(tmp_path).reasons)
    assert ("the interval excludes 0" in text) is distinguished
    assert ("the interval includes 0" in text) is not distinguished
    assert ("take the simplest unless" in text) is not distinguished
    assert ("from 9 other experiments" in text) is not distinguished


def test_a_difference_is_turned_to_that_of_the_chosen_one(tmp_path: Path) -> None:
    write_sample(tmp_path)

    def edit(row: Row) -> None:
        if row["second"] == SECOND and row["first"] == BEST:
            row |= {"first": SECOND, "second": BEST}
            row |= {"difference": "-0.02", "low": "-0.05", "high": "-0.01"}

    change(tmp_path / "differences.csv", edit)
    reasons = " ".join(explain(tmp_path).reasons)
    assert "0.020 (95 % interval 0.010 to 0.050) higher" in reasons


def test_a_p_value_that_disagrees_with_the_interval_is_reported(tmp_path: Path) -> None:
    write_sample(tmp_path)
    change(tmp_path / "differences.csv", lambda row: row.update(low="0.01", p_value="0.25"))
    text = " ".join(explain(tmp_path).reasons)
    assert "(p = 0.250, " in text
    assert "interval and p-value disagree" in text
    assert "these data distinguish" not in text


def warnings_of(tmp_path: Path, table: str, **values: str) -> str:
    write_sample(tmp_path)
    change(tmp_path / table, lambda row: row.update(values))
    return " ".join(explain(tmp_path).warnings)


@pytest.mark.parametrize(
    ("table", "values", "expected"),
    [
        ("results.csv", {"n_children": "12"}, "12 children in devel and 12 children in test"),
        ("results.csv", {"uar": "1.0"}, "nearly perfect"),
        ("results.csv", {"ece": "0.2", "ece_low": "", "ece_high": ""}, "error on test is 0.200"),
        ("classes.csv", {"support": "0"}, "The split devel has no clip of Canonical, Non"),
        ("classes.csv", {"support": "3"}, "Crying (3 clips)"),
        ("classes.csv", {"precision": ""}, "no clip of test the label"),
        ("findings.csv", {"detail": "of Junk, 9 % are loud"}, "Of Junk, 9 % are loud."),
        ("corpora.csv", {"split": "test"}, "0.520 on Casillas-Yélî"),
        ("learning_curves.csv", {"split": "devel"}, "from 20 children to 34 children"),
    ],
)
def test_a_warning_is_given(
    tmp_path: Path, table: str, values: dict[str, str], expected: str
) -> None:
    assert expected in warnings_of(tmp_path, table, **values)


@pytest.mark.parametrize(
    ("table", "values", "unexpected"),
    [
        ("results.csv", {"n_children": "40"}, "Few children"),
        ("results.csv", {"ece": "0.1"}, "calibrated"),
        ("classes.csv", {"support": "10"}, "fewer than 10 clips"),
        ("corpora.csv", {"uar": "0.6"}, "between corpora"),
        ("learning_curves.csv", {"uar": "0.6"}, "still rises"),
    ],
)
def test_a_warning_is_not_given_without_reason(
    tmp_path: Path, table: str, values: dict[str, str], unexpected: str
) -> None:
    assert unexpected not in warnings_of(tmp_path, table, **values)


@pytest.mark.parametrize(("value", "warned"), [("0.08", True), ("0.04", False)])
def test_a_gap_between_devel_and_test_is_reported(
    tmp_path: Path,
    value: str,
    warned: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    write_sample(tmp_path)

    def edit(row: Row) -> None:
        row["uar"] = "0.6" if row["split"] == "test" else str(0.6 + float(value))

    change(tmp_path / "results.csv", edit)
    assert any("on devel" in s and "Report the one" in s for s in explain(tmp_path).warnings) is (
        warned
    )


def test_a_hierarchy_without_a_gain_is_reported(tmp_path: Path) -> None:
    pair = {e: v for e, v in EXPERIMENTS.items() if e[:2] == ("spectral_prosodic", "boosted_trees")}
    write_sample(tmp_path, pair)
    assert any("hierarchy shows no gain" in s for s in explain(tmp_path).warnings)


def test_one_experiment_is_not_a_comparison(tmp_path: Path) -> None:
    write_sample(tmp_path, {("mfcc", "svm", "flat"): 0.5, ("mfcc", "mlp", "flat"): 0.4})
    change(tmp_path / "results.csv", lambda row: row.update(family="svm"))
    found = explain(tmp_path)
    assert found.runner_up is None
    assert "it is the only experiment, so nothing was compared" in found.reasons[0]


def test_what_is_missing_or_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match=r"no results\.csv"):
        explain(tmp_path)
    write_sample(tmp_path, optional=False)
    assert isinstance(explain(tmp_path), Summary)
    change(tmp_path / "classes.csv", lambda row: row.update(recall="high"))
    with pytest.raises(DataError, match="is not one of a comparison"):
        explain(tmp_path)
    assert len(CLASSES) == 5
