from pathlib import Path

import pytest

from vocalbaby.bundle.card import DataCount, FigureTable, SourceConfig, render, table
from vocalbaby.bundle.files import read_bundle

SOURCES = (
    SourceConfig(corpus="cries", kind="real", licence="CC BY 3.0", attribution="A. Piczak"),
    SourceConfig(corpus="made", kind="synthetic", licence="Apache-2.0", attribution="Us"),
)
DATA = (
    DataCount("cries", "train", "Crying", 120, 17),
    DataCount("made", "train", "Crying", 30, 4),
    DataCount("made", "train", "Canonical", 80, 8),
    DataCount("found", "devel", "Laughing", 5, 2),
)


@pytest.fixture
def card(toy_bundle: Path) -> str:
    bundle = read_bundle(toy_bundle)
    figure = FigureTable("Figures: test", "Measured somehow.", ["Class", "Recall"], [["a|b", "1"]])
    return render(
        bundle.manifest,
        calibration=bundle.calibration,
        data=DATA,
        sources=SOURCES,
        figures=[figure],
        description="Made for this test.",
    )


def test_the_card_shows_data_licences_and_figures(card: str, toy_bundle: Path) -> None:
    manifest = read_bundle(toy_bundle).manifest
    for text in (
        f"# Model card: {manifest.version}",
        "Made for this test.",
        "| cries | train | 0 | 0 | 120 (17) | 0 | 0 |",
        "| made | train | 80 (8) | 0 | 30 (4) | 0 | 0 |",
        "| cries | real | CC BY 3.0 | A. Piczak |",
        "| found | not stated | not stated | not stated |",
        "Measured somehow.",
        "| a\\|b | 1 |",
        "probability below 0.40",
        f"| Feature set | mfcc {manifest.feature_set_version} |",
    ):
        assert text in card


def test_classes_without_real_recordings_get_a_warning(card: str) -> None:
    (line,) = [line for line in card.splitlines() if "synthetic sound only" in line]
    assert line.startswith("- **Canonical, Non-canonical, Laughing, Junk:")
    assert "No accuracy on\n  real infants is claimed" in card


def test_classes_with_real_recordings_get_no_warning(toy_bundle: Path) -> None:
    bundle = read_bundle(toy_bundle)
    data = [DataCount("cries", "train", label, 1, 1) for label in bundle.manifest.classes]
    card = render(bundle.manifest, calibration=bundle.calibration, data=data, sources=SOURCES)
    assert "synthetic sound only" not in card
    assert "## Limits" in card


def test_tables_are_markdown() -> None:
    assert table(["a", "b"], [["x\ny", "1"]]) == "| a | b |\n| --- | ---: |\n| x y | 1 |"


def test_the_card_names_the_frequencies_for_which_probabilities_hold(toy_bundle: Path) -> None:
    bundle = read_bundle(toy_bundle)
    prior = tuple(2.0 if name == "Junk" else 1.0 for name in bundle.manifest.classes)
    weighted = bundle.calibration.model_copy(update={"class_prior": prior})
    equal, unequal = (
        render(bundle.manifest, calibration=calibration, data=DATA, sources=SOURCES)
        for calibration in (bundle.calibration, weighted)
    )
    assert "hold where all classes are equally frequent" in equal
    assert "Laughing 1, Junk 2 and the sound is like" in unequal
