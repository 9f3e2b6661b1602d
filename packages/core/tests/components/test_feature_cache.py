"""Rows of features are computed once: in the next run, after a change and after a kill."""

import os
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from vocalbaby.audio import load
from vocalbaby.components import feature_cache
from vocalbaby.components.feature_cache import FeatureCache
from vocalbaby.components.feature_extraction import (
    AugmentationConfig,
    FeaturesConfig,
    extract_sets,
)
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.features import Column
from vocalbaby.entity.manifest import ClipRecord

CONFIG = FeaturesConfig(batch_size=2)
COLUMNS = (Column("low", "1", "Lowest sample.", "x"), Column("high", "1", "Highest.", "x"))


class Counted:
    """A cheap feature set that counts the clips, and dies after some."""

    file = None
    columns = COLUMNS

    def __init__(self, name: str = "counted", version: str = "1", dies_after: int = 99) -> None:
        self.name, self.version, self.n, self._dies_after = name, version, 0, dies_after

    def extract(self, clips: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        self.n += len(clips)
        if self.n > self._dies_after:
            os.kill(os.getpid(), signal.SIGKILL)
        rows = [[clip.min(), np.nan if clip.max() > 0.9 else clip.max()] for clip in clips]
        return np.array(rows, np.float32).reshape(-1, 2)


def write(path: Path, seed: int) -> None:
    noise = np.random.default_rng(seed).uniform(-0.3, 0.3, 800)
    soundfile.write(path, noise, 16000)


@pytest.fixture
def records(tmp_path: Path) -> list[ClipRecord]:
    rows = []
    for i in range(5):
        path = tmp_path / f"{i}.wav"
        write(path, i)
        digest = sha256(path.read_bytes()).hexdigest()
        rows.append(ClipRecord(f"{i}", "k", "Junk", "x", None, "", str(path), "train", 1.0, digest))
    return rows


def run(
    records: list[ClipRecord],
    cache: Path | None,
    *sets: Counted,
    config: FeaturesConfig = CONFIG,
    copies: int = 1,
) -> dict[str, FeatureTable]:
    return extract_sets(records, config, sets, copies=copies, cache=cache)


def test_nothing_is_computed_twice(
    records: list[ClipRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    first = Counted()
    table = run(records, cache, first)["counted"]
    assert first.n == 10
    again = Counted()
    with monkeypatch.context() as patched:
        patched.setattr("vocalbaby.components.feature_rows.load", None)  # nor decoded
        same = run(records, cache, again)["counted"]
    assert again.n == 0
    assert same.array.tobytes() == table.array.tobytes()
    assert same.meta.equals(table.meta)

    write(Path(records[2].path), 77)
    changed = Counted()
    other = run(records, cache, changed, copies=0)["counted"]
    assert changed.n == 1
    fresh = run(records, None, Counted(), copies=0)["counted"]
    assert other.array.tobytes() == fresh.array.tobytes()


def test_rows_depend_on_all_that_they_are_made_of(
    records: list[ClipRecord], tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    run(records, cache, Counted())
    seeded = CONFIG.model_copy(update={"augmentation": AugmentationConfig(seed=1)})
    more = CONFIG.model_copy(update={"augmentation": AugmentationConfig(copies=9)})
    renamed = [replace(record, clip_ID=f"r{record.clip_ID}") for record in records]
    crying = [replace(record, Answer="Crying") for record in records]
    for rows, config, version, wanted in (
        (records, seeded, "1", 5),  # the copies only
        (records, more, "1", 0),
        (records, CONFIG, "2", 10),
        (renamed, CONFIG, "1", 5),
        (crying, CONFIG, "1", 5),
    ):
        counted = Counted(version=version)
        found = run(rows, cache, counted, config=config)["counted"]
        assert counted.n == wanted
        fresh = run(rows, None, Counted(version=version), config=config)["counted"]
        assert found.array.tobytes() == fresh.array.tobytes()


def test_a_clip_is_decoded_once_for_all_sets(
    records: list[ClipRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def load_counted(path: str) -> Clip:
        calls.append(path)
        return load(path)

    monkeypatch.setattr("vocalbaby.components.feature_rows.load", load_counted)
    progress: list[tuple[str, int, int]] = []
    extract_sets(
        records,
        CONFIG,
        [Counted("one"), Counted("two")],
        cache=tmp_path / "cache",
        progress=lambda *call: progress.append(call),
    )
    assert calls == [record.path for record in records]
    assert [call for call in progress if call[0] == "two"] == [("two", n, 5) for n in (2, 4, 5)]
    three = Counted("three")
    calls.clear()
    run(records, tmp_path / "cache", Counted("one"), three, copies=0)
    assert (three.n, len(calls)) == (5, 5)


def test_what_was_computed_before_a_kill_is_kept(
    records: list[ClipRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setattr(feature_cache, "_ROWS_PER_FILE", 2)
    child = os.fork()
    if child == 0:
        run(records, cache, Counted(dies_after=6))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    rest = Counted()
    table = run(records, cache, rest)["counted"]
    assert rest.n == 4
    assert table.array.tobytes() == run(records, None, Counted())["counted"].array.tobytes()


def test_an_error_of_one_set_loses_nothing_of_another(
    records: list[ClipRecord], tmp_path: Path
) -> None:
    class Failing(Counted):
        def extract(self, clips: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
            if clips:
                raise ValueError("broken")
            return super().extract(clips)

    with pytest.raises(ValueError, match="broken"):
        run(records, tmp_path / "cache", Counted(), Failing("failing"), copies=0)
    rest = Counted()
    run(records, tmp_path / "cache", rest, copies=0)
    assert rest.n == 3


@pytest.mark.parametrize("damage", ["cut", "bit", "empty"])
def test_damaged_files_are_found_and_computed_again(
    records: list[ClipRecord], tmp_path: Path, damage: str
) -> None:
    cache = tmp_path / "cache"
    table = run(records, cache, Counted())["counted"]
    (file,) = cache.rglob("*.arrow")
    content = file.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    file.write_bytes({"cut": content[:-9], "bit": flipped, "empty": b""}[damage])
    counted = Counted()
    again = run(records, cache, counted)["counted"]
    assert counted.n == 10
    assert again.array.tobytes() == table.array.tobytes()
    assert len(list(cache.rglob("*.arrow"))) == 1


def test_many_files_are_joined_while_others_read(tmp_path: Path) -> None:
    keys = [sha256(bytes([n])).hexdigest() for n in range(80)]

    def add(part: int) -> None:
        for key in keys[part::4]:
            cache = FeatureCache(tmp_path, Counted())
            cache.add(key, np.full(2, int(key[:4], 16), np.float32))
            cache.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    found = FeatureCache(tmp_path, Counted())
    assert len(list(tmp_path.rglob("*"))) - 1 <= 40
    rows = {key: found.get(key) for key in keys}
    # A file may be joined and deleted while another process lists it: then a row is computed again.
    assert sum(row is None for row in rows.values()) == 0
    assert all(row[0] == int(key[:4], 16) for key, row in rows.items() if row is not None)


def test_the_code_of_decoding_and_augmentation_is_part_of_the_key(
    records: list[ClipRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(records, tmp_path / "cache", Counted())
    monkeypatch.setattr(feature_cache, "fingerprint", lambda: "0" * 64)
    counted = Counted()
    run(records, tmp_path / "cache", counted)
    assert counted.n == 10
