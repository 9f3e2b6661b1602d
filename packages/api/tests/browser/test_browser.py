"""The page in Chromium: answers, faults, keys, the keyboard, phones, the dark, CSV, sound."""

import base64
import csv
import io
import os
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys

from vocalbaby.commands.output import CSV_COLUMNS
from vocalbaby.entity.labels import CLASSES

# Page, Front and the clips come from conftest, which tests cannot import.
Clips = dict[str, Path]

#: Every text whose contrast with what is behind it is too low for WCAG 2.2 AA.
CONTRAST: Final = """
const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
const over = (colours) => {
  canvas.clearRect(0, 0, 1, 1);
  for (const c of colours) { canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); }
  return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
};
const light = (rgb) => rgb.map((v) => v / 255)
  .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const low = [];
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
  if (element.closest(":disabled, noscript, script")) continue;
  const behind = [];
  for (let e = element; e; e = e.parentElement) behind.unshift(getComputedStyle(e).backgroundColor);
  const back = over(behind);
  const [a, b] = [light(over([...behind, getComputedStyle(element).color])), light(back)];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) low.push(`${walker.currentNode.data}: ${ratio.toFixed(2)}`);
}
return low;
"""


def ask(url: str, *paths: Path) -> list[dict[str, Any]]:
    files = [("files", (path.name, path.read_bytes())) for path in paths]
    results: list[dict[str, Any]] = httpx.post(f"{url}/predict", files=files).json()["results"]
    return results


def wide(page: Any) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.driver.execute_script("return document.documentElement.scrollWidth")) - int(
        page.driver.execute_script("return innerWidth")
    )


def test_one_recording_shows_what_the_service_answers(page: Any, clips: Clips) -> None:
    page.choose(clips["Crying"])
    page.wait_for("done")
    (expected,) = ask(page.url, clips["Crying"])
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


def test_a_file_that_is_no_sound_is_refused_in_words(page: Any, clips: Clips) -> None:
    page.choose(clips["text"])
    page.wait_for("error")
    assert page.text("verdict") == "No answer"
    assert page.text("notes") == (
        "Error. This is text, not audio that can be read. Send WAV, FLAC, Ogg, Opus or MP3."
    )
    assert page.rows()[0][1:3] == ["notes.txt", "error"]


def test_many_files_keep_their_order_and_their_own_answers(
    page: Any, front: Any, clips: Clips, download: Callable[[str], Path]
) -> None:
    chosen = list(clips.values())
    paths = [chosen[i % 7] for i in range(5)] + [clips["text"], clips["silent"]]
    for _ in range(6):
        page.choose(*paths)
    page.wait_for("done")
    assert len(page.rows()) == 42
    assert page.text("status") == "42 recordings answered, 12 with an error"
    answers = ask(page.url, *paths)
    for row, expected in zip(page.rows(), answers * 6, strict=True):
        label = "error" if expected["error"] else expected["label"] or "no label"
        shares = [f"{p:.3f}" for p in (expected["probabilities"] or {}).values()] or [""] * 5
        assert row[1:-1] == [expected["filename"], label, *shares]
    assert front.most <= 2
    assert all(body.count(b'name="files"') <= 16 for body in front.bodies)
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
    assert table[1][2:7] == [f"{p:.6f}" for p in answers[0]["probabilities"].values()]
    assert table[7][-2:] == [
        "audio_silent",
        f"{answers[6]['error']['detail']} {answers[6]['error']['hint']}",
    ]


def test_dropped_files_are_taken(page: Any, clips: Clips) -> None:
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


def test_everything_can_be_done_with_the_keyboard(page: Any, clips: Clips) -> None:
    def press(key: str) -> str:
        page.driver.switch_to.active_element.send_keys(key)
        focus = page.driver.switch_to.active_element
        return str(focus.get_attribute("id") or focus.text)

    assert press(Keys.TAB) == "Skip to the recordings"
    press(Keys.ENTER)
    assert [press(Keys.TAB) for _ in range(2)] == ["choose", "record"]
    page.choose(clips["Crying"], clips["Junk"])
    page.wait_for("done")
    page.wait(page.get("play").is_enabled)
    order = [press(Keys.TAB) for _ in range(14)]
    assert order[:3] == ["play", "download", "clear"]
    assert [title.rstrip(" ↑") for title in order[3:-2]] == ["#", "File", "Label", *CLASSES, "s"]
    assert order[-2:] == ["crying.wav", "junk.wav"]
    press(Keys.ENTER)
    page.wait(lambda: page.text("verdict-name") == "junk.wav")
    page.get("clear").send_keys(Keys.SPACE)
    assert page.driver.switch_to.active_element.get_attribute("id") == "choose"
    assert (page.state(), page.rows()) == ("empty", [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1180])
def test_text_can_be_read_at_every_width(page: Any, clips: Clips, width: int, scheme: str) -> None:
    page.emulate(width, 740, dark=scheme == "dark")
    for path in (None, clips["text"], clips["Crying"]):
        if path:
            page.choose(path)
            page.wait_for("done", "error")
        assert page.driver.execute_script(CONTRAST) == []
        assert wide(page) <= 0


def test_a_server_out_of_reach_loses_nothing(page: Any, clips: Clips) -> None:
    page.set_reachable(reachable=False)
    page.choose(clips["Crying"], clips["text"])
    page.wait_for("offline")
    assert "cannot be reached" in page.text("trouble")
    assert page.text("verdict") == "No connection"
    page.set_reachable(reachable=True)
    page.get("again").click()
    page.wait_for("done")
    assert not page.get("trouble").is_displayed()
    assert [row[2] for row in page.rows()] == ["Crying", "error"]


def test_a_busy_server_is_asked_again_and_large_requests_are_split(
    page: Any, front: Any, clips: Clips
) -> None:
    front.refusals = [(503, {"Retry-After": "4"}), (429, {"Retry-After": "4"}), (413, {})]
    page.choose(clips["Crying"], clips["Junk"], clips["text"])
    page.wait_for("done")
    assert [row[1] for row in page.rows()] == ["crying.wav", "junk.wav", "notes.txt"]
    assert [body.count(b'name="files"') for body in front.bodies] == [2, 1]


def test_a_server_that_stays_busy_is_left_alone(page: Any, front: Any, clips: Clips) -> None:
    front.refusals = [(503, {"Retry-After": "1"})] * 6
    page.choose(clips["Crying"])
    page.wait(lambda: "busy for a while" in page.text("trouble"))
    assert (page.state(), front.bodies) == ("busy", [])
    page.get("again").click()
    page.wait_for("done")


def test_one_file_that_is_too_large_is_an_error_of_its_own(
    page: Any, front: Any, clips: Clips
) -> None:
    front.refusals = [(413, {}), (413, {})]
    page.choose(clips["Crying"], clips["Junk"])
    page.wait_for("done")
    assert [row[2] for row in page.rows()] == ["error", "Junk"]
    assert page.text("notes") == "Error. The server answered with status 413."


def test_a_key_is_asked_for_and_forgotten_with_the_tab(page: Any, front: Any, clips: Clips) -> None:
    assert not page.get("key-form").is_displayed()
    front.key = "Bearer right"
    page.choose(clips["Crying"])
    page.wait_for("key")
    assert page.text("verdict") == "Key needed"
    page.get("key").send_keys("wrong", Keys.ENTER)
    page.wait(lambda: "does not know this key" in page.text("key-help"))
    page.get("key").clear()
    page.get("key").send_keys("right", Keys.ENTER)
    page.wait_for("done")
    assert not page.get("key-form").is_displayed()
    page.driver.refresh()  # the key is kept: no second question, and the card can be read
    page.wait(lambda: str(page.get("card").get_attribute("href")).startswith("blob:"))
    assert not page.get("key-form").is_displayed()
    kept = page.driver.execute_script(
        "return [sessionStorage.length, localStorage.length, document.cookie]"
    )
    assert kept == [1, 0, ""]


def test_the_card_leads_to_the_key_until_there_is_one(page: Any, front: Any) -> None:
    front.key = "Bearer right"
    page.driver.refresh()
    page.wait_for("key")
    page.get("version").click()  # away from the field
    page.get("card").click()
    assert page.driver.switch_to.active_element == page.get("key")
    page.get("key").send_keys("right", Keys.ENTER)
    page.wait(lambda: page.text("version") != "…")
    page.driver.get(page.get("card").get_attribute("href"))
    assert page.driver.find_element("tag name", "body").text.startswith("# Model card")


def test_a_recording_is_sent_as_wav(page: Any, front: Any) -> None:
    page.get("record").click()
    page.wait_for("recording")
    time.sleep(0.7)
    page.get("record").click()
    page.wait_for("done", "error")
    assert page.rows()[0][1] == "recording-01.wav"
    body = front.bodies[0]
    sound = body[body.index(b"RIFF") : body.rindex(b"\r\n--")]
    with wave.open(io.BytesIO(sound)) as read:
        assert (read.getnchannels(), read.getsampwidth()) == (1, 2)
        assert 0.3 < read.getnframes() / read.getframerate() < 3
        assert np.frombuffer(read.readframes(10**6), "<i2").any()


@pytest.mark.parametrize(
    ("fault", "words"),
    [("NotAllowedError", "does not allow"), ("NotFoundError", "No microphone was found")],
)
def test_without_a_microphone_the_page_says_why(page: Any, fault: str, words: str) -> None:
    page.driver.execute_script(
        "navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('', arguments[0]))".replace("arguments[0]", repr(fault))
    )
    page.get("record").click()
    page.wait(lambda: words in page.text("trouble"))
    assert not page.get("again").is_displayed()


def test_the_encoder_writes_what_python_reads(page: Any) -> None:
    samples = [0, 0.5, -0.5, 1, -1, 2]
    made = page.module(
        "dsp.js", "[...new Uint8Array(m.encodeWav(new Float32Array(v[0]), 44100))]", samples
    )
    with wave.open(io.BytesIO(bytes(made))) as read:
        assert read.getparams()[:4] == (1, 2, 44100, 6)
        frames = np.frombuffer(read.readframes(6), "<i2").tolist()
    assert frames == [0, 16384, -16383, 32767, -32767, 32767]


def test_the_transform_is_that_of_numpy(page: Any) -> None:
    x = np.random.default_rng(0).standard_normal(64)
    expression = (
        "(([re, im]) => (m.fft(re, im), [re, im]))"
        "([Float64Array.from(v[0]), new Float64Array(64)]).map((a) => [...a])"
    )
    real, imaginary = page.module("dsp.js", expression, x.tolist())
    np.testing.assert_allclose(np.array(real) + 1j * np.array(imaginary), np.fft.fft(x), atol=1e-12)


@pytest.mark.parametrize("hz", [300.0, 1000.0, 5000.0])
def test_a_tone_stands_at_its_frequency(page: Any, hz: float) -> None:
    tone = np.sin(2 * np.pi * hz * np.arange(4000) / 16000)
    expression = "[[...m.spectrogram(Float32Array.from(v[0]), 16000, 3, 200)], m.mel(8000)]"
    levels, top = page.module("dsp.js", expression, tone.tolist())
    row = int(np.argmax(np.reshape(levels, (3, 200))[1]))
    assert 700 * (10 ** (top * (row + 0.5) / 200 / 2595) - 1) == pytest.approx(hz, rel=0.06)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@a", "\tx", 'a"b', "a,b", "a\nb"])
def test_no_name_becomes_a_formula_or_breaks_a_row(page: Any, name: str) -> None:
    text = page.module("csv.js", "m.toCsv([{name: v[0]}], ['A'])", name)
    head, row = csv.reader(io.StringIO(text, newline=""))
    assert len(head) == len(row)
    assert row[0] in (name, f"'{name}")
    assert row[0][0] not in "=+-@\t"


def test_pictures_for_the_manual(page: Any, clips: Clips, tmp_path: Path) -> None:
    """Into ``VOCALBABY_PAGE_IMAGES`` when that is set."""
    folder = Path(os.environ.get("VOCALBABY_PAGE_IMAGES") or tmp_path)

    def picture(name: str, width: int, *, dark: bool = False) -> None:
        page.driver.execute_script("document.activeElement.blur()")
        page.emulate(width, 780, dark=dark, scale=1 if width > 500 else 1.5)
        time.sleep(0.4)  # until bars and canvas have settled
        size = page.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        shot = page.driver.execute_cdp_cmd(
            "Page.captureScreenshot",
            {"captureBeyondViewport": True, "clip": {**size, "x": 0, "y": 0, "scale": 1}},
        )
        path = folder / f"page-{name}.png"
        with Image.open(io.BytesIO(base64.b64decode(shot["data"]))) as image:
            few = image.convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE, kmeans=2)
            few.save(path, optimize=True)
        assert path.stat().st_size < 200_000

    picture("empty", 1180)
    page.choose(clips["text"])
    page.wait_for("error")
    picture("error", 1180)
    page.get("clear").send_keys(Keys.ENTER)
    page.choose(clips["Crying"])
    page.wait_for("done")
    picture("light", 1180)
    picture("dark", 1180, dark=True)
    picture("phone", 360)
    page.choose(*clips.values())
    page.wait_for("done")
    picture("many", 1180)
