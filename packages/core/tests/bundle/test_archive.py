import contextlib
import io
import os
import shutil
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from vocalbaby.bundle import archive
from vocalbaby.bundle.files import pack_bundle, read_bundle, unpack_bundle
from vocalbaby.exception import BundleError


def test_a_zip_bomb_is_not_unpacked_beyond_the_limit() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("a", bytes(2**25))
    files = archive.ZipFiles(packed.getvalue(), "it")
    tracemalloc.start()
    assert files.read("a", 1000) == bytes(1001)
    assert tracemalloc.get_traced_memory()[1] < 2**23
    tracemalloc.stop()


def test_a_large_file_is_not_read_beyond_the_limit(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as stream:
        stream.truncate(2**30)
    assert archive.FolderFiles(tmp_path).read("a", 1000) == bytes(1001)


def test_a_model_beyond_the_limit_is_refused_packed_and_unpacked(
    toy_bundle: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "toy.zip"
    packed.write_bytes(pack_bundle(toy_bundle))
    largest = max(packed.stat().st_size, sum(file.stat().st_size for file in toy_bundle.iterdir()))
    for path in (packed, toy_bundle):
        assert read_bundle(path, max_bytes=largest) == read_bundle(path)
        with pytest.raises(BundleError, match="more than 1000 bytes"):
            read_bundle(path, max_bytes=1000)


def test_a_link_to_an_endless_device_is_refused_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(path: str, *_: object) -> int:
        raise AssertionError(f"{path} was opened")  # without it, a fault would fill the memory

    monkeypatch.setattr(os, "open", opened)
    (tmp_path / "a").symlink_to("/dev/zero")
    with pytest.raises(BundleError, match=r"a in .* is not a file"):
        archive.FolderFiles(tmp_path).read("a", 1000)


@pytest.mark.parametrize("folder", ["bundle", "my model"])
def test_a_zip_of_a_folder_and_what_macos_adds_to_it_are_read(
    toy_bundle: Path, tmp_path: Path, folder: str
) -> None:
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as packed:
        packed.mkdir(folder)
        packed.writestr(f"__MACOSX/{folder}/._card.md", b"x")
        packed.writestr(f"{folder}/.DS_Store", b"x")
        for path in toy_bundle.iterdir():
            packed.write(path, f"{folder}/{path.name}")
    assert read_bundle(tmp_path / "bundle.zip") == read_bundle(toy_bundle)
    with zipfile.ZipFile(tmp_path / "bundle.zip", "a") as packed:
        packed.writestr("other.txt", b"x")
    with pytest.raises(BundleError, match=r"lacks manifest\.json"):
        read_bundle(tmp_path / "bundle.zip")


def test_what_macos_adds_to_a_folder_does_not_matter(toy_bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(toy_bundle, tmp_path / "bundle")
    (tmp_path / "bundle" / ".DS_Store").write_bytes(b"x")
    assert read_bundle(tmp_path / "bundle") == read_bundle(toy_bundle)


def rezip(
    packed: bytes, change: Callable[[zipfile.ZipFile, zipfile.ZipInfo, bytes], None]
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(buffer, "w") as new:
        for member in old.infolist():
            change(new, member, old.read(member))
    return buffer.getvalue()


def test_hostile_zips_are_refused(toy_bundle: Path) -> None:
    packed = pack_bundle(toy_bundle)

    def climbing(new: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
        new.writestr(f"../{member.filename}", data)

    def doubled(new: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
        new.writestr(member.filename, data)
        if member.filename == "card.md":
            with pytest.warns(UserWarning, match="Duplicate"):
                new.writestr("card.md", b"another")

    def bomb(new: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
        huge = bytes(65 * 2**20) if member.filename == "manifest.json" else data
        new.writestr(member.filename, huge, zipfile.ZIP_DEFLATED)

    def odd(new: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
        new.writestr(member.filename, data, zipfile.ZIP_LZMA)

    def crowd(new: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
        new.writestr(member.filename, data)
        for i in range(250):
            new.writestr(f"{member.filename}.{i}", b"")

    for change, word in (
        (crowd, "more than 1000 members"),
        (climbing, "lacks"),
        (doubled, r"other files: \['card.md'\]"),
        (bomb, "limit"),
        (odd, "unusual"),
    ):
        with pytest.raises(BundleError, match=word):
            unpack_bundle(rezip(packed, change), "it")
    for broken in (b"", b"PK", packed[: len(packed) // 2], b"text" * 100):
        with pytest.raises(BundleError, match="zip"):
            unpack_bundle(broken, "it")


def test_a_damaged_zip_never_gives_another_model(toy_bundle: Path) -> None:
    packed, good = pack_bundle(toy_bundle), read_bundle(toy_bundle)
    for place in range(5, len(packed), len(packed) // 150):
        damaged = bytearray(packed)
        damaged[place] ^= 0x55
        with contextlib.suppress(BundleError):
            assert unpack_bundle(bytes(damaged), "it") == good
