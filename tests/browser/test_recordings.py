"""The page in Chromium: recordings in, results and a CSV file out."""

import base64
import csv
import io
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from vocalbaby.commands.output import CSV_COLUMNS

# The fixtures are in conftest, whose types tests cannot import.
Clips = dict[str, Path]


def results_of(url: str, *paths: Path) -> list[dict[str, Any]]:
    files = [("files", (path.name, path.read_bytes())) for path in paths]
    results: list[dict[str, Any]] = httpx.post(f"{url}/predict", files=files).json()["results"]
    return results


def test_one_recording_shows_the_result_of_the_service(page: Any, clips: Clips) -> None:
    page.choose(clips["Crying"])
    page.wait_for("done")
    (expected,) = results_of(page.url, clips["Crying"])
    assert page.text("verdict") == (expected["label"] or "No label")
    shares = {label: f"{p:.3f}" for label, p in expected["probabilities"].items()}
    assert page.text("bars").split("\n") == [cell for pair in shares.items() for cell in pair]
    assert page.text("version") == expected["model_version"]
    assert "synthetic sound alone" in page.text("provenance")
    page.wait(page.get("play").is_enabled)
    colours = page.driver.execute_script(
        "const {width, height} = arguments[0];"
        "const image = arguments[0].getContext('2d').getImageData(0, 0, width, height);"
        "return new Set(new Uint32Array(image.data.buffer)).size",
        page.get("canvas"),
    )
    assert colours > 100
    page.get("play").click()
    page.wait(lambda: page.text("play") == "Stop playing")
    page.wait(lambda: page.text("play") == "Play")


def test_a_file_that_is_not_audio_shows_the_error(page: Any, clips: Clips) -> None:
    page.choose(clips["text"])
    page.wait_for("error")
    assert page.text("verdict") == "No answer"
    assert page.text("notes") == (
        "Error. This is text, not audio that can be read. Send WAV, FLAC, Ogg, Opus, MP3, AIFF, "
        "AU or CAF; or, where the extra vocalbaby-core[media] is installed, M4A, MP4, 3GP, AMR, "
        "AAC, WebM or WMA."
    )
    assert page.rows()[0][1:3] == ["notes.txt", "error"]


def test_many_files_keep_their_order_and_their_own_results(
    page: Any, proxy: Any, clips: Clips, download: Callable[[str], Path]
) -> None:
    chosen = list(clips.values())
    paths = [chosen[i % 7] for i in range(5)] + [clips["text"], clips["silent"]]
    for _ in range(6):
        page.choose(*paths)
    page.wait_for("done")
    assert len(page.rows()) == 42
    assert page.text("status") == "42 recordings answered, 12 with an error"
    results = results_of(page.url, *paths)
    for row, expected in zip(page.rows(), results * 6, strict=True):
        label = "error" if expected["error"] else expected["label"] or "no label"
        shares = [f"{p:.3f}" for p in (expected["probabilities"] or {}).values()] or [""] * 5
        assert row[1:-1] == [expected["filename"], label, *shares]
    assert proxy.most_open <= 2
    assert all(body.count(b'name="files"') <= 16 for body in proxy.bodies)
    crying = page.get("head").find_elements("tag name", "th")[5]
    crying.find_element("tag name", "button").click()
    crying.find_element("tag name", "button").click()
    assert crying.get_attribute("aria-sort") == "descending"
    shares_shown = [float(row[5] or -1) for row in page.rows()]
    assert shares_shown == sorted(shares_shown, reverse=True)
    page.get("download").click()
    text = download("*.csv").read_text(encoding="utf-8")
    table = list(csv.reader(io.StringIO(text)))
    assert tuple(table[0]) == CSV_COLUMNS
    names = [f"'{path.name}" if path.name.startswith("=") else path.name for path in paths]
    assert [row[0] for row in table[1:]] == names * 6
    assert table[1][2:7] == [f"{p:.6f}" for p in results[0]["probabilities"].values()]
    assert table[7][-2:] == [
        "audio_silent",
        f"{results[6]['error']['detail']} {results[6]['error']['hint']}",
    ]


def test_dropped_files_are_classified(page: Any, clips: Clips) -> None:
    sound = base64.b64encode(clips["Junk"].read_bytes()).decode()
    page.driver.execute_script(
        """const bytes = Uint8Array.from(atob(arguments[0]), (c) => c.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], "dropped.wav"));
        dataTransfer.items.add(new File(["text"], "dropped.txt"));
        for (const kind of ["dragover", "drop"])
          document.body.dispatchEvent(new DragEvent(kind, {dataTransfer, bubbles: true}));""",
        sound,
    )
    page.wait_for("done")
    assert [row[1] for row in page.rows()] == ["dropped.wav", "dropped.txt"]


def test_a_recording_is_sent_as_wav(page: Any, proxy: Any) -> None:
    page.get("record").click()
    page.wait_for("recording")
    time.sleep(0.7)
    page.get("record").click()
    page.wait_for("done", "error")
    assert page.rows()[0][1] == "recording-01.wav"
    body = proxy.bodies[0]
    sound = body[body.index(b"RIFF") : body.rindex(b"\r\n--")]
    with wave.open(io.BytesIO(sound)) as read:
        assert (read.getnchannels(), read.getsampwidth()) == (1, 2)
        assert 0.3 < read.getnframes() / read.getframerate() < 3
        assert np.frombuffer(read.readframes(10**6), "<i2").any()


@pytest.mark.parametrize(
    ("fault", "words"),
    [("NotAllowedError", "does not allow"), ("NotFoundError", "No microphone was found")],
)
def test_without_a_microphone_the_page_shows_why(page: Any, fault: str, words: str) -> None:
    page.driver.execute_script(
        "navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('', arguments[0]))".replace("arguments[0]", repr(fault))
    )
    page.get("record").click()
    page.wait(lambda: words in page.text("trouble"))
    assert not page.get("again").is_displayed()
