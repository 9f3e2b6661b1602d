"""The command ``vocalbaby adapt``."""

import json
from pathlib import Path

import numpy as np
import pytest

from vocalbaby import inference
from vocalbaby.audio import write_wav
from vocalbaby.commands.main import main
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import DataError

CLIPS = 30


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 30 tones of five children, a table with labels and one without."""
    folder = tmp_path_factory.mktemp("lab")
    rows = []
    for number in range(CLIPS):
        rng = np.random.default_rng(number)
        label = number % 5
        f0 = 200 * 1.6**label * rng.uniform(0.97, 1.03)
        t = np.arange(8000) / 16000
        wave = sum(np.sin(2 * np.pi * f0 * k * t) / k for k in range(1, 5))
        samples = 0.1 * wave + 0.01 * rng.standard_normal(len(t))
        write_wav(folder / f"c{number}.wav", samples, 16000, encoding="pcm16")
        # The laboratory calls high tones by other names than the model.
        rows.append((f"c{number}", f"child{number // 5 % 5}", CLASSES[(label + 1) % 5]))
    text = "clip_ID,child_ID,Answer\n" + "".join(f"{','.join(row)}\n" for row in rows)
    (folder / "metadata.csv").write_text(text)
    (folder / "unlabelled.csv").write_text("clip_ID\n" + "".join(f"{row[0]}\n" for row in rows))
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, object]]:
    with pytest.raises(SystemExit) as ending:
        main(["adapt", *map(str, arguments), "--json"])
    return int(ending.value.code or 0), json.loads(capsys.readouterr().out)


def test_a_gain_is_reported_and_the_bundle_predicts(
    toy_bundle: Path, lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new"
    given = ("--from", toy_bundle, "--data", lab, "--out", out, "--method", "head")
    code, found = run(capsys, *given, "--dry-run")
    assert (code, found["written"], out.exists()) == (0, False, False)
    code, found = run(capsys, *given, "--force")
    assert (code, found["written"]) == (0, True)
    new = inference.load(out)
    assert new.version == found["version"] != inference.load(toy_bundle).version
    [prediction] = inference.predict(lab / "c0.wav", model=new)
    assert prediction.model_version == new.version
    assert new.bundle.manifest.metrics["adaptation"]["clips"]["Crying"] == CLIPS // 5


def test_without_a_gain_no_bundle_is_written(
    toy_bundle: Path, lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new"
    given = ("--from", toy_bundle, "--data", lab, "--out", out, "--method", "prior")
    code, found = run(capsys, *given)
    assert (code, found["written"], out.exists()) == (0, False, False)
    assert "No gain" in str(found["adaptation"])


def test_a_table_without_labels_adapts_the_frequencies(
    toy_bundle: Path, lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--from", toy_bundle, "--out", tmp_path / "new")
    code, _ = run(capsys, *given, "--unlabelled", lab / "unlabelled.csv")
    assert code == 0
    assert len(inference.load(tmp_path / "new").bundle.calibration.class_prior) == 5
    code, found = run(capsys, *given, "--data", lab / "unlabelled.csv")
    assert (code, found["error"]["code"]) == (5, DataError.code)  # type: ignore[index] # an object
    code, _ = run(capsys, "--data", lab)
    assert code != 0  # neither --out nor --dry-run
