"""The levels of a recording and pieces of its sound."""

import io
import wave
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from packages.api.tests.support import finished_job as finished
from packages.api.tests.support import submit_job as submit

App = Callable[..., AbstractContextManager[TestClient]]
MakeWav = Callable[..., bytes]


def tone(seconds: float, rate: int = 16_000, **form: Any) -> tuple[Any, bytes]:
    """A tone of 1 kHz that begins at 2 s."""
    t = np.arange(round(seconds * rate)) / rate
    sound = 0.5 * np.sin(2 * np.pi * 1000 * t) * (t >= 2)
    file = io.BytesIO()
    soundfile.write(file, sound, rate, **({"format": "WAV"} | form))
    return sound, file.getvalue()


def test_levels_and_pieces_of_the_sound(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_JOB_REAL", "1")
    sound, data = tone(5)
    with app() as client:
        job = submit(client, data)
        state = finished(client, job)
        assert (state["state"], state["total_s"]) == ("done", 5.0)
        levels = np.frombuffer(client.get(f"{job}/overview?points=50").content, np.uint8)
        assert (levels[:19] < 100).all()
        assert (levels[21:] / 2 - 127.5 > -15).all()
        part = client.get(f"{job}/overview?from=1.9&to=2.1&points=400").content
        assert max(part[:190]) < 100 < min(part[210:])
        answer = client.get(f"{job}/audio?from=1.5&to=2.25")
        with wave.open(io.BytesIO(answer.content)) as piece:
            assert piece.getparams()[:4] == (1, 2, 16_000, 12_000)
            got = np.frombuffer(piece.readframes(12_000), "<i2") / 32_767
        np.testing.assert_allclose(got, sound[24_000:36_000], atol=2e-4)
        assert len(client.get(f"{job}/audio?from=4.5&to=9").content) == 44 + 2 * 8000
        wrong = ("audio?from=2&to=2", "audio?from=5&to=6", "audio?to=-1", "overview?from=9")
        for path in (*wrong, "overview?points=0", "audio?from=nan&to=3"):
            assert client.get(f"{job}/{path}").status_code == 422, path


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ({"rate": 44_100, "format": "FLAC"}, "recording"),
        ({"rate": 48_000, "format": "OGG", "subtype": "VORBIS"}, "sound.flac"),
    ],
)
def test_pieces_of_other_formats(app: App, tmp_path: Path, form: dict[str, Any], kept: str) -> None:
    with app() as client:
        job = submit(client, tone(4, **form)[1])
        finished(client, job)
        files = {path.name for path in (tmp_path / "jobs" / job.rpartition("/")[2]).iterdir()}
        assert files & {"recording", "sound.flac", "evidence"} == {kept}
        with wave.open(io.BytesIO(client.get(f"{job}/audio?from=1.9&to=2.1").content)) as piece:
            got = np.frombuffer(piece.readframes(3200), "<i2") / 32_767
        assert len(got) == 3200
        assert np.abs(got[:1400]).max() < 0.02
        assert np.sqrt(np.mean(got[1800:] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


def test_a_piece_of_more_than_30_s_is_refused(app: App, wav: MakeWav) -> None:
    with app() as client:
        job = submit(client, wav(31))
        finished(client, job)
        assert client.get(f"{job}/audio?from=0&to=30").status_code == 200
        assert "30 s" in client.get(f"{job}/audio?from=0&to=30.5").json()["detail"]


def test_pieces_of_thirty_seconds_and_no_longer(app: App) -> None:
    _, data = tone(40)
    with app() as client:
        job = submit(client, data)
        finished(client, job)
        for start in (0.1, 9.9, 2.02, 2.06, 2.13):  # 30 s and the last bit
            answer = client.get(f"{job}/audio?from={start!r}&to={start + 30!r}")
            assert len(answer.content) == 44 + 960_000, start
        assert client.get(f"{job}/audio?from=0&to=30.001").status_code == 422


def test_a_result_that_is_gone_is_404(app: App, tmp_path: Path) -> None:
    _, data = tone(1)
    with app() as client:
        job = submit(client, data)
        finished(client, job)
        (tmp_path / "jobs" / job.rpartition("/")[2] / "result.rttm").unlink()
        assert client.get(f"{job}/result?format=rttm").status_code == 404
