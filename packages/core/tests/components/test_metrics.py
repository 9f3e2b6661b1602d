import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from vocalbaby.components.evaluation_files import write_evaluation
from vocalbaby.components.metrics import (
    Evaluation,
    EvaluationConfig,
    calibration_error,
    evaluate,
    tabulate,
)
from vocalbaby.entity.clip import ClipWarning
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import DataError

CONFIG = EvaluationConfig(resamples=300)


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 300
    truth = rng.choice(4, n)  # Junk never occurs
    guess = np.where(rng.random(n) < 0.7, truth, rng.choice(5, n))
    meta = pd.DataFrame(
        {
            "clip_ID": [f"{i}.wav" for i in range(n)],
            "child_ID": [f"c{i % 30}" for i in range(n)],
            "Answer": [CLASSES[i] for i in truth],
            "corpus": "made",
            "split": "test",
        }
    )
    predictions = []
    for i, best in enumerate(guess):
        posterior = np.full(5, 0.08)
        posterior[best] = 0.68
        shy = i % 10 == 0
        predictions.append(
            Prediction(
                name=f"{i}.wav",
                label=None if shy else CLASSES[best],
                probabilities=dict(zip(CLASSES, posterior.tolist(), strict=True)),
                duration_s=0.5,
                model_version="v",
                warnings=(ClipWarning("not_confident", "."),) if shy else (),
            )
        )
    return tabulate(meta, predictions)


@pytest.fixture(scope="module")
def evaluation(answers: pd.DataFrame) -> Evaluation:
    return evaluate(answers, CONFIG)


def test_metrics_agree_with_scikit_learn(answers: pd.DataFrame, evaluation: Evaluation) -> None:
    truth, found = answers.Answer, answers.predicted
    present = list(CLASSES[:4])
    assert evaluation.uar == pytest.approx(
        metrics.recall_score(truth, found, labels=present, average="macro")
    )
    for average, value in (
        ("macro", evaluation.macro_f1),
        ("weighted", evaluation.weighted_f1),
    ):
        expected = metrics.f1_score(truth, found, labels=present, average=average)
        assert value == pytest.approx(expected)
    assert evaluation.accuracy == pytest.approx((truth == found).mean())
    posterior = answers[[f"p_{name}" for name in CLASSES]].to_numpy()
    number = truth.map({name: i for i, name in enumerate(CLASSES)})
    assert evaluation.log_loss == pytest.approx(
        metrics.log_loss(number, posterior, labels=list(range(5)))
    )
    assert evaluation.confusion == metrics.confusion_matrix(truth, found, labels=CLASSES).tolist()


def test_a_class_without_clips_has_no_recall(evaluation: Evaluation) -> None:
    junk = evaluation.classes["Junk"]
    assert (junk.recall, junk.f1, junk.support) == (None, None, 0)
    assert junk.precision == 0
    assert "recall.Junk" not in evaluation.metrics()


def test_abstentions_are_counted_and_cost_no_recall(
    answers: pd.DataFrame, evaluation: Evaluation
) -> None:
    assert evaluation.abstention_rate == pytest.approx(0.1)
    assert evaluation.abstentions == {"not_confident": 30}
    kept = answers[answers.label != ""]
    expected = metrics.recall_score(
        kept.Answer, kept.label, labels=list(CLASSES[:4]), average="macro"
    )
    assert evaluation.uar_answered == pytest.approx(expected)
    silent = evaluate(answers.assign(label=""), CONFIG)
    assert silent.uar_answered is None
    assert silent.uar == evaluation.uar


def test_confidence_interval_resamples_children(
    answers: pd.DataFrame, evaluation: Evaluation
) -> None:
    low, high = evaluation.uar_low, evaluation.uar_high
    assert low is not None
    assert high is not None
    assert low < evaluation.uar < high
    # Five copies of each clip are no more children: the interval must not shrink.
    fivefold = evaluate(pd.concat([answers] * 5), CONFIG)
    assert (fivefold.uar_low, fivefold.uar_high) == (low, high)
    wide = EvaluationConfig(resamples=300, confidence=0.99)
    assert (evaluate(answers, wide).uar_low or 1) < low
    assert evaluate(answers, EvaluationConfig(resamples=0)).uar_low is None


def test_confidence_interval_of_two_children(answers: pd.DataFrame) -> None:
    """One child is all right, the other all wrong, so a quarter of the resamples are all wrong."""
    two = answers.head(40).assign(Answer="Crying", predicted="Crying", child_ID="right")
    two.loc[20:, ["predicted", "child_ID"]] = ("Junk", "wrong")
    for confidence, low, high in ((0.6, 0.0, 1.0), (0.4, 0.5, 0.5)):
        found = evaluate(two, EvaluationConfig(resamples=2000, confidence=confidence))
        assert (found.uar_low, found.uar_high) == (low, high)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    right = np.arange(100) < 60
    assert calibration_error(np.full(100, 0.6), right) == pytest.approx(0)
    assert calibration_error(np.full(100, 0.9), right) == pytest.approx(0.3)
    two = np.r_[np.full(50, 0.5), np.full(50, 1.0)]
    assert calibration_error(two, np.r_[np.arange(50) < 45, np.arange(50) < 40]) == pytest.approx(
        0.3
    )


def test_unlabelled_clips_are_left_out(answers: pd.DataFrame, evaluation: Evaluation) -> None:
    more = pd.concat([answers, answers.head(9).assign(Answer="", child_ID="new")])
    assert evaluate(more, CONFIG) == evaluation


def test_rejects_tables_without_labelled_clips(answers: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no labelled clip"):
        evaluate(answers.assign(Answer=""), CONFIG)
    with pytest.raises(DataError, match="Singing"):
        evaluate(answers.assign(Answer="Singing"), CONFIG)


def test_writes_the_same_files_again_with_consistent_content(
    answers: pd.DataFrame, evaluation: Evaluation, tmp_path: Path
) -> None:
    paths = write_evaluation(tmp_path / "a", evaluation, answers)
    assert [path.name for path in paths] == [
        "classes.csv",
        "confusion.json",
        "confusion.png",
        "evaluation.json",
        "metrics.json",
        "predictions.csv",
        "reliability.csv",
        "reliability.png",
    ]
    for path in write_evaluation(tmp_path / "b", evaluation, answers):
        assert path.read_bytes() == (tmp_path / "a" / path.name).read_bytes()
    flat = json.loads((tmp_path / "a/metrics.json").read_text())
    assert flat["uar"] == pytest.approx(evaluation.uar, abs=1e-6)
    assert all(isinstance(value, int | float) for value in flat.values())
    table = pd.read_csv(tmp_path / "a/predictions.csv", keep_default_na=False)
    assert evaluate(table, CONFIG).confusion == evaluation.confusion
    confusion = json.loads((tmp_path / "a/confusion.json").read_text())
    assert confusion["classes"] == list(CLASSES)
    assert np.sum(confusion["truth_by_answer"]) == 300
    assert (tmp_path / "a/confusion.png").read_bytes().startswith(b"\x89PNG")
