"""The examples of docs/prediction-log.md run on a log that the service wrote."""

import re
import time
import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings
from vocalbaby.monitoring.prediction_log import (
    LoggedModel,
    LogOptions,
    PredictionLog,
    Record,
    read,
)

PAGE = Path("docs/prediction-log.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def noise(seconds: float) -> bytes:
    rng = np.random.default_rng(7)
    buffer = BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        samples = 4000 * rng.standard_normal(round(16_000 * seconds))
        out.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def serve(**settings: str) -> None:
    """Answer three requests."""
    with TestClient(create_app(Settings.load({}, **settings))) as client:
        while client.get("/ready").status_code != 200:
            pass
        for number in range(1, 4):
            headers = {"X-Request-ID": f"visit-{number}", "Content-Type": "audio/wav"}
            answer = client.post("/predict", content=noise(0.2 * number), headers=headers)
            assert answer.status_code == 200


def test_the_examples_of_the_page_run_and_print_the_described_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    serve(prediction_log="log")
    serve(prediction_log="spool", prediction_log_store="shipped")
    outputs = []
    for example in EXAMPLES:
        exec(compile(example, "docs/prediction-log.md", "exec"), {})
        outputs.append(capsys.readouterr().out)
    local, shipped, frames, checksums, deletion, elsewhere = outputs
    columns = read("log").features.shape[1]
    assert local.count("'Crying': ") == 3
    assert local.endswith(f"(3, {columns}) 0\n")
    assert shipped == "3\n"
    assert "mean" in frames
    assert checksums == "0 files without checksums\n"
    assert deletion == ""
    assert elsewhere == "Counts(written=1, dropped=0, failed=0, waiting=0)\n"
    assert read("shipped").request_id.tolist() == ["visit-1", "visit-3"]
    assert read("other").label.tolist() == ["ham"]


def test_deleting_requests_changes_only_their_files_and_keeps_these_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in (1, 2, 9):
        model = LoggedModel(f"m-{number}", "words", "1", ("length",), ("ham",))
        features = np.ones(1, np.float32)
        row = Record(time.time_ns(), f"visit-{number}", model, features, "ham", {"ham": 1}, 0.0, ())
        with PredictionLog(LogOptions(Path("shipped"))) as log:
            log.append([row])
    before = {path: path.read_bytes() for path in Path("shipped").glob("*/*/*.arrows")}
    (deletion,) = (example for example in EXAMPLES if "unwanted" in example)
    exec(compile(deletion, "docs/prediction-log.md", "exec"), {})
    changed = [path for path, data in before.items() if path.read_bytes() != data]
    assert [path.parts[1] for path in changed] == ["m-2"]
    assert {path.stat().st_mode & 0o777 for path in before} == {0o640}


def test_the_table_of_the_page_lists_every_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    serve(prediction_log="log")
    with pa.ipc.open_stream(next(Path("log").glob("*/*/*.arrows"))) as stream:
        schema = stream.read_all().schema
    table = PAGE.split("| --- |", 1)[1].split("\n\n", 1)[0]
    assert re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in table.splitlines()[1:])) == (
        schema.names
    )
