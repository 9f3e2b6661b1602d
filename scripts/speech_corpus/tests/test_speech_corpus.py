"""The corpus of speech: disjoint parts, the same bytes on every run, voices as described."""

import csv
import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from scripts.speech_corpus import build as module
from scripts.speech_corpus.speakers import KINDS, Speaker, speakers
from scripts.speech_corpus.texts import PARTS, texts_of
from vocalbaby.audio import load
from vocalbaby.corpora.babblecor import babblecor
from vocalbaby.entity.clip import SAMPLE_RATE


def few() -> list[Speaker]:
    """Two speakers of each kind and part."""
    chosen = [(part, kind) for part in PARTS for kind in KINDS]
    return [s for p, k in chosen for s in [x for x in speakers(p) if x.kind == k][:2]]


def build_in_a_process(folder: Path) -> None:
    """Build in a process of its own, as the library's state depends on what it has said before."""
    code = f"import {__name__} as tests; tests.build_few({str(folder)!r})"
    paths = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": paths})


def build_few(folder: str) -> None:
    module.build(Path(folder), few(), 6)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("speech") / "one"
    build_in_a_process(folder)
    return folder


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.*")
    }


def test_the_parts_share_no_voice_language_or_text() -> None:
    train, held_out = (speakers(part) for part in PARTS)
    assert not {s.name for s in train} & {s.name for s in held_out}
    assert not {s.language for s in train} & {s.language for s in held_out}
    texts = [{text for said in texts_of(part).values() for text in said} for part in PARTS]
    assert not texts[0] & texts[1]


def test_every_kind_has_enough_speakers_of_every_language() -> None:
    for part, least in zip(PARTS, (18, 12), strict=True):
        kinds = Counter(speaker.kind for speaker in speakers(part))
        assert kinds == dict.fromkeys(KINDS, least)
        for kind in KINDS:
            languages = {s.language for s in speakers(part) if s.kind == kind}
            assert languages == set(texts_of(part))


def test_voices_are_those_of_their_kind() -> None:
    for speaker in [s for part in PARTS for s in speakers(part)]:
        low, high = speaker.pitch_hz
        assert low < high
        # The reference is a tract of 17.5 cm.
        tract = 17.5 / speaker.formants
        if speaker.kind == "child":
            assert 225 <= low <= 335
            assert 11 <= tract <= 13.5
        else:
            assert 14 <= tract <= 19
        if speaker.kind == "high-pitched":
            assert low >= 1.6 * (85 if speaker.gender == "M" else 150)
        if speaker.kind == "adult":
            assert high <= 350


def test_the_same_bytes_are_written_in_every_process(corpus: Path, tmp_path: Path) -> None:
    build_in_a_process(tmp_path / "two")
    first = digests(corpus)
    assert len(first) == 12 * 6 + 1
    assert digests(tmp_path / "two") == first


def test_the_corpus_is_read_without_rejections(corpus: Path) -> None:
    manifest = babblecor(corpus / "metadata.csv", corpus / "clips")
    assert not manifest.rejections
    assert Counter(r.corpus for r in manifest.records) == {
        "espeak-train": 36,
        "espeak-held-out": 36,
    }
    assert {r.Answer for r in manifest.records} == {"Junk"}
    held_out = babblecor(
        corpus / "metadata.csv", corpus / "clips", where={"corpus": ["espeak-held-out"]}
    )
    assert len(held_out.records) == 36


def test_clips_are_audible_and_of_the_length_of_babble(corpus: Path) -> None:
    for row in rows(corpus):
        clip = load(corpus / "clips" / row["clip_ID"])
        assert 0.4 <= clip.duration_s <= 1.0
        assert np.abs(clip.samples).max() == pytest.approx(10 ** (-3 / 20), abs=1e-3)
        assert (
            row["text"]
            in texts_of("train" if "train" in row["corpus"] else "held-out")[row["language"]]
        )


def test_every_clip_names_its_generator_and_licence(corpus: Path) -> None:
    assert {(r["generator"], r["licence"]) for r in rows(corpus)} == {
        ("espeak-ng 1.52.0", "Apache-2.0")
    }


def pitch(samples: NDArray[np.float32]) -> float:
    """F0 of the most periodic stretch of 64 ms."""
    best, found = 0.0, 0.0
    for start in range(0, len(samples) - 1024, 256):
        part = samples[start : start + 1024]
        lags = signal.correlate(part, part, method="fft")[1023:]
        low, high = SAMPLE_RATE // 900, SAMPLE_RATE // 65
        peak = low + int(np.argmax(lags[low:high] > 0.9 * lags[low:high].max()))
        peak += int(np.argmax(lags[peak : peak + 6]))
        if lags[peak] > best:
            best, found = lags[peak], SAMPLE_RATE / peak
    return found


def test_raised_and_children_s_voices_are_heard_to_be_higher(corpus: Path) -> None:
    heard: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for row in rows(corpus):
        heard[row["note"]].append(pitch(load(corpus / "clips" / row["clip_ID"]).samples))
    adult, high, child = (float(np.median(heard[kind])) for kind in KINDS)
    assert high > 1.5 * adult
    assert child > 1.4 * adult


def test_an_utterance_is_cut_without_its_pauses() -> None:
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(3 * SAMPLE_RATE).astype(np.float32)
    noise[SAMPLE_RATE : 2 * SAMPLE_RATE + 8000] *= 1e-3
    clips = module.cut(noise, np.random.default_rng(1))
    steady = rng.standard_normal(3 * SAMPLE_RATE).astype(np.float32)
    whole = module.cut(steady, np.random.default_rng(1))
    assert 1 <= len(clips) < len(whole)


def test_an_existing_folder_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert module.main([str(tmp_path)]) == 2
    assert "exists; name a new folder" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
