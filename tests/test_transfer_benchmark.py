"""Channels, codecs, scores and the report of benchmarks/transfer."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve

from benchmarks.transfer import codecs, evaluation, recipe, scores
from benchmarks.transfer.channels import CHANNELS, apply
from benchmarks.transfer.report import markdown, plot_coverage, plot_reliability
from vocalbaby.components.feature_extraction import FeaturesConfig, extract_features
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.labels import CLASSES

Samples = NDArray[np.float32]
TIME = np.arange(8000) / SAMPLE_RATE


def sound() -> Samples:
    """Harmonics of 400 Hz up to 7.6 kHz under a slow envelope, with some noise."""
    rng = np.random.default_rng(0)
    tone = sum(np.sin(2 * np.pi * 400 * k * TIME) / k for k in range(1, 20))
    envelope = 0.2 * (1.2 + np.sin(2 * np.pi * 3 * TIME))
    return (envelope * tone + 0.01 * rng.standard_normal(8000)).astype(np.float32)


def level_db(samples: Samples, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    return float(10 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].sum() + 1e-20))


def answers(
    truth: list[str], probabilities: list[dict[str, float]], abstained: tuple[int, ...] = ()
) -> pd.DataFrame:
    """Predictions as `vocalbaby.components.metrics.tabulate` returns them."""
    table = pd.DataFrame(
        [{f"p_{name}": row.get(name, 0.0) for name in CLASSES} for row in probabilities]
    )
    predicted = [max(row, key=row.__getitem__) for row in probabilities]
    label = ["" if i in abstained else name for i, name in enumerate(predicted)]
    children = [f"child{i}" for i in range(len(truth))]
    why = ["unlike_training" if i in abstained else "" for i in range(len(truth))]
    found = {"Answer": truth, "predicted": predicted, "label": label, "why": why}
    return table.assign(**found, corpus="A", child_ID=children)


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("length", [100, 511, 6401, 8000])
def test_a_channel_keeps_length_and_range(name: str, length: int) -> None:
    before = sound()[:length]
    after = apply(CHANNELS[name], before.copy(), "clip.wav")
    assert after.shape == before.shape
    assert after.dtype == np.float32
    assert np.isfinite(after).all()
    assert np.abs(after).max() <= 1
    np.testing.assert_array_equal(after, apply(CHANNELS[name], before, "clip.wav"))


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_keeps_silence_finite(name: str) -> None:
    assert np.isfinite(apply(CHANNELS[name], np.zeros(8000, np.float32), "clip.wav")).all()


@pytest.mark.parametrize(
    ("name", "limit_hz"),
    [("band to 3.4 kHz", 3400), ("band to 4 kHz", 4000), ("mu-law, 8 kHz", 4100)],
)
def test_a_band_limit_removes_what_is_above_it(name: str, limit_hz: float) -> None:
    before, after = sound(), apply(CHANNELS[name], sound(), "clip.wav")
    assert level_db(after, limit_hz, 8000) < level_db(before, limit_hz, 8000) - 15
    assert level_db(after, 200, 3000) == pytest.approx(level_db(before, 200, 3000), abs=1)


def test_noise_suppression_attenuates_pauses_more_than_the_sound() -> None:
    tone = np.where(TIME > 0.25, np.sin(2 * np.pi * 800 * TIME), 0)
    noise = 0.01 * np.random.default_rng(0).standard_normal(8000)
    before = (0.5 * tone + noise).astype(np.float32)
    after = apply(CHANNELS["noise suppression"], before, "clip.wav")
    pause, loud = slice(500, 3000), slice(5000, 7500)
    assert after[pause].std() < 0.5 * before[pause].std()
    assert after[loud].std() == pytest.approx(before[loud].std(), rel=0.1)


@pytest.mark.parametrize(("name", "decibels"), [("tilt +12 dB", 12), ("tilt -12 dB", -12)])
def test_a_tilt_is_12_db_between_500_hz_and_4_khz(name: str, decibels: float) -> None:
    quiet = 0.1 * sound()
    after = apply(CHANNELS[name], quiet, "clip.wav")
    change = [
        level_db(after, *band) - level_db(quiet, *band) for band in ((300, 480), (4100, 7900))
    ]
    assert change[1] - change[0] == pytest.approx(decibels, abs=0.5)


def test_a_level_is_20_db_lower() -> None:
    after = apply(CHANNELS["level -20 dB"], sound(), "clip.wav")
    assert 20 * np.log10(sound().std() / after.std()) == pytest.approx(20, abs=0.1)


def test_missing_ffmpeg_is_reported() -> None:
    found, remarks = codecs.available("no-such-ffmpeg")
    assert not found
    assert remarks == ["The codecs are left out: ffmpeg is not on the PATH."]


def test_codecs_without_an_encoder_are_reported_and_delays_are_removed(tmp_path: Path) -> None:
    ffmpeg = tmp_path / "ffmpeg"
    # It knows one encoder, which delays the sound by 1000 samples: 4000 bytes.
    ffmpeg.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        "*-encoders*) echo ' A....D libopus  Opus (codec opus)' ;;\n"
        "*libopus*) head -c 4000 /dev/zero; cat ;;\n"
        "*) cat ;;\n"
        "esac\n"
    )
    ffmpeg.chmod(0o755)
    found, remarks = codecs.available(str(ffmpeg))
    assert list(found) == ["Opus 8 kbit/s"]
    assert len(remarks) == 3
    assert "AMR-NB 12.2 kbit/s is left out: this ffmpeg has no encoder" in remarks[0]
    before = sound() / np.float32(2)
    np.testing.assert_array_equal(apply(found["Opus 8 kbit/s"], before, "a"), before)


def test_an_abstention_is_a_miss() -> None:
    table = answers(
        ["Crying", "Crying", "Junk", "Junk"],
        [{"Crying": 0.9, "Junk": 0.1}] * 2 + [{"Junk": 0.8, "Crying": 0.2}] * 2,
        abstained=(1,),
    )
    assert scores.recalls(table) == {"Crying": 0.5, "Junk": 1.0}
    assert scores.uar(table) == 0.75
    assert scores.corpus_scores(table)["abstentions"] == 0.25


def test_the_calibration_error_is_that_of_the_reliability_plot() -> None:
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.2, 1.0, 500)
    right = rng.uniform(size=500) < confidence**2
    parts = scores.reliability(confidence, right)
    accuracy, mean_confidence = calibration_curve(right, confidence, n_bins=scores.BINS)
    np.testing.assert_allclose([part.accuracy for part in parts], accuracy)
    np.testing.assert_allclose([part.confidence for part in parts], mean_confidence)
    table = answers(
        ["Crying" if hit else "Laughing" for hit in right],
        [{"Crying": c, "Junk": 1 - c} if c > 0.5 else {"Crying": c} for c in confidence],
    )
    found = scores.corpus_scores(table)
    expected = sum(p.n * abs(p.accuracy - p.confidence) for p in parts) / 500
    assert found["ece"] == pytest.approx(expected)


def test_clips_without_a_label_are_set_aside_first_and_their_error_is_shown() -> None:
    table = answers(
        ["Crying", "Crying", "Junk", "Junk"],
        [{"Crying": 0.9, "Junk": 0.1}] * 2 + [{"Junk": 0.8, "Crying": 0.2}, {"Crying": 0.95}],
        abstained=(3,),
    )
    found = scores.coverage(table)
    assert found["risk"] == {"100": 0.25, "95": 0.25, "90": 0.25, "80": 0.25}
    assert found["curve"] == [[0.25, 0.0], [0.5, 0.0], [0.75, 0.0], [1.0, 0.25]]
    assert found["area"] == 0.0625
    assert found["reasons"]["unlike_training"] == {"share": 0.25, "error": 1.0}
    assert found["reasons"]["not_confident"] == {"share": 0.0, "error": None}


def test_the_recall_of_cries_is_measured_where_enough_junk_is_kept() -> None:
    junk = [{"Crying": p, "Junk": 1 - p} for p in np.linspace(0, 0.99, 100)]
    cries = [{"Crying": p, "Junk": 1 - p} for p in (0.5, 0.915, 0.925, 0.999)]
    table = answers(["Junk"] * 100 + ["Crying"] * 4, junk + cries)
    # 93 of 100 junk clips have at most .92.
    assert scores.recall_at_junk(table, 0.93) == 0.5
    assert scores.recall_at_junk(table, 1.0) == 0.25


def test_false_infants_are_counted_by_kind_and_by_probability() -> None:
    table = answers(
        ["Junk"] * 4,
        [
            {"Junk": 0.05, "Crying": 0.95},
            {"Junk": 0.45, "Laughing": 0.3, "Crying": 0.25},
            {"Junk": 0.6, "Crying": 0.4},
            {"Junk": 0.3, "Crying": 0.7},
        ],
        abstained=(3,),
    )
    found = scores.false_infants(table, pd.Series(["bell", "bell", "dog", "dog"]))
    assert found["bell"] == {"clips": 2, "labelled": 0.5, "p >= .5": 1.0, "p >= .9": 0.5}
    assert found["dog"] == {"clips": 2, "labelled": 0.0, "p >= .5": 0.5, "p >= .9": 0.0}
    assert found["all"]["p >= .5"] == 0.75


def test_speech_is_counted_by_label_and_by_probability() -> None:
    table = answers(
        ["Junk"] * 4,
        [
            {"Junk": 0.05, "Canonical": 0.95},
            {"Junk": 0.2, "Crying": 0.8},
            {"Junk": 0.05, "Laughing": 0.95},
            {"Junk": 0.9, "Canonical": 0.1},
        ],
        abstained=(2,),
    )
    assert evaluation.speech_scores(table) == {
        "clips": 4,
        "Canonical": 0.25,
        "infant": 0.5,
        "p >= .9": 0.5,
    }


def test_the_report_shows_every_section(tmp_path: Path) -> None:
    table = answers(["Crying", "Junk"], [{"Crying": 0.9, "Junk": 0.1}, {"Junk": 1.0}])
    corpora = {"A": scores.corpus_scores(table), "FSDD": scores.corpus_scores(table[1:])}
    clean = {"recalls": {"Crying": 1.0}, "relative": {"Crying": None}, "by_corpus": {"A": {}}}
    results: dict[str, Any] = {
        "run": {"recipe": "r", "commit": "c", "half": "choosing", "quick": True},
        "left_out": corpora,
        "held_out_groups": corpora,
        "channels": {"clean": clean},
        "hard": {"left out": scores.false_infants(table, pd.Series(["bell", "bell"]))},
        "speech": {
            "FSDD": {"clips": 3, "Canonical": 0.125, "infant": 0.25, "p >= .9": 0.0},
        },
        "listener": {},
        "two_sample": {"A": {"real": 10, "synthetic": 20, "auc": 0.75}},
        "remarks": ["YAMNet is missing."],
    }
    text = markdown(results)
    for line in (
        "Quick run",
        "| A | 2 | 2 | 100.0 | 100.0 | 100.0 | 5.0 | 0.0 | 100.0 |",
        "| FSDD | 1 | 1 | 100.0 | - | 100.0 | 0.0 | 0.0 | - |",
        "| A | 0.0 | 0.0 | 0.0 | 0.0 | 0.0 | 0.0 | - | 0.0 | - |",
        "| clean | 100.0 | - |",
        "| left out | all | 2 | 50.0 | 50.0 | 50.0 |",
        "| FSDD | 3 | 12.5 | 25.0 | 0.0 |",
        "| A | 10 | 20 | 0.750 |",
        "- YAMNet is missing.",
    ):
        assert line in text
    plot_reliability(tmp_path / "plot.png", corpora)
    plot_coverage(tmp_path / "curve.png", corpora)
    for name in ("plot.png", "curve.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_features_are_computed_anew_if_the_code_that_augments_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = extract_features([], FeaturesConfig())
    settings: Any = None  # of the training, which does not affect features
    trained = recipe.Recipe((), FeaturesConfig(), settings, none, none, tmp_path)
    code = tmp_path / "code.py"
    monkeypatch.setattr(recipe, "_EXTRACTION", code)
    for version in ("one", "one", "two"):
        code.write_text(version)
        trained.extract([])
    assert len(list(tmp_path.glob("features-*.parquet"))) == 2
