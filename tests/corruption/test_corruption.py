"""Every damaged byte of a model, a channel or a file of keys is refused or has no effect.

`./.ci/run` changes every byte of headers and of small files, and some bytes of the others;
scripts/test_corruption.sh changes every byte.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from packages.core.tests.conftest import write_toy
from tests.corruption.damage import EVERY_BYTE, changed, cut, headers
from vocalbaby import inference
from vocalbaby.api.middleware.keys import new_key, read_keys
from vocalbaby.bundle.files import default_bundle_path, pack_bundle, read_bundle, unpack_bundle
from vocalbaby.bundle.parsing import collect, parse
from vocalbaby.bundle.store import ModelStore
from vocalbaby.bundle.writing import BundleContent, write_bundle
from vocalbaby.cloud.opening import open_storage
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.entity.channel import Channel
from vocalbaby.entity.clip import Clip
from vocalbaby.exception import BundleError, ConfigError, ModelNotFoundError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model."""
    return write_toy(tmp_path_factory.mktemp("toy") / "bundle", "mfcc")


def deciding(bundle: ModelBundle) -> tuple[object, ...]:
    """Everything in a bundle that has an effect on predictions, and the drift reference."""
    manifest = bundle.manifest
    identity = (manifest.name, manifest.version, manifest.kind)
    shape = (manifest.classes, manifest.feature_sets)
    return identity, shape, dict(bundle.parts), bundle.calibration, bundle.reference


def refused(read: Callable[[], ModelBundle], good: ModelBundle) -> bool:
    """Whether a damaged model is refused; if not, it has to be the same model."""
    try:
        found = read()
    except BundleError:
        return True
    assert deciding(found) == deciding(good)
    return False


def test_a_damaged_archive_is_refused_or_the_same_model(folder: Path) -> None:
    packed = pack_bundle(folder)
    good, seen = unpack_bundle(packed, "it"), {False: 0, True: 0}
    for _, damaged in changed(packed, wholly=headers(packed), values=EVERY_BYTE):
        seen[refused(lambda data=damaged: unpack_bundle(data, "it"), good)] += 1  # type: ignore[misc]
    assert seen[True] > seen[False] > 0  # a zip says much twice, or for nobody, such as times
    for damaged in cut(packed):
        assert refused(lambda data=damaged: unpack_bundle(data, "it"), good)  # type: ignore[misc]


class MemoryFiles:
    """The files of a bundle in a folder, in memory."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.where = "it"
        self.contents = contents

    def names(self) -> list[str]:
        return [*self.contents]

    def read(self, name: str, limit: int) -> bytes:
        return self.contents[name][: limit + 1]


def test_a_damaged_file_of_a_folder_is_refused_or_the_same_model(folder: Path) -> None:
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    good = read_bundle(folder)

    def is_refused(name: str, data: bytes) -> bool:
        files = MemoryFiles(contents | {name: data})
        return refused(lambda: parse(collect(files), "it"), good)

    assert not is_refused("card.md", contents["card.md"])
    for name in contents.keys() - {"manifest.json"}:
        for _, damaged in changed(contents[name]):
            assert is_refused(name, damaged), name
        for damaged in cut(contents[name]):
            assert is_refused(name, damaged), name
    manifest = contents["manifest.json"]
    for damaged in cut(manifest[:-1], wholly=True):  # without the newline it is the same
        assert is_refused("manifest.json", damaged)


def test_of_a_damaged_manifest_only_what_is_for_people_can_differ(folder: Path) -> None:
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    good, manifest = read_bundle(folder), contents["manifest.json"]
    clips = [Clip("a", np.sin(np.arange(16_000, dtype=np.float32) / 9), 1.0)]
    expected = inference.Predictor(good).predict(clips)
    fields: set[str] = set()
    for _, damaged in changed(manifest, wholly=range(len(manifest))):
        try:
            found = parse(collect(MemoryFiles(contents | {"manifest.json": damaged})), "it")
        except BundleError:
            continue
        assert deciding(found) == deciding(good)
        values, others = found.manifest.model_dump(), good.manifest.model_dump()
        differing = {key for key, value in values.items() if value != others[key]}
        if not differing <= fields:
            assert inference.Predictor(found).predict(clips) == expected
        fields |= differing
    assert fields == {"metrics", "provenance"}


def test_the_built_in_model_is_refused_or_the_same() -> None:
    packed = default_bundle_path().read_bytes()
    good, places = unpack_bundle(packed, "it"), sorted(headers(packed))
    places += range(0, len(packed), 1009)
    for place in places[:: 1 if EVERY_BYTE else 61]:
        damaged = packed[:place] + bytes([packed[place] ^ 0x10]) + packed[place + 1 :]
        refused(lambda data=damaged: unpack_bundle(data, "it"), good)  # type: ignore[misc]


@pytest.fixture
def store(folder: Path, tmp_path: Path) -> ModelStore:
    """A store with two versions, of which one is a canary, and a third as shadow."""
    store = ModelStore(open_storage(tmp_path / "store"))
    first = store.publish(folder)
    others = []
    for name in ("second", "third"):
        content = replace(BundleContent.of(read_bundle(folder)), name=name)
        write_bundle(tmp_path / name, content, card=lambda manifest: f"# {manifest.name}\n")
        others.append(store.publish(tmp_path / name))
    store.set_channel("production", first)
    store.canary("production", others[0], 0.125)
    store.shadow("production", others[1])
    return store


def test_a_damaged_channel_is_refused_or_serves_the_same(store: ModelStore, tmp_path: Path) -> None:
    path = tmp_path / "store" / "channels" / "production.json"
    data, good, known = path.read_bytes(), store.channel("production"), {*store.versions()}

    def damage_is_harmless(damaged: bytes) -> bool:
        path.write_bytes(damaged)
        try:
            found = store.channel("production")
        except BundleError:
            return False
        for version in {*found.versions, *(found.previous or ())} - known:
            with pytest.raises(ModelNotFoundError):
                store.fetch(version)
            return False  # the service reports it, and goes on with what it has
        assert same(found, good), damaged
        return True

    for _, damaged in changed(data, wholly=range(len(data)), values=EVERY_BYTE):
        damage_is_harmless(damaged)
    assert [len(part) for part in cut(data, wholly=True) if damage_is_harmless(part)] == [
        len(data) - 1  # only the newline at the end is missing
    ]


def same(found: Channel, good: Channel) -> bool:
    """Whether requests are answered by the same models with the same shares."""
    shares = [
        (channel.serves, channel.previous or {}, {channel.shadow or "": 0.0})
        for channel in (found, good)
    ]
    return all(
        one.keys() == other.keys() and all(abs(one[key] - other[key]) < 1e-5 for key in one)
        for one, other in zip(*shares, strict=True)
    )


def test_a_damaged_file_of_keys_accepts_no_other_key() -> None:
    lines = {name: new_key(name)[1] for name in ("lab", "field", "old", "gone", "away")}
    text = (
        f"# clients\n{lines['lab']}\n{lines['field']} until=2999-12-31\n"
        f"{lines['old']} until=2001-01-01\n{lines['gone']}   revoked\n#{lines['away']}\n"
    )
    data = text.encode()
    digests = {line.split()[1]: name for name, line in lines.items()}

    def accepted(text: bytes) -> set[str]:
        try:
            keys = read_keys(text.decode(), "keys.txt")
        except (ConfigError, UnicodeDecodeError):
            return set()
        today = dt.datetime.now(dt.UTC).date()
        valid = [k for k in keys if not k.revoked and (k.until is None or today <= k.until)]
        return {digests.get(f"sha256:{key.digest.hex()}", "unknown") for key in valid}

    assert accepted(data) == {"lab", "field"}
    # People edit the file, so it has no checksum: a damaged byte can change a date, begin a
    # comment, or end the comment that hides a key.
    date, comment = data.index(b"until=2001-01-01"), data.index(b"#" + lines["away"].encode())
    unprotected = {*range(date, date + 16), *range(comment, comment + len(lines["away"]))}
    for place, damaged in changed(data, wholly=range(len(data)), values=True):
        if accepted(damaged) - {"lab", "field", "unknown"}:
            assert place in unprotected or damaged[place : place + 1] == b"#", damaged
    for damaged in cut(data, wholly=True):
        assert accepted(damaged) <= {"lab", "field"}, damaged
