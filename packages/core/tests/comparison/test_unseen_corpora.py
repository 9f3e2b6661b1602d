from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from vocalbaby import features
from vocalbaby.comparison import predictions, unseen_corpora
from vocalbaby.comparison.config import ComparisonConfig
from vocalbaby.comparison.experiments import Experiment
from vocalbaby.comparison.findings import class_from_corpus
from vocalbaby.comparison.predictions import Tables
from vocalbaby.comparison.unseen_corpora import run_unseen_corpora, unseen_table
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.fitting import TrainingSettings

EXPERIMENT = Experiment("mfcc", "logistic_regression", "flat")
CLASSES = ("Crying", "Junk")
MFCC = features.get("mfcc")
NAMES = [column.name for column in MFCC.columns]


@pytest.fixture
def settings(tmp_path: Path) -> TrainingSettings:
    path = tmp_path / "training.yaml"
    path.write_text("model: {name: toy}\ntraining: {kind: logistic_regression}\ncalibration: {}\n")
    return TrainingSettings.read(path)


def tables(corpora: dict[str, tuple[str, ...]]) -> Tables:
    """Clips whose first feature is the class, and whose second is the corpus."""
    rng = np.random.default_rng(0)
    found = []
    for split in ("train", "devel", "test"):
        rows, values = [], []
        for number, (corpus, classes) in enumerate(corpora.items()):
            for child in range(4):
                for label in classes:
                    clip = f"{split}-{corpus}-{child}-{label}"
                    rows.append((clip, f"{split}{child}", label, corpus, split))
                    x = 0.1 * rng.normal(size=len(NAMES))
                    x[:2] += (label == "Junk"), number
                    values.append(x)
        meta = pd.DataFrame(rows, columns=["clip_ID", "child_ID", "Answer", "corpus", "split"])
        data = pd.DataFrame(np.array(values, np.float32), columns=NAMES)
        found.append(FeatureTable("mfcc", MFCC.version, meta, data))
    return found[0], found[1], found[2]


def test_each_corpus_is_predicted_by_a_model_that_never_heard_it(
    tmp_path: Path, settings: TrainingSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = []
    real = predictions.fit_and_predict

    def fit_and_predict(given: Tables, *rest: object) -> object:
        trained.append(set(given[0].meta.corpus) | set(given[1].meta.corpus))
        return real(given, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(unseen_corpora, "fit_and_predict", fit_and_predict)
    both = tables({"A": CLASSES, "B": CLASSES})
    assert run_unseen_corpora(tmp_path, EXPERIMENT, both, settings) == []
    assert trained == [{"B"}, {"A"}]
    table = unseen_table(tmp_path, ComparisonConfig(resamples=200))
    assert table[["corpus", "class"]].to_numpy().tolist() == [
        [corpus, label] for corpus in "AB" for label in CLASSES
    ]
    assert (table.n_clips == 12).all()  # of all three splits
    assert (table.recall_low <= table.recall).all()
    assert (table.recall <= table.recall_high).all()
    run_unseen_corpora(tmp_path, EXPERIMENT, both, settings)
    assert len(trained) == 2  # nothing is computed twice


def test_a_corpus_with_a_class_of_its_own_is_not_left_out(
    tmp_path: Path, settings: TrainingSettings
) -> None:
    found = run_unseen_corpora(
        tmp_path, EXPERIMENT, tables({"A": CLASSES, "B": ("Junk",)}), settings
    )
    assert [each.finding for each in found] == ["corpus_not_left_out"]
    assert "train has clips of Crying from no other corpus" in found[0].detail
    assert set(unseen_table(tmp_path, ComparisonConfig(resamples=200)).corpus) == {"B"}


def test_a_single_corpus_has_no_figures(tmp_path: Path, settings: TrainingSettings) -> None:
    assert run_unseen_corpora(tmp_path, EXPERIMENT, tables({"A": CLASSES}), settings) == []
    assert unseen_table(tmp_path, ComparisonConfig()).empty


def test_a_corpus_that_gives_the_class_is_a_finding() -> None:
    labels = ["Crying"] * 86 + ["Crying"] * 14 + ["Junk"] * 25 + ["Junk"] * 75
    corpora = ["Lyon"] * 86 + ["ESC"] * 14 + ["Lyon"] * 25 + ["ESC"] * 75
    (found,) = class_from_corpus(labels, corpora)
    assert "UAR of 0.80 (chance level 0.50)" in found.detail
    assert class_from_corpus(["Crying", "Junk"] * 10, ["A", "A", "B", "B"] * 5) == []
